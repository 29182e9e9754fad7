package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

const runs = 300

// start compares the CPU of one whole klaxon run under inetd, its syslog and
// hand-over sockets present, with that of an empty Go program. It needs mounts
// of its own for those sockets.
func start(b *bench) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "-isolated", b.dir)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return cmd.Run()
}

// isolated is start inside its mount namespace.
func isolated(dir string) error {
	drain, err := sockets()
	if err != nil {
		return err
	}
	defer drain()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer l.Close()
	for _, uid := range users() {
		if err := compare(dir, l, uid); err != nil {
			return err
		}
	}
	return nil
}

// users are whom inetd.conf may name: root, as in 1995, who costs a change of
// user on every thread, and nobody, who has nothing to give up.
func users() []uint32 {
	if os.Geteuid() != 0 {
		return []uint32{uint32(os.Geteuid())}
	}
	return []uint32{0, nobody}
}

const nobody = 65534

func compare(dir string, l net.Listener, uid uint32) error {
	var ours, empty []float64
	for range runs {
		t, err := cpuOf(dir, "klaxon", uid, l)
		if err != nil {
			return err
		}
		ours = append(ours, t)
		if t, err = cpuOf(dir, "empty", uid, l); err != nil {
			return err
		}
		empty = append(empty, t)
	}
	fmt.Printf("  klaxon %.2f ms  empty %.2f ms, medians of %d\n", median(ours), median(empty), runs)
	figure(fmt.Sprintf("CPU of one klaxon run as uid %d / of an empty Go program", uid), median(ours)/median(empty), "<= 1.4")
	return nil
}

// cpuOf runs a program with an accepted connection on descriptor 0, as inetd
// does, and returns its CPU in ms.
func cpuOf(dir, program string, uid uint32, l net.Listener) (float64, error) {
	client, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		return 0, err
	}
	defer client.Close()
	conn, err := l.Accept()
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	f, err := conn.(*net.TCPConn).File()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	cmd := exec.Command(filepath.Join(dir, program), "exec")
	cmd.Stdin = f
	if os.Geteuid() == 0 {
		// inetd, started at boot, has no supplementary groups.
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w", program, err)
	}
	u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e6, nil
}

// sockets lays an empty /run and a /dev with a syslog socket over the real
// ones, and reads what arrives.
func sockets() (stop func(), err error) {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return nil, fmt.Errorf("private mounts: %w", err)
	}
	null, err := os.OpenFile("/dev/null", os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{"/run", "/dev"} {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return nil, fmt.Errorf("mount %s: %w", dir, err)
		}
	}
	if err := os.WriteFile("/dev/null", nil, 0o666); err != nil {
		return nil, err
	}
	if err := syscall.Mount(fmt.Sprintf("/proc/self/fd/%d", null.Fd()), "/dev/null", "", syscall.MS_BIND, ""); err != nil {
		return nil, fmt.Errorf("bind /dev/null: %w", err)
	}
	if err := os.Mkdir("/run/klaxon", 0o755); err != nil {
		return nil, err
	}
	var open []*net.UnixConn
	for _, path := range []string{"/dev/log", "/run/klaxon/touch.sock"} {
		c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
		if err != nil {
			return nil, err
		}
		os.Chmod(path, 0o666)
		open = append(open, c)
		go func() {
			buf := make([]byte, 1<<16)
			for {
				if _, err := c.Read(buf); err != nil {
					return
				}
			}
		}()
	}
	return func() {
		for _, c := range open {
			c.Close()
		}
	}, nil
}
