// Probe gives up privilege and prints what it has left, thread by thread, and
// what it can still do. The tests of package sandbox read it.
package main

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"klaxon/internal/sandbox"
)

func main() {
	var locked sync.WaitGroup
	for range 8 { // threads that exist before the drop
		locked.Add(1)
		go func() { runtime.LockOSThread(); locked.Done(); select {} }()
	}
	locked.Wait()
	var err error
	switch os.Args[1] {
	case "drop":
		var id sandbox.Identity
		if id, err = sandbox.Lookup("no-such-user"); err == nil {
			err = sandbox.DropTo(id, sandbox.NetBindService)
		}
	case "become":
		err = sandbox.Become("no-such-user")
	}
	fmt.Println("error:", err)
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, task := range tasks {
		status, _ := os.ReadFile("/proc/self/task/" + task.Name() + "/status")
		for line := range strings.Lines(string(status)) {
			key, value, _ := strings.Cut(line, ":")
			switch key {
			case "Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs":
				fmt.Printf("%s: %s\n", key, strings.Join(strings.Fields(value), " "))
			}
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:80")
	fmt.Println("port 80:", err)
	if err == nil {
		l.Close()
	}
	_, err = syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
	fmt.Println("packet socket:", err)
	fmt.Println("setuid 0:", syscall.Setuid(0))
}
