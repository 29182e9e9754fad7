package wire

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
)

// errStopped ends a reader because the run ends.
var errStopped = errors.New("stopped")

// input reads a capture for the reader. It lets what was read so far be worked
// on before it waits for more, and ends when the run does.
type input struct {
	src    io.Reader
	offset atomic.Int64
	done   <-chan struct{} // nil before the run
	before func()          // called before waiting; nil before the run

	// Of a source that may wait for ever; unused for a file.
	chunks chan chunk
	spare  chan []byte
	whole  []byte // the buffer of now
	now    chunk  // what is left of it
}

// chunk is what one read of a pipe gave.
type chunk struct {
	b   []byte
	err error
}

func newInput(src io.Reader, regular bool) *input {
	in := &input{src: src}
	if !regular {
		in.chunks, in.spare = make(chan chunk), make(chan []byte, 2)
		in.spare <- make([]byte, chunkSize)
		in.spare <- make([]byte, chunkSize)
		go in.pump()
	}
	return in
}

// pump reads a pipe. It may hang in a read when the program ends.
func (in *input) pump() {
	for b := range in.spare {
		n, err := in.src.Read(b)
		in.chunks <- chunk{b[:n], err}
		if err != nil {
			return
		}
	}
}

// begin binds the input to a run.
func (in *input) begin(ctx context.Context, before func()) { in.done, in.before = ctx.Done(), before }

// Read implements io.Reader.
func (in *input) Read(p []byte) (n int, err error) {
	select {
	case <-in.done:
		return 0, errStopped
	default:
	}
	if in.chunks == nil {
		n, err = in.src.Read(p)
	} else {
		n, err = in.piped(p)
	}
	in.offset.Add(int64(n))
	return n, err
}

func (in *input) piped(p []byte) (int, error) {
	if len(in.now.b) == 0 && in.now.err == nil && !in.wait() {
		return 0, errStopped
	}
	n := copy(p, in.now.b)
	if in.now.b = in.now.b[n:]; len(in.now.b) > 0 {
		return n, nil
	}
	return n, in.now.err
}

// wait waits for a chunk, and is false when the run ends first.
func (in *input) wait() bool {
	if in.whole != nil {
		in.spare <- in.whole
	}
	select {
	case in.now = <-in.chunks:
	default:
		if in.before != nil {
			in.before()
		}
		select {
		case in.now = <-in.chunks:
		case <-in.done:
			return false
		}
	}
	in.whole = in.now.b[:cap(in.now.b)]
	return true
}
