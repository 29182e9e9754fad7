package track

import (
	"testing"
	"unsafe"
)

// The arithmetic of limits.go stands on these.
func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		name string
		got  uintptr
		want uintptr
	}{
		{"contact with its place in the queue", unsafe.Sizeof(contact{}) + unsafe.Sizeof(waiter{}), contactSize},
		{"source", unsafe.Sizeof(Source{}), sourceSize},
		{"history", unsafe.Sizeof(History{}), historySize},
		{"target", unsafe.Sizeof(target{}), targetSize},
		{"report with its lists", unsafe.Sizeof(Report{}) + 2*dstMax*unsafe.Sizeof(Note{}), reportSize},
	} {
		if tt.got != tt.want {
			t.Errorf("a %s takes %d bytes, limits.go says %d", tt.name, tt.got, tt.want)
		}
	}
}
