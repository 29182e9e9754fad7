package capture

import (
	"errors"
	"fmt"
	"io"
)

// window reads ahead of the parsers. The bytes it hands out are its own and
// stay valid until the next call that reads.
type window struct {
	src    io.Reader
	buf    []byte // of maxBlock bytes
	lo, hi int    // buf[lo:hi] is read and not yet taken
	off    int64  // of buf[lo] in the uncompressed stream
	err    error  // came beside bytes, and is told when more are wanted
}

func newWindow(src io.Reader) *window {
	return &window{src: src, buf: make([]byte, maxBlock)}
}

// need returns the next n bytes, at most maxBlock, without taking them. At a
// clean end it returns io.EOF, inside the n bytes an ErrTruncated.
func (w *window) need(n int) ([]byte, error) {
	if w.hi-w.lo < n {
		if err := w.fill(n); err != nil {
			return nil, err
		}
	}
	return w.buf[w.lo : w.lo+n], nil
}

// take drops n bytes that need has returned.
func (w *window) take(n int) {
	w.lo += n
	w.off += int64(n)
}

// skip drops n bytes, however many, without holding them. So many more belong
// to the same record; they count as missing when the end comes first.
func (w *window) skip(n, more int64) error {
	for {
		have := int64(w.hi - w.lo)
		if n <= have {
			w.take(int(n))
			return nil
		}
		w.take(int(have))
		n -= have
		if err := w.fill(1); err != nil {
			return w.inside(err, n+more)
		}
	}
}

// inside makes a clean end that comes n bytes early a truncation.
func (w *window) inside(err error, n int64) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%w at byte %d: %d bytes are missing", ErrTruncated, w.off, n)
	}
	return err
}

// fill reads until n bytes are there. What is left moves to the front, which
// is less than one record for every readSize bytes.
func (w *window) fill(n int) error {
	w.hi = copy(w.buf, w.buf[w.lo:w.hi])
	w.lo = 0
	for empty := 0; w.hi < n; {
		if w.err != nil {
			return w.failed(w.err, n)
		}
		got, err := w.src.Read(w.buf[w.hi:min(w.hi+readSize, len(w.buf))])
		w.hi += got
		w.err = err
		if got > 0 {
			empty = 0
		} else if empty++; err == nil && empty > maxEmptyReads {
			w.err = io.ErrNoProgress
		}
	}
	return nil
}

// failed says what the end of the source means when n bytes were wanted.
func (w *window) failed(err error, n int) error {
	end := w.off + int64(w.hi)
	switch {
	case err == io.EOF && w.hi == 0:
		return io.EOF
	case err == io.EOF:
		return fmt.Errorf("%w at byte %d: %d bytes are missing", ErrTruncated, end, n-w.hi)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w at byte %d: the compressed stream ends early, %d bytes or more are missing", ErrTruncated, end, n-w.hi)
	}
	return fmt.Errorf("reading capture at byte %d: %w", end, err)
}
