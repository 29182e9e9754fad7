//go:build !linux

package check

// remoteDisk knows nothing here.
func remoteDisk(string) string { return "" }
