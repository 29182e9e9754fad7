//go:build linux

package live

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"
)

const dialLimit = time.Second

// each calls f for every argument, all at once. What they return is no matter:
// an innocent's contacts may fail.
func each(args []string, f func(arg string)) {
	var wg sync.WaitGroup
	for _, a := range args {
		wg.Go(func() { f(a) })
	}
	wg.Wait()
}

func dial(addr string) net.Conn {
	c, err := net.DialTimeout("tcp", addr, dialLimit)
	if err != nil {
		return nil
	}
	return c
}

// lookup asks the resolver for many names at once, as a page with many hosts
// makes a browser do.
func lookup(args []string) error {
	sayReady()
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, args[0])
	}}
	var names []string
	for i := range n {
		names = append(names, fmt.Sprintf("host%d.example.", i))
	}
	each(names, func(name string) {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		resolver.LookupHost(ctx, name)
	})
	return nil
}

// check connects to services and hangs up, round after round: ROUNDS GAP ADDR...
func check(args []string) error { return rounds(args, func(c net.Conn) {}) }

// reset is a check that does without a farewell.
func reset(args []string) error {
	return rounds(args, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) })
}

func rounds(args []string, f func(net.Conn)) error {
	sayReady()
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	gap, err := time.ParseDuration(args[1])
	if err != nil {
		return err
	}
	for range n {
		each(args[2:], func(addr string) {
			if c := dial(addr); c != nil {
				f(c)
				c.Close()
			}
		})
		time.Sleep(gap)
	}
	return nil
}

// retry is a client that does not give up: ROUNDS GAP ADDR...
func retry(args []string) error {
	return rounds(args, func(c net.Conn) { io.WriteString(c, "hello\n") })
}

// mail delivers to servers, of which some may be gone.
func mail(args []string) error {
	sayReady()
	each(args, func(addr string) {
		c := dial(addr)
		if c == nil {
			return
		}
		defer c.Close()
		r := bufio.NewReader(c)
		r.ReadString('\n')
		for _, line := range []string{"EHLO me.example", "MAIL FROM:<a@me.example>", "RCPT TO:<b@example>", "QUIT"} {
			fmt.Fprintf(c, "%s\r\n", line)
			r.ReadString('\n')
		}
	})
	return nil
}

// typing is a person in a session: SECONDS ADDR...
func typing(args []string) error {
	sayReady()
	seconds, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	each(args[1:], func(addr string) {
		c := dial(addr)
		if c == nil {
			return
		}
		defer c.Close()
		go io.Copy(io.Discard, c)
		for range seconds * 5 {
			c.Write([]byte{'x'})
			time.Sleep(200 * time.Millisecond)
		}
	})
	return nil
}

// clock asks servers for the time (RFC 4330), of which some may be silent.
func clock(args []string) error {
	sayReady()
	query := append([]byte{0x23}, make([]byte, 47)...)
	each(args, func(addr string) { ask(addr, query, 4) })
	return nil
}

// ask sends a datagram several times and waits for an answer each time.
func ask(addr string, query []byte, times int) bool {
	c, err := net.Dial("udp", addr)
	if err != nil {
		return false
	}
	defer c.Close()
	for range times {
		c.Write(query)
		c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		if _, err := c.Read(make([]byte, 2048)); err == nil {
			return true
		}
	}
	return false
}

// quic tries QUIC first, and TCP beside it (RFC 9000 section 5, RFC 8305).
func quic(args []string) error {
	sayReady()
	each(args, func(addr string) {
		go ask(addr, append([]byte{0xc3, 0, 0, 0, 1}, make([]byte, 1195)...), 2)
		time.Sleep(50 * time.Millisecond)
		if c := dial(addr); c != nil {
			fmt.Fprint(c, "GET / HTTP/1.0\r\n\r\n")
			io.Copy(io.Discard, io.LimitReader(c, 20))
			c.Close()
		}
	})
	return nil
}

// peers is a member of a file sharing network with an old list of addresses.
func peers(args []string) error {
	sayReady()
	each(args, func(addr string) {
		if c := dial(addr); c != nil {
			c.Write(append([]byte("\x13BitTorrent protocol"), make([]byte, 48)...))
			c.SetReadDeadline(time.Now().Add(dialLimit))
			c.Read(make([]byte, 100))
			c.Close()
		}
	})
	return nil
}

// chatter is what devices say to all on a link: discovery of printers, players
// and names, and a request for an address.
func chatter(args []string) error {
	sayReady()
	to := []string{
		"239.255.255.250:1900", "239.255.255.250:3702", "224.0.0.251:5353", "224.0.0.252:5355",
		"10.77.0.255:137", "10.77.0.255:138", "255.255.255.255:67", "255.255.255.255:17500", "10.77.0.255:27036",
		"10.77.0.255:7680", "255.255.255.255:6667", "[ff02::fb%eth0]:5353", "[ff02::1:3%eth0]:5355", "[ff02::c%eth0]:1900",
	}
	lc := net.ListenConfig{Control: broadcasting}
	c, err := lc.ListenPacket(context.Background(), "udp", ":0")
	if err != nil {
		return err
	}
	for range 5 {
		for _, addr := range to {
			a, err := net.ResolveUDPAddr("udp", addr)
			if err != nil {
				return err
			}
			if _, err := c.WriteTo([]byte("M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n\r\n"), a); err != nil {
				return fmt.Errorf("%s: %w", addr, err)
			}
		}
		time.Sleep(200 * time.Millisecond)
	}
	return nil
}

// media sends streams to ports of which nobody listens on some any more, as
// after the end of a call: PACKETS ADDR...
func media(args []string) error {
	sayReady()
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	each(args[1:], func(addr string) {
		c, err := net.Dial("udp", addr)
		if err != nil {
			return
		}
		defer c.Close()
		for range n {
			c.Write(bytes.Repeat([]byte{0x80}, 172))
			time.Sleep(20 * time.Millisecond)
		}
	})
	return nil
}

// logging sends lines that nobody answers.
func logging(args []string) error {
	sayReady()
	each(args, func(addr string) {
		c, err := net.Dial("udp", addr)
		if err != nil {
			return
		}
		defer c.Close()
		for i := range 40 {
			fmt.Fprintf(c, "<13>line %d %d", i, rand.Uint32())
			time.Sleep(20 * time.Millisecond)
		}
	})
	return nil
}

// load is a test of a server's speed: CONNECTIONS ADDR.
func load(args []string) error {
	sayReady()
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	work := make([]string, 20)
	each(work, func(string) {
		for range n / len(work) {
			if c := dial(args[1]); c != nil {
				fmt.Fprint(c, "GET / HTTP/1.0\r\n\r\n")
				io.Copy(io.Discard, c)
				c.Close()
			}
		}
	})
	return nil
}
