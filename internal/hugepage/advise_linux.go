package hugepage

import "golang.org/x/sys/unix"

func advise(b []byte) {
	if len(b) > 0 {
		unix.Madvise(b, unix.MADV_HUGEPAGE) // fails where the kernel has none: see Advise
	}
}
