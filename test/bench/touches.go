package main

import (
	"bytes"
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
)

const (
	pairs       = 9      // interleaved pairs, of which the median counts
	connections = 30_000 // for each half of a pair
	sources     = 4096   // loopback addresses the connections come from
	clients     = 8      // connections under way at once
	firstPort   = 20_000
	ports       = 16
)

// touches compares klaxond with a bare Go loop that accepts and closes, under the
// same load. Store and JSON are on, every touch is judged, and as root the wire
// shows the same connections.
func touches(b *bench) error {
	var ratios, recorded []float64
	for range pairs {
		bare, err := b.bareRate()
		if err != nil {
			return err
		}
		ours, full, err := b.klaxondRate()
		if err != nil {
			return err
		}
		ratios = append(ratios, ours/bare)
		recorded = append(recorded, full)
		fmt.Printf("  bare %6.0f/s  klaxond %6.0f/s  ratio %.2f  recorded %.4f\n", bare, ours, ours/bare, full)
	}
	figure(fmt.Sprintf("touches a second, klaxond with wire, store and JSON / bare accept loop, %d sources", sources), median(ratios), ">= 0.5")
	figure("share of touches recorded in full", median(recorded), ">= 0.99")
	return nil
}

func (b *bench) bareRate() (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	server := exec.Command(self, "-bare", fmt.Sprintf("%d-%d", firstPort, firstPort+ports-1))
	server.Stderr = os.Stderr
	if err := server.Start(); err != nil {
		return 0, err
	}
	defer func() { server.Process.Kill(); server.Wait() }()
	return loadRate()
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

func (b *bench) klaxondRate() (rate, recorded float64, err error) {
	records := filepath.Join(b.dir, "klaxon.jsonl")
	os.Remove(records)
	config := filepath.Join(b.dir, "klaxon.toml")
	text := fmt.Sprintf("sensor = \"bench\"\nservices = [\"tcp/%d-%d\"]\n[output.terminal]\nenabled = false\n[output.syslog]\nenabled = false\n[output.json]\npath = %q\n",
		firstPort, firstPort+ports-1, records)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return 0, 0, err
	}
	daemon := b.klaxond(config)
	if err := daemon.Start(); err != nil {
		return 0, 0, err
	}
	rate, err = loadRate()
	daemon.Process.Signal(syscall.SIGTERM)
	if waitErr := daemon.Wait(); err == nil && waitErr != nil {
		err = fmt.Errorf("klaxond: %w\n%s", waitErr, daemon.Stderr)
	}
	if err != nil {
		return 0, 0, err
	}
	full, counted, err := countRecords(records)
	if err != nil {
		return 0, 0, err
	}
	// What was dialled while the daemon came up adds to both.
	if made := int(dialled.Load()); full+counted != made {
		return 0, 0, fmt.Errorf("recorded %d + counted %d != made %d", full, counted, made)
	}
	return rate, float64(full) / float64(full+counted), nil
}

// klaxond prepares the daemon with directories of its own, so that the bench
// leaves nothing behind.
func (b *bench) klaxond(config string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(b.dir, "klaxond"), "-config", config)
	cmd.Stdout, cmd.Stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Env = append(os.Environ(), "RUNTIME_DIRECTORY="+b.dir, "STATE_DIRECTORY="+b.dir, "LOGS_DIRECTORY="+b.dir)
	return cmd
}

func countRecords(path string) (full, counted int, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, err
	}
	for _, line := range bytes.Split(bytes.TrimSpace(text), []byte("\n")) {
		var r struct {
			Type   string
			What   string
			Count  int
			Output string
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return 0, 0, fmt.Errorf("%w: %s", err, line)
		}
		switch {
		case r.Type == "touch":
			full++
		case r.What == "held-back", r.What == "drops" && (r.Output == "" || r.Output == "json"):
			counted += r.Count
		}
	}
	return full, counted, nil
}

// dialled counts the connections made in the last loadRate.
var dialled atomic.Int64

// loadRate makes the connections, and returns how many a second were closed by
// the server.
func loadRate() (float64, error) {
	dialled.Store(0)
	if err := awaitServer(); err != nil {
		return 0, err
	}
	var next atomic.Int64
	var failed atomic.Value
	var wg sync.WaitGroup
	begin := time.Now()
	for range clients {
		wg.Go(func() {
			for {
				i := next.Add(1)
				if i > connections {
					return
				}
				if err := touchOnce(int(i)); err != nil {
					failed.Store(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err, ok := failed.Load().(error); ok {
		return 0, err
	}
	return connections / time.Since(begin).Seconds(), nil
}

// awaitServer touches each port until the server has them all.
func awaitServer() error {
	deadline := time.Now().Add(10 * time.Second)
	for port := 0; port < ports; {
		err := touchOnce(port)
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

// touchOnce connects from the i-th source and waits for the server to close.
// Raw calls keep the client's share of the machine small.
func touchOnce(i int) error {
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
