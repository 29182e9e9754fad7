package wire

import (
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/watch/capture"
)

// head is the front of a frame, kept beside what was decoded of it.
type head struct {
	link   decode.Link
	iface  int
	length int
	n      int
	data   [headMax]byte
}

func (h *head) keep(f *capture.Frame) {
	h.link, h.iface, h.length = f.Link, f.Interface, f.Length
	h.n = copy(h.data[:], f.Data)
}

// frame is the frame as far as it was kept.
func (h *head) frame(s *detect.Seen) capture.Frame {
	return capture.Frame{Time: s.At, Link: h.link, Interface: h.iface, Length: h.length, Data: h.data[:h.n]}
}
