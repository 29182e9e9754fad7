//go:build !linux

package systemd

// monotonic is asked by a service manager only, which runs on Linux.
func monotonic() int64 { return 0 }
