// Package outboundtest has peers for outputs over HTTP, honest and hostile. It is
// for tests only.
package outboundtest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Peer records what it takes.
type Peer struct {
	URL string

	server  *httptest.Server
	mu      sync.Mutex
	answer  http.HandlerFunc // nil: 200
	taken   [][]byte
	headers []http.Header
	paths   []string
}

// New starts a peer on loopback.
func New(t *testing.T) *Peer {
	p := &Peer{}
	s := httptest.NewServer(p)
	t.Cleanup(func() { s.CloseClientConnections(); s.Close() })
	p.URL, p.server = s.URL, s
	return p
}

// Close ends it before the test does.
func (p *Peer) Close() { p.server.CloseClientConnections(); p.server.Close() }

// Answer changes what the peer says to each request; nil for a plain 200. What is
// answered by a function counts as taken when it writes a status below 300.
func (p *Peer) Answer(f http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) { s.code = code; s.ResponseWriter.WriteHeader(code) }

// ServeHTTP implements http.Handler.
func (p *Peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 16<<20))
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	s := &status{w, http.StatusOK}
	if answer != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer(s, r)
	}
	if s.code >= 300 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken = append(p.taken, body)
	p.headers = append(p.headers, r.Header)
	p.paths = append(p.paths, r.Method+" "+r.URL.String())
}

// Taken returns the bodies taken so far.
func (p *Peer) Taken() [][]byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([][]byte(nil), p.taken...)
}

// Headers returns their headers, and Paths their methods and paths.
func (p *Peer) Headers() []http.Header {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]http.Header(nil), p.headers...)
}

// Paths returns the methods and paths of what was taken.
func (p *Peer) Paths() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.paths...)
}

// Hang answers nothing until the caller goes away.
func Hang(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// Status answers a status and little else.
func Status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		io.WriteString(w, "no\x1b[31m\r\nno")
	}
}

// Echo answers a status and quotes what it was asked, as many do: the path as it
// came, decoded and as JSON, and the header of the login.
func Echo(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(code)
		auth := r.Header.Get("Authorization")
		_, coded, _ := strings.Cut(auth, " ")
		plain, _ := base64.StdEncoding.DecodeString(coded)
		fmt.Fprintf(w, "Cannot POST %s %s got %s %s %q", r.URL.EscapedPath(), r.URL, auth, plain, auth)
	}
}

// Huge answers 10 MB.
func Huge(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		block := bytes.Repeat([]byte("x"), 1<<20)
		for range 10 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
}

// Drip answers a byte now and then, for ever.
func Drip(w http.ResponseWriter, r *http.Request) {
	for r.Context().Err() == nil {
		w.Write([]byte("x"))
		w.(*status).ResponseWriter.(http.Flusher).Flush()
		time.Sleep(20 * time.Millisecond)
	}
	panic(http.ErrAbortHandler)
}
