//go:build linux

package e2e

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// dial connects from the attacker, from one of its addresses unless from is "".
func (s *session) dial(network, from, addr string) (conn net.Conn, err error) {
	dialer := net.Dialer{Timeout: patience}
	if from != "" {
		if dialer.LocalAddr, err = localAddr(network, from); err != nil {
			return nil, err
		}
	}
	err = s.net.Attacker(func() error {
		conn, err = dialer.DialContext(context.Background(), network, addr)
		return err
	})
	return conn, err
}

// localAddr takes an IP, or an IP and a port.
func localAddr(network, from string) (net.Addr, error) {
	if net.ParseIP(from) != nil {
		from = net.JoinHostPort(from, "0")
	}
	if network == "udp" {
		return net.ResolveUDPAddr(network, from)
	}
	return net.ResolveTCPAddr(network, from)
}

func (s *session) touch(ts *testscript.TestScript, neg bool, args []string) {
	const form = "touch [-from IP[:PORT]] tcp|udp ADDR:PORT ..."
	usage(ts, neg, args, 2, form)
	from := ""
	if args[0] == "-from" {
		usage(ts, neg, args, 4, form)
		from, args = args[1], args[2:]
	}
	for _, addr := range args[1:] {
		conn, err := s.dial(args[0], from, addr)
		ts.Check(err)
		if args[0] == "udp" {
			_, err = conn.Write([]byte("anybody there?"))
			s.udp = append(s.udp, conn)
		} else {
			err = closedInSilence(conn)
			conn.Close()
		}
		ts.Check(err)
	}
}

// closedInSilence waits for the other end to close, which it must do without
// having sent a byte.
func closedInSilence(conn net.Conn) error {
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	got, err := io.ReadAll(conn)
	if len(got) > 0 {
		return errors.New("the trap answered " + strconv.Quote(string(got)))
	}
	if errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	return err
}

func (s *session) reset(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 1, "reset ADDR:PORT ...")
	for _, addr := range args {
		conn, err := s.dial("tcp", "", addr)
		ts.Check(err)
		ts.Check(conn.(*net.TCPConn).SetLinger(0))
		ts.Check(conn.Close())
	}
}

func (s *session) datagrams(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 3, "datagrams N EVERY ADDR:PORT")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	every, err := time.ParseDuration(args[1])
	ts.Check(err)
	conn, err := s.dial("udp", "", args[2])
	ts.Check(err)
	s.udp = append(s.udp, conn)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for i := range n {
		_, err := conn.Write([]byte("datagram " + strconv.Itoa(i)))
		ts.Check(err)
		<-ticker.C
	}
}

func (s *session) silent(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 0, "silent")
	if len(s.udp) == 0 {
		ts.Fatalf("no datagram was sent")
	}
	for _, conn := range s.udp {
		ts.Check(conn.SetReadDeadline(time.Now().Add(time.Millisecond)))
		n, err := conn.Read(make([]byte, 1500))
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			ts.Fatalf("%s answered %d bytes: %v", conn.RemoteAddr(), n, err)
		}
	}
}
