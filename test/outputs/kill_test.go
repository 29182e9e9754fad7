package outputs

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"klaxon/internal/outbound/outboundtest"
	"klaxon/internal/store"
	"klaxon/internal/store/sqlite"
)

// named is a record as its line says.
type named struct {
	Type, Boot, ID, Event string
	Seq                   uint64
}

// receiver is what one peer has, in the order in which it came.
type receiver struct {
	name  string
	batch int // of one delivery, at most

	each func(line []byte) // instead of keeping it; nil: keep

	mu    sync.Mutex
	lines [][]byte
}

func (r *receiver) take(line []byte) {
	if r.each != nil {
		r.each(line)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, bytes.Clone(line))
}

func (r *receiver) taken() [][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines[:len(r.lines):len(r.lines)]
}

// syslogd takes octet-counted messages over TCP, one connection after the other: what
// a process that was killed had sent comes before what the next one sends.
func (r *receiver) syslogd(t *testing.T) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.frames(bufio.NewReader(c))
			c.Close()
		}
	}()
	return l.Addr().String()
}

// frames reads messages until one is torn.
func (r *receiver) frames(in *bufio.Reader) {
	for {
		length, err := in.ReadString(' ')
		n, bad := strconv.Atoi(strings.TrimSpace(length))
		if err != nil || bad != nil || n > 64<<10 {
			return
		}
		text := make([]byte, n)
		if _, err := io.ReadFull(in, text); err != nil {
			return
		}
		if at := bytes.IndexByte(text, '{'); at >= 0 {
			r.take(text[at:])
		}
	}
}

// TestKilled ends klaxond with SIGKILL at random moments under load, again and again.
// Every record of its store reached a webhook and a syslog daemon over TCP: at least
// once, no more often than one delivery was under way at each kill, the same byte for
// byte, and each alarm's in order.
func TestKilled(t *testing.T) {
	kills := 10
	if os.Getenv("KLAXON_SOAK") != "" {
		kills = 300
	}
	dir := folder(t)
	hook, log := &receiver{name: "hook", batch: 1}, &receiver{name: "log", batch: 500}
	peer := outboundtest.New(t)
	var deaf atomic.Bool // for a while, so that more is owed than the queue has room for
	peer.Answer(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || deaf.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		hook.take(body)
	})
	table := hookAndLog(peer.URL, log.syslogd(t))
	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	for i := range kills {
		deaf.Store(i%3 == 1)
		d := start(t, dir, table)
		alarms := alarmsIn(dir)
		d.load(t, time.Duration(rng.IntN(300))*time.Millisecond)
		if i%3 == 2 { // the others are mostly killed before the store has any
			eventually(t, "an alarm in the store", func() bool { return alarmsIn(dir) > alarms })
		}
		d.cmd.Process.Kill()
		<-d.done
	}
	deaf.Store(false)
	d := start(t, dir, table)
	kept := keptIn(t, storeIn(dir))
	for _, r := range []*receiver{hook, log} {
		r.complete(t, kept)
	}
	d.stop(t)
	for _, r := range []*receiver{hook, log} {
		r.judge(t, kept, kills)
	}
}

// load touches the trap from many addresses for a while, and lets it work on.
func (d *daemon) load(t *testing.T, busy time.Duration) {
	t.Helper()
	d.touch(t, "127.0.1.1")
	var over atomic.Bool
	var all sync.WaitGroup
	for worker := range 3 {
		all.Go(func() {
			for n := 0; !over.Load(); n++ {
				from := net.IPv4(127, byte(10+worker), byte(n/200), byte(1+n%200))
				dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}, Timeout: time.Second}
				if c, err := dialer.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", d.trap)); err == nil {
					c.Close()
				}
			}
		})
	}
	time.Sleep(busy)
	over.Store(true)
	all.Wait()
}

func storeIn(dir string) string { return filepath.Join(dir, "state", "klaxon.db") }

// alarmsIn counts the records of alarms in a store, none in one that cannot be read.
func alarmsIn(dir string) uint64 {
	reader := sqlite.OpenReader(storeIn(dir))
	defer reader.Close()
	stats, _ := reader.Stats(context.Background())
	return stats.Alarms
}

// keptIn returns the lines of a store, but for those of the run that is going on,
// which has had no touch, and for what no output has.
func keptIn(t *testing.T, path string) (lines [][]byte) {
	t.Helper()
	reader := sqlite.OpenReader(path)
	defer reader.Close()
	for rec, err := range store.All(t.Context(), reader, store.Filter{OldestFirst: true}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, rec.Line)
	}
	return lines
}

func nameOf(t *testing.T, line []byte) (n named) {
	t.Helper()
	if err := json.Unmarshal(line, &n); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	return n
}

// complete waits until a receiver has all lines.
func (r *receiver) complete(t *testing.T, kept [][]byte) {
	t.Helper()
	has, read := map[string]bool{}, 0
	var missing [][]byte
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		now := r.taken()
		if len(now) > read {
			end = time.Now().Add(patience) // as long as any come
		}
		for ; read < len(now); read++ {
			has[string(now[read])] = true
		}
		missing = missing[:0]
		for _, line := range kept {
			if !has[string(line)] {
				missing = append(missing, line)
			}
		}
		if len(missing) == 0 {
			return
		}
	}
	t.Fatalf("%s lacks %d of %d records, the first is %s", r.name, len(missing), len(kept), missing[0])
}

// judge holds what came against what is kept.
func (r *receiver) judge(t *testing.T, kept [][]byte, kills int) {
	lines := r.taken()
	times := map[string]int{}
	newest := map[string]named{} // of each alarm
	runs, alarms, repeats := map[string]int{}, 0, 0
	for _, line := range lines {
		n := nameOf(t, line)
		if runs[n.Boot] == 0 {
			runs[n.Boot] = len(runs) + 1
		}
		if times[string(line)]++; times[string(line)] > 1 {
			repeats++
			continue
		}
		if n.Type != "alarm" {
			continue
		}
		alarms++
		before := newest[n.ID]
		if runs[n.Boot] < runs[before.Boot] || n.Boot == before.Boot && n.Seq <= before.Seq {
			t.Errorf("%s: of alarm %s record %d came after %d", r.name, n.ID, n.Seq, before.Seq)
		}
		newest[n.ID] = n
	}
	t.Logf("FIGURE: %d kills under load: %s has %d records (%d of alarms) of %d in the store, %d twice", kills, r.name, len(lines)-repeats, alarms, len(kept), repeats)
	if repeats > kills*r.batch {
		t.Errorf("%s: %d records came again after %d kills", r.name, repeats, kills)
	}
	if alarms < kills || len(kept) < 2*kills {
		t.Errorf("%s: nothing was tested", r.name)
	}
}
