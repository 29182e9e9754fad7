//go:build linux

package faults

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"klaxon/internal/nstest"
)

// A program reads the clock by code that the kernel maps into it, the vDSO
// (vdso(7)). This is what clock_gettime there becomes: the system call of that
// name, and for the time of day (clock 0) the seconds at offsetAt are added.
var clockCode = []byte{
	0xb8, 228, 0, 0, 0, // mov eax, SYS_clock_gettime
	0x0f, 0x05, // syscall
	0x85, 0xff, // test edi, edi
	0x75, 10, // jnz to the ret
	0x48, 0x8b, 0x0d, offsetAt - 18, 0, 0, 0, // mov rcx, [rip + ...]
	0x48, 0x01, 0x0e, // add [rsi], rcx
	0xc3, // ret
}

// offsetAt is where the seconds lie behind the begin of the function: such that
// eight bytes are written at once.
const offsetAt = 64

// runWithClock starts klaxond with a clock that set has be off by as much.
func (h *house) runWithClock() (d *daemon, set func(time.Duration)) {
	h.t.Helper()
	var clock int64 // the address of the function
	h.begin = func(cmd *exec.Cmd) { clock = h.beginWithClock(cmd) }
	d = h.run()
	return d, func(off time.Duration) {
		h.t.Helper()
		h.must(d.cmd.Process.Signal(syscall.SIGSTOP))
		if !eventually(func() bool { return strings.Contains(string(read(d.proc("status"))), "State:\tT") }) {
			h.t.Fatal("klaxond does not stand still")
		}
		h.poke(d.pid(), clock+offsetAt, binary.LittleEndian.AppendUint64(nil, uint64(off/time.Second)))
		h.must(d.cmd.Process.Signal(syscall.SIGCONT))
	}
}

// beginWithClock starts a program whose clock is exchanged before its first
// instruction: no thread is in the midst of it then.
func (h *house) beginWithClock(cmd *exec.Cmd) (clock int64) {
	h.t.Helper()
	runtime.LockOSThread() // the kernel knows one thread as the tracer
	defer runtime.UnlockOSThread()
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	h.must(cmd.Start())
	pid := cmd.Process.Pid
	var status unix.WaitStatus
	if _, err := unix.Wait4(pid, &status, 0, nil); err != nil || !status.Stopped() {
		h.t.Fatalf("klaxond does not stop at its start: %v, %v", status, err)
	}
	clock = h.clockOf(pid)
	h.poke(pid, clock, clockCode)
	h.poke(pid, clock+offsetAt, make([]byte, 8))
	h.must(unix.PtraceDetach(pid))
	return clock
}

// clockOf finds the function in the memory of a process.
func (h *house) clockOf(pid int) int64 {
	h.t.Helper()
	var from, to int64
	for line := range strings.Lines(string(read(fmt.Sprintf("/proc/%d/maps", pid)))) {
		if strings.HasSuffix(line, "[vdso]\n") {
			fmt.Sscanf(line, "%x-%x", &from, &to)
		}
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	h.must(err)
	defer memory.Close()
	image := make([]byte, to-from)
	if len(image) == 0 {
		nstest.Skip(h.t, "the kernel gives programs no vDSO")
	}
	_, err = memory.ReadAt(image, from)
	h.must(err)
	file, err := elf.NewFile(bytes.NewReader(image))
	h.must(err)
	symbols, err := file.DynamicSymbols()
	h.must(err)
	for _, s := range symbols {
		if s.Name == "__vdso_clock_gettime" && s.Size >= offsetAt+8 && s.Value%8 == 0 {
			return from + int64(s.Value)
		}
	}
	nstest.Skip(h.t, "the kernel's vDSO has no clock_gettime that has room for another")
	return 0
}

// poke writes to the memory of a process.
func (h *house) poke(pid int, at int64, b []byte) {
	h.t.Helper()
	memory, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", pid), os.O_WRONLY, 0)
	h.must(err)
	defer memory.Close()
	_, err = memory.WriteAt(b, at)
	h.must(err)
}
