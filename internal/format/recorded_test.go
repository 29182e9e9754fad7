package format

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"klaxon"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/track"
)

// kept is a sink that keeps what comes.
type kept struct{ records []klaxon.Record }

func (*kept) Name() string { return "kept" }
func (*kept) Close() error { return nil }
func (k *kept) Emit(batch []klaxon.Record) (int, error) {
	k.records = append(k.records, batch...)
	return len(batch), nil
}

// TestRecorded holds every format to what it promises with what the detector says
// of the recordings of real scanners: of every fourth, and of all with KLAXON_SOAK.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("../../testdata/captures/real/*.pcap.gz")
	if err != nil || len(files) < 100 {
		t.Fatal(len(files), err)
	}
	seen := map[klaxon.Event]int{}
	every := 4
	if os.Getenv("KLAXON_SOAK") != "" {
		every = 1
	}
	for i := 0; i < len(files); i += every {
		path := files[i]
		for _, r := range judged(t, path) {
			if a, ok := r.(*klaxon.Alarm); ok {
				seen[a.Event]++
			}
			for _, name := range Names() {
				hold(t, name, write(t, name, r))
			}
		}
		if t.Failed() {
			t.Fatalf("so it is in %s", path)
		}
	}
	if seen[klaxon.EventOpen] < 100/every || seen[klaxon.EventClose] < 100/every {
		t.Errorf("too few alarms to prove anything: %v", seen)
	}
	t.Logf("alarm records by event: %v", seen)
}

func judged(t *testing.T, path string) []klaxon.Record {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	source, err := wire.OpenFile(f, true)
	if err != nil {
		t.Fatal(err)
	}
	var out kept
	_, err = wire.Run(context.Background(), wire.Config{
		Source: source, Sinks: []klaxon.Sink{&out}, Patient: true,
		Detect: detect.Config{Track: track.Config{Seed: 1, Memory: 8 << 20}, Sensor: "lab", Floor: klaxon.Established},
	})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out.records
}
