package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"klaxon/internal/store/sqlite"
)

const (
	lasting   = 30 * time.Second // of the load on klaxond; half as long on the bare loop, before and after
	clients   = 8                // connections under way at once
	firstPort = 20_000
	ports     = 16
)

// touches compares klaxond with a bare Go loop that accepts and closes, under the
// same load. Store and JSON are on, every touch is judged, and as root the wire
// shows the same connections. They come from sources each of which has an alarm of
// its own, and again from four times as many as there may be alarms. Beside touches
// a second stands their cost in CPU, which other load on the machine changes less.
func touches(b *bench) error {
	for _, sources := range []int{512, 4096} {
		before, err := b.bareRate(sources)
		if err != nil {
			return err
		}
		ours, err := b.klaxondRun(sources)
		if err != nil {
			return err
		}
		after, err := b.bareRate(sources)
		if err != nil {
			return err
		}
		bare := (before.rate + after.rate) / 2
		fmt.Printf("  bare %v and %v  klaxond %v\n", before, after, ours.pace)
		fmt.Printf("  %d touches: %d in the JSON file, %d in the store, %d counted as lost or held back of each\n", ours.made, ours.json.touches, ours.store.touches, ours.json.missed)
		fmt.Printf("  %d alarm records: %d and %d; the store missed %d records, which are counted\n", ours.json.alarms, ours.json.alarms, ours.store.alarms, ours.store.missed)
		figure(fmt.Sprintf("touches a second for 30 s, klaxond with store and JSON / bare loop, %d sources", sources), ours.rate/bare, ">= 0.5")
		figure("the same by CPU: what a touch costs client and server, bare loop / klaxond", (before.all()+after.all())/2/ours.all(), ">= 0.5")
		figure("share of touches recorded in full in JSON", float64(ours.json.touches)/float64(ours.made), ">= 0.99")
		figure("share of records that the store has", float64(ours.store.all())/float64(ours.json.all()), "stated")
		figure("MiB resident at most under that load, beyond wire.mem", ours.resident-wireMem, "<= 64")
	}
	return nil
}

// wireMem is the default of wire.mem, in MiB.
const wireMem = 64

// pace is how fast touches went, and what each of them cost in us of CPU. Where the
// machine is busy with something else the cost is the better figure: on one that
// is not, and has no core to spare, touches are as many as their cost allows.
type pace struct{ rate, client, server float64 }

func (p pace) all() float64 { return p.client + p.server }

func (p pace) String() string {
	return fmt.Sprintf("%.0f/s (CPU a touch: %.0f us of the client, %.0f us of the server)", p.rate, p.client, p.server)
}

// charge spreads what a server used in all over the touches that it took.
func (p *pace) charge(server *os.ProcessState) {
	p.server = float64((server.UserTime() + server.SystemTime()).Microseconds()) / float64(dialled.Load())
}

func (b *bench) bareRate(sources int) (p pace, err error) {
	self, err := os.Executable()
	if err != nil {
		return p, err
	}
	server := exec.Command(self, "-bare", fmt.Sprintf("%d-%d", firstPort, firstPort+ports-1))
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return p, err
	}
	p, err = loadRate(sources, lasting/2)
	server.Process.Kill()
	server.Wait()
	p.charge(server.ProcessState)
	return p, err
}

// bareLoop is the thing to beat: package net, a goroutine per listener, accept
// and close.
func bareLoop(portRange string) {
	from, to, _ := strings.Cut(portRange, "-")
	first, _ := strconv.Atoi(from)
	last, _ := strconv.Atoi(to)
	for port := first; port <= last; port++ {
		lc := net.ListenConfig{}
		lc.SetMultipathTCP(false)
		l, err := net.Listen("tcp4", fmt.Sprintf("0.0.0.0:%d", port))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				c.Close()
			}
		}()
	}
	select {}
}

// loaded is what came of a klaxond under load.
type loaded struct {
	pace
	resident    float64 // MiB at most
	made        int     // touches
	json, store kept
}

// kept is what a record sink has.
type kept struct {
	touches, alarms int
	missed          int // records that were counted instead
}

func (k kept) all() int { return k.touches + k.alarms }

