package metrics

import (
	"io"
	"log"
	"net"
	"sync"
)

// gate lets so many connections in at a time; the others wait in the kernel's
// queue.
type gate struct {
	net.Listener
	room chan struct{}
	end  chan struct{}
	once sync.Once
}

func newGate(l net.Listener) *gate {
	return &gate{Listener: l, room: make(chan struct{}, maxConns), end: make(chan struct{})}
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case g.room <- struct{}{}:
	case <-g.end:
		return nil, net.ErrClosed
	}
	c, err := g.Listener.Accept()
	if err != nil {
		<-g.room
		return nil, err
	}
	return &guest{Conn: c, leave: func() { <-g.room }}, nil
}

// Close implements net.Listener.
func (g *gate) Close() error {
	g.once.Do(func() { close(g.end) })
	return g.Listener.Close()
}

// guest makes room when it leaves.
type guest struct {
	net.Conn
	once  sync.Once
	leave func()
}

// Close implements net.Conn.
func (c *guest) Close() error {
	err := c.Conn.Close()
	c.once.Do(c.leave)
	return err
}

// silent takes what the server says of its callers: a stranger must not fill a log.
func silent() *log.Logger { return log.New(io.Discard, "", 0) }
