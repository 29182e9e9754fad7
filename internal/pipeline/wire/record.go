package wire

import "klaxon/internal/watch/capture"

// recorder writes what the detector is given. The first failure ends it, for a
// recording with a hole would replay as something else. A nil one writes
// nothing.
type recorder struct {
	w   *capture.Writer
	err error
}

func newRecorder(w *capture.Writer) *recorder {
	if w == nil {
		return nil
	}
	return &recorder{w: w}
}

func (r *recorder) frame(f *capture.Frame) {
	if r != nil && r.err == nil {
		r.err = r.w.WriteFrame(*f)
	}
}

func (r *recorder) iface(in capture.Interface) {
	if r != nil && r.err == nil {
		in.Drops = 0 // what is lost is told in its place
		r.err = r.w.AddInterface(in)
	}
}

func (r *recorder) statistics(iface int, drops uint64, at int64) {
	if r != nil && r.err == nil {
		r.w.SetDrops(iface, drops)
		r.w.Advance(at)
		r.err = r.w.WriteStatistics(iface)
	}
}

func (r *recorder) flush() {
	if r != nil && r.err == nil {
		r.err = r.w.Flush()
	}
}

func (r *recorder) failure() error {
	if r == nil {
		return nil
	}
	return r.err
}
