package control

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"
)

// polite is a client's connection that listens only once it has asked. A klaxond
// that turns somebody away says so at once and hangs up, and net/http takes an
// answer that comes before the question for a fault.
type polite struct {
	net.Conn
	asked chan struct{}
	once  sync.Once
}

func dialPolite(ctx context.Context, path string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return &polite{Conn: c, asked: make(chan struct{})}, nil
}

func (p *polite) begin() { p.once.Do(func() { close(p.asked) }) }

// Read implements net.Conn.
func (p *polite) Read(b []byte) (int, error) {
	<-p.asked
	return p.Conn.Read(b)
}

// Write implements net.Conn. Where nobody reads any more, why stands in what there
// is to read.
func (p *polite) Write(b []byte) (int, error) {
	defer p.begin()
	n, err := p.Conn.Write(b)
	if errors.Is(err, syscall.EPIPE) {
		return len(b), nil
	}
	return n, err
}

// Close implements net.Conn.
func (p *polite) Close() error {
	p.begin()
	return p.Conn.Close()
}
