package wire

import (
	"context"
	"errors"
	"io"

	"klaxon/internal/watch/capture"
)

// File is a capture file, or a pipe that carries one, as a source.
type File struct {
	in     *input
	reader *capture.Reader
	ours   bool  // its statistics tell how far time had come
	cut    error // it is cut short
}

// OpenFile reads the head of a capture. What is not regular, a pipe or a
// terminal, may keep a reader waiting for ever.
func OpenFile(r io.Reader, regular bool) (*File, error) {
	f := &File{in: newInput(r, regular)}
	var err error
	if f.reader, err = capture.NewReader(f.in); err != nil {
		return nil, err
	}
	_, f.ours = ParseComment(f.reader.Comment())
	return f, nil
}

// Comment is the comment at its head.
func (f *File) Comment() string { return f.reader.Comment() }

// Offset is how many bytes of it were read. It may be called at any time.
func (f *File) Offset() int64 { return f.in.offset.Load() }

// Cut says, after a run, where the file is cut short; nil when it is whole.
func (f *File) Cut() error { return f.cut }

func (f *File) interfaces() []capture.Interface { return f.reader.Interfaces() }

func (f *File) alone() bool { return f.reader.Alone() }

func (f *File) run(ctx context.Context, feed *feed) error {
	f.in.begin(ctx, feed.flush)
	f.reader.OnStatistics(func(s capture.Statistics) {
		if f.ours {
			feed.advance(s.Time)
		}
		feed.lost(s.Interface, s.Drops)
	})
	for {
		frame, err := f.reader.Next()
		if err != nil {
			return f.ended(err)
		}
		feed.frame(&frame)
	}
}

// ended tells the ends that are none of failure.
func (f *File) ended(err error) error {
	switch {
	case err == io.EOF, errors.Is(err, errStopped):
		return nil
	case errors.Is(err, capture.ErrTruncated):
		f.cut = err
		return nil
	}
	return err
}
