//go:build linux

package live

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRecorded needs no privilege: it holds the detector to the same truth with
// what the tools sent when they were recorded.
func TestRecorded(t *testing.T) {
	all := make(map[string]scenario)
	for _, s := range suites {
		for _, x := range s.list() {
			all[s.name+"_"+x.name] = x
		}
	}
	files, err := filepath.Glob(recordings + "/*.pcap.gz")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings in %s (%v)", recordings, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pcap.gz")
		t.Run(name, func(t *testing.T) {
			x, ok := all[name]
			if !ok {
				t.Fatalf("there is no scenario for it in %T", suites)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			keep := newKeeper()
			alarms, frames := judgeWith(t, f, keep)
			x.check(t, "recorded", alarms)
			x.happened(t, frames)
			keep.reproduces(t, name, alarms)
		})
	}
}
