// Package capture reads and writes capture files: pcap in both byte orders and
// both time units, pcapng with several sections and interfaces, either of them
// compressed by gzip. It reads from anything that is an io.Reader, so from a
// pipe as well.
//
// A file is written by a stranger: no size it claims allocates memory, every
// list it can grow has a cap (limits.go), and reading a frame allocates
// nothing.
package capture

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"

	"klaxon/internal/decode"
)

// ErrTruncated is wrapped by the error for a capture that ends inside a record,
// as one does whose writer was stopped. All frames before it are good.
var ErrTruncated = errors.New("capture is cut short")

// Reader reads the frames of a capture file. It is not safe for concurrent use.
type Reader struct {
	form  form
	frame Frame // the newest
	err   error // what ended it
}

// form is a file format.
type form interface {
	next(*Frame) error
	interfaces() []Interface
	remark() string
	tell(func(Statistics))
}

// NewReader reads as much of r as tells the format. It returns io.EOF when r is
// empty, and an ErrTruncated when it ends inside the file's header.
func NewReader(r io.Reader) (*Reader, error) {
	src, err := plain(r)
	if err != nil {
		return nil, err
	}
	win := newWindow(src)
	magic, err := win.need(4)
	if err != nil {
		return nil, err
	}
	form, err := open(win, [4]byte(magic))
	if err != nil {
		return nil, err
	}
	return &Reader{form: form}, nil
}

// Next returns the next frame; its Data is valid until the next call. The error
// is io.EOF at a clean end, wraps ErrTruncated when the file is cut short,
// and otherwise says at which byte of the uncompressed file what is wrong. It
// is the same at every later call.
func (r *Reader) Next() (Frame, error) {
	if r.err != nil {
		return Frame{}, r.err
	}
	if r.err = r.form.next(&r.frame); r.err != nil {
		r.frame = Frame{}
	}
	return r.frame, r.err
}

// Interfaces returns a copy of the interfaces described so far. In a pcapng
// file they come before their first frame, and drops are told at the end.
func (r *Reader) Interfaces() []Interface { return slices.Clone(r.form.interfaces()) }

// Alone tells whether the one interface will stay the only one: a pcap file has no
// others.
func (r *Reader) Alone() bool {
	_, one := r.form.(*pcap)
	return one
}

// Comment returns the comment at the head of a pcapng file, at most 4 KiB of any
// bytes, and "" when there is none.
func (r *Reader) Comment() string { return r.form.remark() }

// OnStatistics has f called, within Next, for the statistics that a pcapng file
// holds before the frame that Next then returns, or before its end.
func (r *Reader) OnStatistics(f func(Statistics)) { r.form.tell(f) }

// plain undoes gzip (RFC 1952 section 2.3.1: its magic and its one method).
func plain(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	magic, err := b.Peek(3)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("reading capture at byte 0: %w", err)
	}
	if string(magic) != "\x1f\x8b\x08" {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%w inside the header of the compressed file", ErrTruncated)
	}
	if err != nil {
		return nil, fmt.Errorf("reading compressed capture at byte 0: %w", err)
	}
	return z, nil
}

func open(win *window, magic [4]byte) (form, error) {
	switch magic {
	case [4]byte{0xd4, 0xc3, 0xb2, 0xa1}:
		return newPcap(win, littleEndian, 1000)
	case [4]byte{0xa1, 0xb2, 0xc3, 0xd4}:
		return newPcap(win, bigEndian, 1000)
	case [4]byte{0x4d, 0x3c, 0xb2, 0xa1}:
		return newPcap(win, littleEndian, 1)
	case [4]byte{0xa1, 0xb2, 0x3c, 0x4d}:
		return newPcap(win, bigEndian, 1)
	case [4]byte{0x0a, 0x0d, 0x0d, 0x0a}:
		return newPcapng(win)
	}
	return nil, damaged(0, "% x begins neither a pcap nor a pcapng file", magic[:])
}

// damaged is the error for bytes that no writer means.
func damaged(off int64, format string, args ...any) error {
	return fmt.Errorf("capture at byte %d: %s", off, fmt.Sprintf(format, args...))
}

// linkOf drops the bits above the link type, which tell of checksums.
func linkOf(v uint32) decode.Link { return decode.Link(v) }
