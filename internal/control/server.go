package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"klaxon/internal/store"
)

// Config says where a Server listens and who may ask, beside root and the user
// that it runs as.
type Config struct {
	Path     string
	UID, GID int // who owns the socket and may ask as well; negative: nobody else
}

// Server answers. Use Open, then Run.
type Server struct {
	door      *door
	hub       *Hub
	host      Host
	questions chan struct{}
	ending    chan struct{} // closed when tails are to end

	requests, oddities atomic.Uint64
}

// Open makes the socket. Nobody is answered before Run; they wait.
func Open(cfg Config, hub *Hub) (*Server, error) {
	uids := []int{0, os.Getuid()}
	if cfg.UID >= 0 {
		uids = append(uids, cfg.UID)
	}
	d, err := openDoor(cfg.Path, uids, cfg.UID, cfg.GID)
	if err != nil {
		return nil, err
	}
	return &Server{door: d, hub: hub, questions: make(chan struct{}, questionsMax), ending: make(chan struct{})}, nil
}

// Close removes the socket of a Server that does not run.
func (s *Server) Close() error { return s.door.shut() }

// Counts is a snapshot.
func (s *Server) Counts() Counts {
	return Counts{
		Requests: s.requests.Load(), Refused: s.door.refused.Load(), Turned: s.door.turned.Load(),
		Tails: s.hub.following(), Missed: s.hub.missed.Load(), Oddities: s.oddities.Load(),
	}
}

type uidKey struct{}

// Run answers with what host knows until ctx ends.
func (s *Server) Run(ctx context.Context, host Host) error {
	s.host = host
	srv := &http.Server{
		Handler: s.routes(), MaxHeaderBytes: headerMax,
		ReadTimeout: readMax, WriteTimeout: answerMax, IdleTimeout: idleMax,
		ErrorLog: log.New(io.Discard, "", 0), // of clients, who are counted
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, uidKey{}, c.(*visitor).uid)
		},
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(ended)
		close(s.ending)
		grace, cancel := context.WithTimeout(context.Background(), closeMax)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			srv.Close() // its error is that of a listener already closed
		}
	})
	err := srv.Serve(s.door)
	if stop() { // the socket failed by itself
		srv.Close()
	} else {
		<-ended
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, f := range map[string]func(http.ResponseWriter, *http.Request) error{
		"GET /v1/status":   s.status,
		"GET /v1/why":      s.why,
		"GET /v1/records":  s.records,
		"GET /v1/alarm":    s.alarm,
		"GET /v1/evidence": s.evidence,
		"GET /v1/allowed":  s.allowed,
		"POST /v1/allow":   s.allow,
		"POST /v1/forbid":  s.disallow,
		"POST /v1/learn":   s.learn,
		"GET /v1/drill":    s.drilled,
		"POST /v1/drill":   s.drill,
	} {
		mux.Handle(pattern, s.question(answerMax, f))
	}
	mux.Handle("GET /v1/verify", s.question(verifyMax, s.verify))
	mux.HandleFunc("GET /v1/tail", s.tail)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.oddities.Add(1)
		fail(w, http.StatusNotFound, "there is nothing of that name; klaxonctl and klaxond may be of different versions")
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		r.Body = http.MaxBytesReader(w, r.Body, bodyMax)
		mux.ServeHTTP(w, r)
	})
}

// question has f answer, once it is its turn and for as long as it may.
func (s *Server) question(limit time.Duration, f func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		patience := time.NewTimer(waitMax)
		defer patience.Stop()
		select {
		case s.questions <- struct{}{}:
			defer func() { <-s.questions }()
		case <-patience.C:
			s.door.turned.Add(1)
			fail(w, http.StatusServiceUnavailable, "too many questions wait already: ask again in a moment")
			return
		case <-r.Context().Done():
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		// A failure here shows in the answer's own writes.
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(limit))
		if err := f(w, r.WithContext(ctx)); err != nil {
			s.refuse(w, err)
		}
	})
}

// refuse tells an error in the form of its kind.
func (s *Server) refuse(w http.ResponseWriter, err error) {
	code := http.StatusInternalServerError
	var odd oddity
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		s.oddities.Add(1)
		code, err = http.StatusRequestEntityTooLarge, errors.New("the request is too long")
	case errors.As(err, &odd), errors.Is(err, ErrInvalid):
		s.oddities.Add(1)
		code = http.StatusBadRequest
	case errors.Is(err, ErrNotFound), errors.Is(err, store.ErrNotFound):
		code = http.StatusNotFound
	case errors.Is(err, ErrUnavailable):
		code = http.StatusNotImplemented
	}
	fail(w, code, err.Error())
}

// fail writes an error; what goes wrong with that the client sees.
func fail(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	body, _ := json.Marshal(struct { // a string cannot fail
		Error string `json:"error"`
	}{plain(text)})
	w.Write(append(body, '\n'))
}
