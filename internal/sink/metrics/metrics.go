package metrics

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"klaxon"
)

// Options say where the counts are served, and what goes with them.
type Options struct {
	Name    string
	Address string          // host:port
	More    func() []Family // what else a sensor tells; may be nil. It must not wait long
}

// Sink counts, and serves. Use New.
type Sink struct {
	o        Options
	listener net.Listener
	server   *http.Server
	done     chan struct{}

	mu     sync.Mutex
	counts counts
	closed bool
}

// New listens, and serves from then on.
func New(o Options) (*Sink, error) {
	var conf net.ListenConfig
	conf.SetMultipathTCP(false)
	l, err := conf.Listen(context.Background(), "tcp", o.Address)
	if err != nil {
		return nil, fmt.Errorf("serve metrics: %w", err)
	}
	s := &Sink{o: o, listener: l, counts: newCounts(), done: make(chan struct{})}
	s.server = &http.Server{
		Handler: http.HandlerFunc(s.serve), MaxHeaderBytes: maxHeader,
		ReadHeaderTimeout: headWithin, ReadTimeout: readWithin, WriteTimeout: writeWithin, IdleTimeout: time.Minute, ConnContext: within,
		ErrorLog: nil, DisableGeneralOptionsHandler: true,
	}
	s.server.ErrorLog = silent()
	go func() {
		defer close(s.done)
		// Its end is Close; nothing else ends it but a listener that broke, and
		// then a scrape that fails says so.
		_ = s.server.Serve(&gate{Listener: l})
	}()
	return s, nil
}

// Addr is where it listens.
func (s *Sink) Addr() string { return s.listener.Addr().String() }

// Name implements klaxon.Sink.
func (s *Sink) Name() string { return s.o.Name }

// Emit implements klaxon.Sink.
func (s *Sink) Emit(batch []klaxon.Record) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, fmt.Errorf("emit to %s: %w", s.o.Name, os.ErrClosed)
	}
	for _, r := range batch {
		s.counts.add(r)
	}
	return len(batch), nil
}

func (s *Sink) serve(w http.ResponseWriter, r *http.Request) {
	defer asked(r.Context())()
	switch {
	case r.URL.Path != "/metrics":
		http.Error(w, "want /metrics", http.StatusNotFound)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "want GET", http.StatusMethodNotAllowed)
	default:
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(s.text()) // a reader that left is no concern of ours
	}
}

// text is the page: families and samples sorted, so that two are easily compared.
func (s *Sink) text() []byte {
	s.mu.Lock()
	list := s.counts.families()
	s.mu.Unlock()
	if s.o.More != nil {
		list = append(list, s.o.More()...)
	}
	slices.SortFunc(list, func(a, b Family) int { return cmp.Compare(a.Name, b.Name) })
	var out []byte
	for i := range list {
		slices.SortFunc(list[i].Samples, func(a, b Sample) int { return slices.Compare(a.Labels, b.Labels) })
		out = appendFamily(out, &list[i])
	}
	return out
}

// Close implements klaxon.Sink.
func (s *Sink) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	err := s.server.Close()
	<-s.done
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
