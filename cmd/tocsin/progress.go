package main

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync"
	"time"
)

// Our own choices.
const (
	progressFrom  = 16 << 20 // a smaller file is read before anybody looks
	progressEvery = 200 * time.Millisecond
)

// progress is a line at the bottom of a terminal that is written over and over.
// A nil one shows nothing.
type progress struct {
	w      io.Writer
	name   string
	size   int64
	offset func() int64

	mu    sync.Mutex
	shown int // length of the line that stands there
}

// newProgress returns nil where nobody would see it.
func (s *session) newProgress(info fs.FileInfo) *progress {
	if s.quiet || s.json && isTerminal(s.stdout) || !isTerminal(s.stderr) || !info.Mode().IsRegular() || info.Size() < progressFrom {
		return nil
	}
	return &progress{w: s.stderr, name: s.inputName(), size: info.Size(), offset: func() int64 { return s.file.Offset() }}
}

// start shows it until the function that is returned is called.
func (p *progress) start() (stop func()) {
	if p == nil {
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	begin := time.Now()
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.show(time.Since(begin))
			case <-done:
				return
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		p.clear()
	}
}

func (p *progress) show(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.offset()
	line := fmt.Sprintf("tocsin: %3d %% of %s, %s/s", at*100/p.size, p.name, bytes(uint64(float64(at)/took.Seconds())))
	fmt.Fprintf(p.w, "\r%-*s", p.shown, line)
	p.shown = len(line)
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

func (p *progress) wipe() {
	if p.shown > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.shown))
		p.shown = 0
	}
}

// around returns a writer that makes way for what is written to w, which may be
// the same terminal.
func (p *progress) around(w io.Writer) io.Writer {
	if p == nil {
		return w
	}
	return &above{p, w}
}

type above struct {
	p *progress
	w io.Writer
}

func (a *above) Write(b []byte) (int, error) {
	a.p.mu.Lock()
	defer a.p.mu.Unlock()
	a.p.wipe()
	return a.w.Write(b)
}
