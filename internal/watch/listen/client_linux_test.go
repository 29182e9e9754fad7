package listen

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// client is a process of its own that connects when told to.
type client struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startClient starts a client that waits. Orders are "hold PORT N", for
// connections from one source that stay open until the end, and "storm PORT N",
// for connections from 1,000 sources, closed at once, spread over the ports
// from PORT to 65535.
func startClient(tb testing.TB, order string, port uint16, n int) *client {
	tb.Helper()
	c := &client{cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d", envClient, order, port, n))
	c.cmd.Stderr = os.Stderr
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		tb.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		c.in.Close()
		if err := c.cmd.Wait(); err != nil {
			tb.Errorf("client: %v", err)
		}
	})
	return c
}

func (c *client) begin(tb testing.TB) {
	tb.Helper()
	if _, err := io.WriteString(c.in, "go\n"); err != nil {
		tb.Fatal(err)
	}
}

func (c *client) await(tb testing.TB) {
	tb.Helper()
	if line, err := c.out.ReadString('\n'); err != nil || line != "done\n" {
		tb.Fatalf("client says %q, %v", line, err)
	}
}

// obey is the client's side.
func obey(env string) error {
	var order string
	var port uint16
	var n int
	if _, err := fmt.Sscan(env, &order, &port, &n); err != nil {
		return err
	}
	raiseDescriptorLimit()
	in := bufio.NewReader(os.Stdin)
	if _, err := in.ReadString('\n'); err != nil {
		return nil // the test ended before
	}
	carryOut := hold
	if order == "storm" {
		carryOut = storm
	}
	if err := carryOut(port, n); err != nil {
		return err
	}
	fmt.Println("done")
	_, _ = io.Copy(io.Discard, in)
	return nil
}

func hold(port uint16, n int) error {
	for range n {
		if _, err := rawConnect(fmt.Sprintf("127.0.0.1:%d", port), ""); err != nil {
			return err
		}
	}
	return nil
}

func storm(port uint16, n int) error {
	const workers, sources = 2, 1000
	var errs [workers]error
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += workers {
				source := i % sources
				errs[w] = knock(
					fmt.Sprintf("127.0.0.1:%d", 65535-i%(65536-int(port))),
					fmt.Sprintf("127.1.%d.%d", source/250, source%250+1))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

func knock(target, source string) error {
	fd, err := rawConnect(target, source)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}
