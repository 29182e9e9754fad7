package systemd

import "golang.org/x/sys/unix"

// monotonic returns CLOCK_MONOTONIC in ns, as the manager counts it.
func monotonic() int64 {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts) != nil {
		return 0
	}
	return ts.Nano()
}
