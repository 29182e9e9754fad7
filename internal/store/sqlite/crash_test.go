package sqlite

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/chain"
	"klaxon/internal/sink/sinktest"
)

// childEnv makes this test binary a process that emits to the store it names
// until it is killed, and prints a receipt for each batch.
const childEnv = "KLAXON_STORE_CHILD"

// childMax is the child's limit, soon reached: it is killed while it prunes, too.
const childMax = 8 << 20

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		child(path)
		return
	}
	os.Exit(m.Run())
}

// child takes records' names from where the chain ends, so that a receipt says
// which record was kept where. A failure is printed and tried again.
func child(path string) {
	s, err := Open(Options{Path: path, UID: -1, MaxBytes: childMax, Announce: func(a chain.Anchor) bool { _, err := fmt.Println(a); return err == nil }})
	if err != nil {
		fmt.Println("FAILED", err)
	}
	r := rand.New(rand.NewPCG(uint64(os.Getpid()), 1))
	for name := uint16(0); ; name++ {
		batch := make([]klaxon.Record, 1+r.IntN(80))
		for i := range batch {
			if r.IntN(8) == 0 {
				batch[i] = sinktest.Alarm(strings.Repeat("x", 1+r.IntN(400)))
				continue
			}
			touch := sinktest.Touch(name)
			touch.Service = strings.Repeat("x", 1+r.IntN(200))
			batch[i] = touch
		}
		n, err := s.Emit(batch)
		if err != nil {
			fmt.Println("FAILED", n, err)
			time.Sleep(time.Millisecond)
			continue
		}
		// One write, so that a receipt is whole or not there.
		fmt.Println(strings.Join(s.Anchors(), "\n"))
	}
}

func childCommand(path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// TestKill ends a process under load with SIGKILL at random moments, again and
// again on the same file. What had a receipt is there, the chain holds with
// every anchor that was printed, and opening reads a log of bounded size.
func TestKill(t *testing.T) {
	kills := 50
	if os.Getenv("KLAXON_SOAK") != "" {
		kills = 500
	}
	path := filepath.Join(t.TempDir(), "klaxon.db")
	r := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	var last receipts
	var slowest time.Duration
	var largest int64
	for i := range kills {
		got := killOne(t, path, time.Duration(r.IntN(100))*time.Millisecond)
		if len(got.heads) > 0 {
			last = got
		} else { // it may have pruned before it gave a receipt
			last.anchors = append(last.anchors, got.anchors...)
		}
		if info, err := os.Stat(path + "-wal"); err == nil {
			largest = max(largest, info.Size())
		}
		begin := time.Now()
		s := mustOpen(t, Options{Path: path})
		slowest = max(slowest, time.Since(begin))
		for name, head := range last.heads {
			if s.Head(name).Seq < head.Seq {
				t.Fatalf("kill %d: the chain of %s ends at %d, a receipt was given for %d", i, name, s.Head(name).Seq, head.Seq)
			}
		}
		if stats, err := s.Stats(t.Context()); err != nil || stats.Bytes > childMax+2*pruneEvery {
			t.Fatalf("kill %d: %d bytes in use, %d are allowed: %v", i, stats.Bytes, childMax, err)
		}
		s.Close()
		if report := verifyFile(t, path, last.anchors); !report.OK() || !last.there(report) {
			t.Fatalf("kill %d: %+v, the last receipts were for %+v", i, report, last.heads)
		}
	}
	if len(last.heads) != len(strands) {
		t.Fatal("no receipt was ever given: nothing was tested")
	}
	t.Logf("FIGURE: %d kills, %d touches and %d alarms with receipts, slowest opening %s, largest log %d bytes",
		kills, last.heads[chain.Touches].Seq, last.heads[chain.Alarms].Seq, slowest, largest)
	// A log of 16 MiB is read in some 50 ms: that bounds an opening.
	if largest > logKeep {
		t.Errorf("a log of %d bytes was left, want at most %d", largest, logKeep)
	}
}

// receipts are what a child had printed.
type receipts struct {
	heads    map[chain.Name]chain.Head // the last of each chain
	anchors  []string
	failures []string
}

// there tells whether a verification compared all that had a receipt.
func (r *receipts) there(report chain.Report) bool {
	for name, head := range r.heads {
		if p := report.Part(name); p.LastAnchor.Seq != head.Seq || p.LastAnchor.Hash != head.Hash || p.Head.Seq < head.Seq {
			return false
		}
	}
	return true
}

// killOne runs a child until some time after its first receipt.
func killOne(t *testing.T, path string, after time.Duration) receipts {
	t.Helper()
	cmd := childCommand(path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Half of them die while they open the file.
	go func() {
		time.Sleep(after)
		cmd.Process.Kill()
	}()
	got := readReceipts(out, nil)
	// It was killed, which is an error.
	_ = cmd.Wait()
	if len(got.failures) > 0 {
		t.Fatalf("%q", got.failures)
	}
	return got
}

// readReceipts reads whole lines only. each, if any, is called after each of
// them, and ends the reading with false.
func readReceipts(r io.Reader, each func(*receipts) bool) receipts {
	got := receipts{heads: make(map[chain.Name]chain.Head)}
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return got
		}
		line = strings.TrimSuffix(line, "\n")
		if a, err := chain.ParseAnchor(line); err == nil {
			if !a.Pruned {
				got.heads[a.Chain] = a.Head
			}
			got.anchors = append(got.anchors, line)
		} else {
			got.failures = append(got.failures, line)
		}
		if each != nil && !each(&got) {
			return got
		}
	}
}

// wait ends a child that was told to, whatever it made of it.
func wait(cmd *exec.Cmd) error {
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}
