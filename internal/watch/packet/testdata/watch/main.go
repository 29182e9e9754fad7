// Watch opens eth0 and lo, gives up all privilege, and tells what it is left
// with and what it then sees. The tests of package packet read it.
//
//	watch FRAMES
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"klaxon/internal/sandbox"
	"klaxon/internal/watch/packet"
)

func main() {
	if err := run(); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func run() error {
	want, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	threads()
	c, err := packet.Open(packet.Config{Interfaces: []string{"eth0", "lo"}, Promiscuous: true})
	if err != nil {
		return err
	}
	id, err := sandbox.Lookup("no-such-user")
	if err != nil {
		return err
	}
	if err := sandbox.DropTo(id); err != nil {
		return err
	}
	status()
	_, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
	fmt.Println("another packet socket:", err)
	fmt.Println("ready")
	for seen := 0; seen < want; {
		f, err := c.Next(time.Second)
		if errors.Is(err, packet.ErrIdle) {
			continue
		}
		if err != nil {
			return err
		}
		if at := strings.Index(string(f.Data), "knock "); at >= 0 {
			fmt.Println(c.Interfaces()[f.Interface].Name, "saw", string(f.Data[at:]))
			seen++
		}
	}
	fmt.Println("drops:", c.Drops(0), c.Drops(1))
	return c.Close()
}

// threads makes some that exist before the drop.
func threads() {
	var locked sync.WaitGroup
	for range 8 {
		locked.Add(1)
		go func() { runtime.LockOSThread(); locked.Done(); select {} }()
	}
	locked.Wait()
}

// status prints what each thread is.
func status() {
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		text, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/status")
		for line := range strings.Lines(string(text)) {
			key, value, _ := strings.Cut(line, ":")
			switch key {
			case "Uid", "CapEff", "CapPrm", "CapAmb", "NoNewPrivs":
				fmt.Printf("%s: %s\n", key, strings.Join(strings.Fields(value), " "))
			}
		}
	}
}
