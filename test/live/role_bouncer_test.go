//go:build linux

package live

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// bouncer is an FTP server of the old kind, which connects from port 20 to
// wherever its client says (RFC 959 section 3.2; nmap -b).
func bouncer([]string) error {
	ln, err := net.Listen("tcp", ":21")
	if err != nil {
		return err
	}
	sayReady()
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		go bounce(c)
	}
}

func bounce(c net.Conn) {
	defer c.Close()
	fmt.Fprint(c, "220 ready\r\n")
	var to string
	for lines := bufio.NewScanner(c); lines.Scan(); {
		switch verb, rest, _ := strings.Cut(lines.Text(), " "); strings.ToUpper(verb) {
		case "USER":
			fmt.Fprint(c, "331 who\r\n")
		case "PASS":
			fmt.Fprint(c, "230 in\r\n")
		case "PORT":
			var a, b, d, e, high, low int
			fmt.Sscanf(rest, "%d,%d,%d,%d,%d,%d", &a, &b, &d, &e, &high, &low)
			to = fmt.Sprintf("%d.%d.%d.%d:%d", a, b, d, e, high<<8|low)
			fmt.Fprint(c, "200 there\r\n")
		case "LIST":
			fmt.Fprint(c, deliver(to))
		default:
			fmt.Fprint(c, "500 what\r\n")
		}
	}
}

func deliver(to string) string {
	d := net.Dialer{LocalAddr: &net.TCPAddr{Port: 20}, Timeout: dialLimit, Control: reusing}
	data, err := d.DialContext(context.Background(), "tcp4", to)
	if err != nil {
		return "425 no connection\r\n"
	}
	time.Sleep(10 * time.Millisecond)
	data.Close()
	return "150 list\r\n226 done\r\n"
}

// reusing lets a port be taken that has old connections.
func reusing(_, _ string, c syscall.RawConn) (err error) {
	if e := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1) }); e != nil {
		return e
	}
	return err
}
