package listen

import (
	"os"
	"strconv"
	"strings"
)

// unprivilegedStart returns the first port that anybody may bind, 1024 where
// the kernel does not tell.
func unprivilegedStart() uint16 {
	b, err := os.ReadFile("/proc/sys/net/ipv4/ip_unprivileged_port_start")
	if err != nil {
		return 1024
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 16)
	if err != nil {
		return 1024
	}
	return uint16(n)
}
