package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"klaxon/internal/store"
)

// ErrStill says that a klaxond runs and does not answer.
var ErrStill = errors.New("klaxond runs and does not answer: it was stopped, or the machine is too busy")

// patienceFor is how long a client waits for the next piece of an answer: somewhat longer
// than klaxond takes for it at most.
func patienceFor(what string) time.Duration {
	const beyond = 15 * time.Second
	switch what {
	case "verify":
		return verifyMax + beyond
	case "records", "alarm", "evidence":
		return waitMax + store.QueryMax + beyond
	case "tail":
		return quietMax + beyond
	}
	return waitMax + beyond
}

// patient is an answer that is waited for, piece by piece.
type patient struct {
	io.ReadCloser
	ctx  context.Context // of the request, with why it was ended
	end  context.CancelCauseFunc
	wait time.Duration
	over *time.Timer
}

// waiting ends a request when nothing of its answer comes for a time.
func waiting(ctx context.Context, wait time.Duration, path string) *patient {
	p := &patient{wait: wait}
	p.ctx, p.end = context.WithCancelCause(ctx)
	p.over = time.AfterFunc(wait, func() { p.end(fmt.Errorf("%w (nothing within %s at %s)", ErrStill, wait, path)) })
	return p
}

// Read implements io.Reader.
func (p *patient) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	p.over.Reset(p.wait)
	return n, p.why(err)
}

// Close implements io.Closer.
func (p *patient) Close() error {
	err := p.ReadCloser.Close()
	p.stop()
	return err
}

func (p *patient) stop() {
	p.over.Stop()
	p.end(nil)
}

// why is an error, or that nothing came.
func (p *patient) why(err error) error {
	if cause := context.Cause(p.ctx); err != nil && errors.Is(cause, ErrStill) {
		return cause
	}
	return err
}