func (b *bench) klaxondRun(sources int) (l loaded, err error) {
	records, config := filepath.Join(b.dir, "klaxon.jsonl"), filepath.Join(b.dir, "klaxon.toml")
	kept := filepath.Join(b.dir, "klaxon.db")
	for _, path := range []string{records, kept, kept + "-wal", kept + "-shm"} {
		os.Remove(path)
	}
	text := fmt.Sprintf("sensor = \"bench\"\nservices = [\"tcp/%d-%d\"]\n[output.terminal]\nenabled = false\n[output.syslog]\nenabled = false\n[output.json]\npath = %q\n",
		firstPort, firstPort+ports-1, records)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return l, err
	}
	daemon := b.klaxond(config)
	if err := daemon.Start(); err != nil {
		return l, err
	}
	l.pace, err = loadRate(sources, lasting)
	if err == nil {
		l.resident, err = procField(fmt.Sprintf("/proc/%d/status", daemon.Process.Pid), "VmHWM:")
		l.resident /= 1024
	}
	daemon.Process.Signal(syscall.SIGTERM)
	if waitErr := daemon.Wait(); err == nil && waitErr != nil {
		err = fmt.Errorf("klaxond: %w\n%s", waitErr, daemon.Stderr)
	}
	if err != nil {
		return l, err
	}
	l.made = int(dialled.Load()) // with those that were dialled while it came up
	l.charge(daemon.ProcessState)
	return l, l.account(records, kept)
}

// account reads what was kept, and holds it against what was made.
func (l *loaded) account(records, path string) (err error) {
	var unstaged int
	if l.json, l.store.missed, unstaged, err = countRecords(records); err != nil {
		return err
	}
	r := sqlite.OpenReader(path)
	defer r.Close()
	st, err := r.Stats(context.Background())
	if err != nil {
		return err
	}
	l.store.touches, l.store.alarms = int(st.Touches), int(st.Alarms)
	if sum := l.json.touches + unstaged; sum != l.made {
		return fmt.Errorf("%d touches recorded or counted, of %d made", sum, l.made)
	}
	if sum := l.store.all() + l.store.missed; sum != l.json.all() {
		return fmt.Errorf("%d records stored or counted, of %d", sum, l.json.all())
	}
	return nil
}

// klaxond prepares the daemon with directories of its own, so that the bench
// leaves nothing behind.
func (b *bench) klaxond(config string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(b.dir, "klaxond"), "-config", config)
	cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Env = append(os.Environ(), "RUNTIME_DIRECTORY="+b.dir, "STATE_DIRECTORY="+b.dir, "LOGS_DIRECTORY="+b.dir)
	return cmd
}

// countRecords reads what is in the JSON file, how many records the store is told
// to have missed, and how many touches were counted instead of recorded. It wants
// a JSON file that missed none that were staged.
func countRecords(path string) (k kept, stored, counted int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return k, 0, 0, err
	}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var r struct {
			Type   string
			What   string
			Count  int
			Output string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return k, 0, 0, fmt.Errorf("%w: %s", err, line)
		}
		drops := r.What == "drops"
		switch {
		case r.Type == "touch":
			k.touches++
		case r.Type == "alarm":
			k.alarms++
		case drops && r.Output == "store":
			stored += r.Count
		case drops && r.Output == "json":
			return k, 0, 0, fmt.Errorf("the JSON file missed %d records", r.Count)
		case r.What == "held-back", drops && r.Output == "":
			counted += r.Count
		}
	}
	k.missed = counted
	return k, stored, counted, nil
}

// dialled counts the connections made in the last loadRate.
var dialled atomic.Int64

// loadRate makes connections for a while, and returns how many a second were
// closed by the server, and their cost for the client.
func loadRate(sources int, lasting time.Duration) (p pace, err error) {
	dialled.Store(0)
	if err := awaitServer(); err != nil {
		return p, err
	}
	var next, done atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	begin, spent := time.Now(), ownTime()
	for range clients {
		wg.Go(func() {
			for time.Since(begin) < lasting {
				if err := touchOnce(int(next.Add(1)), sources); err != nil {
					failed.Store(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return p, err
	}
	p.rate = float64(done.Load()) / time.Since(begin).Seconds()
	p.client = float64((ownTime() - spent).Microseconds()) / float64(done.Load())
	return p, nil
}

// ownTime is the CPU time of this process.
func ownTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// awaitServer touches each port until the server has them all.
func awaitServer() error {
	deadline := time.Now().Add(10 * time.Second)
	for port := 0; port < ports; {
		err := touchOnce(port, 1)
		if err == nil {
			port++
			continue
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server does not come up: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return nil
}

// touchOnce connects for the i-th time and waits for the server to close.
// Raw calls keep the client's share of the machine small.
func touchOnce(i, sources int) error {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	const bindAddressNoPort = 24 // IP_BIND_ADDRESS_NO_PORT
	syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, bindAddressNoPort, 1)
	source := i % sources
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 1, byte(source >> 8), byte(source)}}); err != nil {
		return err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: firstPort + i%ports}); err != nil {
		return err
	}
	dialled.Add(1)
	var buf [1]byte
	_, err = syscall.Read(fd, buf[:])
	return err
}
