//go:build !linux

package sink

import "testing"

func tinyDisk(t *testing.T) string {
	t.Skip("SKIPPED: a full disk: the test knows how to make one on Linux only")
	return ""
}
