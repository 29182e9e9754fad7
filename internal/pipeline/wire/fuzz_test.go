package wire

import (
	"bytes"
	"context"
	"testing"

	"klaxon/internal/watch/capture"
)

// FuzzFile: whatever a file holds, the run ends, counts every frame, writes
// lines that follow their schema, and its recording gives the same lines.
func FuzzFile(f *testing.F) {
	var some []capture.Frame
	for i, data := range scanned("192.0.2.7", 5) {
		some = append(some, frame(start+int64(i)*1e9, i%2, data))
	}
	f.Add(written(f, 2, Settings{Seed: 3, Mirrors: true}.Comment(), some))
	f.Add(written(f, 2, "a stranger's", some))
	f.Fuzz(func(t *testing.T, file []byte) {
		src, err := OpenFile(bytes.NewReader(file), true)
		if err != nil {
			return
		}
		var out lines
		var recording bytes.Buffer
		cfg := config(src, &out)
		if cfg.Record, err = capture.NewWriter(&recording, nil, Settings{Seed: 7}.Comment()); err != nil {
			t.Fatal(err)
		}
		s, _ := Run(context.Background(), cfg)
		if s.Frames != s.Filtered+sum(s.Tally) || s.RecordErr != nil {
			t.Errorf("%+v, %v", s.Counts, s.RecordErr)
		}
		out.validate(t)
		again, _, r := replay(t, recording.Bytes())
		if !bytes.Equal(again, out.Bytes()) || r.Frames != s.Frames {
			t.Errorf("%d frames, recorded as %d:\n%s\nreplayed\n%s", s.Frames, r.Frames, out.Bytes(), again)
		}
	})
}
