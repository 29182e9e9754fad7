package main

import "golang.org/x/sys/unix"

// machineMemory is how many bytes of memory the machine has, 0 when that is not
// known: tables that do not fit would let the kernel kill somebody.
func machineMemory() int64 {
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) != nil {
		return 0
	}
	return int64(uint64(info.Totalram) * uint64(info.Unit))
}
