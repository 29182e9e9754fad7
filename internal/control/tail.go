package control

import (
	"fmt"
	"net/http"
	"time"
)

// tail sends every record from now on as a line, until the client goes away, is
// too slow for a single one, or klaxond ends.
func (s *Server) tail(w http.ResponseWriter, r *http.Request) {
	t := s.hub.follow()
	if t == nil {
		s.door.turned.Add(1)
		fail(w, http.StatusServiceUnavailable, fmt.Sprintf("%d follow already", tailsMax))
		return
	}
	defer s.hub.leave(t)
	w.Header().Set("Content-Type", "application/jsonl")
	out := stream{w, http.NewResponseController(w)}
	if !out.send(nil) {
		return
	}
	quiet := time.NewTicker(quietMax)
	defer quiet.Stop()
	for {
		ok := true
		select {
		case <-r.Context().Done():
			return
		case <-s.ending:
			return
		case line := <-t.lines:
			ok = out.send(line)
			quiet.Reset(quietMax)
		case <-quiet.C:
			ok = out.send([]byte{'\n'})
		}
		if n := t.missed.Swap(0); ok && n > 0 {
			ok = out.send(fmt.Appendf(nil, `{"v":1,"type":"missed","count":%d}`+"\n", n))
		}
		if !ok {
			return
		}
	}
}

// stream writes to a client that may not read.
type stream struct {
	w http.ResponseWriter
	c *http.ResponseController
}

// send writes one piece now; false when the client did not take it in time.
func (s stream) send(piece []byte) bool {
	if s.c.SetWriteDeadline(time.Now().Add(writeMax)) != nil {
		return false
	}
	if _, err := s.w.Write(piece); err != nil {
		return false
	}
	return s.c.Flush() == nil
}
