package names

import (
	"context"
	"errors"
	"net"
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// newResolver returns a resolver whose every connection ends with its context.
// Go's own would wait for a silent server as long as resolv.conf says, in a
// goroutine that outlives the look-up.
func newResolver(dial dialFunc) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { conn.Close() })
		if _, datagram := conn.(net.PacketConn); datagram {
			return conn, nil // the resolver reads 1,232 bytes at most
		}
		return &shortConn{Conn: conn, left: streamMax}, nil
	}}
}

var errLong = errors.New("names: answer too long")

// shortConn fails once left bytes have been read. An answer over TCP may have
// 64 KiB, and Go's resolver opens a socket for each address in it to sort them.
type shortConn struct {
	net.Conn
	left int
}

func (c *shortConn) Read(b []byte) (int, error) {
	if c.left <= 0 {
		return 0, errLong
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}
