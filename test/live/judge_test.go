//go:build linux

package live

import (
	"context"
	"io"
	"net/netip"
	"testing"

	"klaxon"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/track"
)

// told gathers the alarms of a run.
type told struct{ alarms []*klaxon.Alarm }

func (*told) Name() string { return "told" }
func (*told) Close() error { return nil }

func (s *told) Emit(batch []klaxon.Record) (int, error) {
	for _, r := range batch {
		s.alarms = append(s.alarms, r.(*klaxon.Alarm))
	}
	return len(batch), nil
}

// judge runs a capture through the detector as `tocsin -r` does. It returns the
// alarms, and of how many frames.
func judge(t *testing.T, capture io.Reader) ([]*klaxon.Alarm, int) {
	t.Helper()
	return judgeWith(t, capture, nil)
}

// judgeWith keeps evidence besides, unless it is nil.
func judgeWith(t *testing.T, capture io.Reader, keep wire.Evidence) ([]*klaxon.Alarm, int) {
	t.Helper()
	file, err := wire.OpenFile(capture, true)
	if err != nil {
		t.Fatal(err)
	}
	var out told
	sum, err := wire.Run(context.Background(), wire.Config{
		Source: file, Sinks: []klaxon.Sink{&out}, Patient: true, Evidence: keep,
		Detect: detect.Config{Track: track.Config{Seed: 1, Memory: 16 << 20, Routers: []netip.Addr{router4}}, Sensor: "lab", Floor: klaxon.Established},
	})
	if err != nil {
		t.Fatal(err)
	}
	if file.Cut() != nil {
		t.Error(file.Cut())
	}
	return out.alarms, int(sum.Frames)
}
