package control

import (
	"sync"
	"sync/atomic"

	"klaxon"
	"klaxon/internal/render"
)

// HubName is the Hub's name among the outputs.
const HubName = "tail"

// Hub gives records to those who follow. It is a record sink that never fails,
// never waits, and does next to nothing while nobody follows.
type Hub struct {
	missed atomic.Uint64

	mu    sync.Mutex
	tails map[*tail]struct{}
}

// NewHub returns a Hub that nobody follows yet.
func NewHub() *Hub { return &Hub{tails: make(map[*tail]struct{})} }

// tail is one who follows.
type tail struct {
	lines  chan []byte
	missed atomic.Uint64 // since it was last told
}

// Name implements klaxon.Sink.
func (*Hub) Name() string { return HubName }

// Close implements klaxon.Sink.
func (*Hub) Close() error { return nil }

// Emit implements klaxon.Sink. It takes everything, and leaves out for each
// follower what its queue has no room for.
func (h *Hub) Emit(batch []klaxon.Record) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.tails) == 0 {
		return len(batch), nil
	}
	for _, r := range batch {
		line := append(render.AppendJSON(nil, r), '\n')
		for t := range h.tails {
			select {
			case t.lines <- line:
			default:
				t.missed.Add(1)
				h.missed.Add(1)
			}
		}
	}
	return len(batch), nil
}

// follow returns a new follower, nil when there are too many.
func (h *Hub) follow() *tail {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.tails) >= tailsMax {
		return nil
	}
	t := &tail{lines: make(chan []byte, tailQueue)}
	h.tails[t] = struct{}{}
	return t
}

func (h *Hub) leave(t *tail) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.tails, t)
}

func (h *Hub) following() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.tails)
}
