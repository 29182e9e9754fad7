package nstest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// AttackerNS is the network namespace of the attacker, for
// `nsenter --net=` and the like. The test itself is on the target.
const AttackerNS = namespaces + "attacker"

const namespaces = "/run/netns/"

// Namespace is the file of the network namespace of a host that Add made.
func Namespace(name string) string { return namespaces + name }

// Net is the network of one test. It may be used by several goroutines.
type Net struct{}

// enter makes this process the target and joins it to an attacker. It is done
// once in a process: a test that calls Run twice has one network.
var enter = sync.OnceValues(func() (*Net, error) {
	if err := mounts(); err != nil {
		return nil, err
	}
	if _, err := os.Stat("/proc/sys/net/ipv6"); err != nil {
		return nil, fmt.Errorf("IPv6 is switched off: %w", errors.ErrUnsupported)
	}
	n := &Net{}
	if err := ip("", "netns add attacker"); err != nil {
		return nil, err
	}
	if err := errors.Join(usableAtOnce(), n.Attacker(usableAtOnce)); err != nil {
		return nil, err
	}
	return n, cable()
})

// usableAtOnce switches on IPv6 in the current namespace, without the second
// in which an address is only tentative.
func usableAtOnce() error {
	for _, conf := range []string{"all", "default", "lo"} {
		for key, value := range map[string]string{"disable_ipv6": "0", "accept_dad": "0"} {
			if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+conf+"/"+key, []byte(value), 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// cable joins eth0 of the target with eth0 of the attacker.
func cable() error {
	if err := ip("", "link add eth0 type veth peer name eth0 netns attacker"); err != nil {
		return err
	}
	if err := ip("", host(1, 10)...); err != nil {
		return err
	}
	return ip("attacker", host(2, 3, 4, 5, 6, 7, 8, 9)...)
}

// host makes one end of the cable, and loopback, ready. The link-local address
// is ours to choose: the kernel's own would come a moment later.
func host(numbers ...int) []string {
	return append(addresses(numbers...),
		fmt.Sprintf("addr add fe80::%x/64 dev eth0 nodad", numbers[0]),
		"link set eth0 addrgenmode none",
		"link set eth0 up",
		"link set lo up")
}

// addresses gives eth0 its addresses. The first is the one that packets leave
// with by default; for IPv6 the others must be deprecated for that.
func addresses(numbers ...int) (commands []string) {
	for i, number := range numbers {
		preferred := "forever"
		if i > 0 {
			preferred = "0"
		}
		commands = append(commands,
			fmt.Sprintf("addr add 10.9.0.%d/24 dev eth0", number),
			fmt.Sprintf("addr add fd00:9::%x/64 dev eth0 nodad preferred_lft %s", number, preferred))
	}
	return commands
}

// ip runs commands of ip(8), in the named namespace unless that is "".
func ip(netns string, commands ...string) error {
	args := []string{"-batch", "-"}
	if netns != "" {
		args = append([]string{"-n", netns}, args...)
	}
	cmd := exec.Command("ip", args...)
	cmd.Stdin = strings.NewReader(strings.Join(commands, "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ip, of iproute2: %w %s", err, out)
	}
	return nil
}

// Attacker calls f on a thread that is in the attacker's network namespace:
// sockets that f itself makes are the attacker's, and stay so. Goroutines that
// f starts are on the target.
func (n *Net) Attacker(f func() error) error { return n.On("attacker", f) }

// Add makes more hosts: network namespaces without any link, where IPv6 works
// at once. What joins them is the test's affair.
func (n *Net) Add(names ...string) error {
	for _, name := range names {
		if err := ip("", "netns add "+name); err != nil {
			return err
		}
		if err := n.On(name, usableAtOnce); err != nil {
			return err
		}
	}
	return nil
}

// On is Attacker for a host that Add made.
func (n *Net) On(name string, f func() error) error {
	done := make(chan error, 1)
	go onSideThread(func() { done <- inNamespace(name, f) })
	return <-done
}

// IP runs commands of ip(8) on the named host, or on the target for "".
func (n *Net) IP(name string, commands ...string) error { return ip(name, commands...) }

// onSideThread calls f on a thread that is not the first of the process, for
// the first thread's namespace is what /proc/self and so /proc/net show. The
// thread ends afterwards: its goroutine never unlocks it.
func onSideThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != os.Getpid() {
		f()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		onSideThread(f)
	}()
	<-done // held until then, so that the other goroutine gets another thread
	runtime.UnlockOSThread()
}

func inNamespace(name string, f func() error) error {
	if err := enterNamespace(name); err != nil {
		return err
	}
	return f()
}

func enterNamespace(name string) error {
	file, err := os.Open(Namespace(name))
	if err != nil {
		return err
	}
	defer file.Close()
	return os.NewSyscallError("setns", unix.Setns(int(file.Fd()), unix.CLONE_NEWNET))
}
