package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
)

// TestGarbageIsBounded: the collector begins before garbage has grown beyond its
// share of the heap, and not without end.
func TestGarbageIsBounded(t *testing.T) {
	const tables = 64 << 20
	held := make([]byte, tables+heapBeside)
	old := debug.SetGCPercent(percent(garbage, tables+heapBeside))
	defer debug.SetGCPercent(old)
	runtime.GC()
	s := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	goal, live := s[0].Value.Uint64(), s[1].Value.Uint64()
	if live < uint64(len(held)) {
		t.Fatalf("%d KiB are alive, with a table of %d", live>>10, len(held)>>10)
	}
	if room := int64(goal - live); room < garbage/2 || room > 2*garbage {
		t.Errorf("the heap may grow by %d KiB, want about %d", room>>10, garbage>>10)
	}
	runtime.KeepAlive(held)
}

// TestPercent: however much the tables take, there is something to collect for.
func TestPercent(t *testing.T) {
	for _, tt := range []struct {
		tables int64
		want   int
	}{{16 << 20, 100 * garbage / (16<<20 + heapBeside)}, {64 << 20, 100 * garbage / (64<<20 + heapBeside)}, {16 << 30, 1}} {
		if got := percent(garbage, tt.tables+heapBeside); got != tt.want || got < 1 {
			t.Errorf("with %d MiB of tables: %d %%, want %d", tt.tables>>20, got, tt.want)
		}
	}
}
