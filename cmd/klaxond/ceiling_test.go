package main

import (
	"runtime"
	"runtime/debug"
	"testing"
)

// TestGarbageIsBounded: the heap grows by garbage, and not much more, before it is
// collected; and that is not so little that the collector never rests.
func TestGarbageIsBounded(t *testing.T) {
	const tables = 64 << 20
	held := make([]byte, tables+heapBeside)
	old := debug.SetGCPercent(percent(garbage, tables+heapBeside))
	defer debug.SetGCPercent(old)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var most uint64
	const made = 64 * garbage
	for n := 0; n < made; n += len(heap) {
		heap = make([]byte, len(heap))
		if n%garbage == 0 {
			runtime.ReadMemStats(&after)
			most = max(most, after.HeapAlloc)
		}
	}
	runtime.ReadMemStats(&after)
	if grown := int64(most) - int64(before.HeapAlloc); grown > 4*garbage {
		t.Errorf("the heap grew by %d KiB", grown>>10)
	}
	if n := after.NumGC - before.NumGC; n > 4*made/garbage {
		t.Errorf("%d collections for %d MiB", n, made>>20)
	}
	runtime.KeepAlive(held)
}

// heap is where the test's garbage comes from: a variable of the package, so that
// the compiler does not take it off the heap.
var heap = make([]byte, 1024)

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
