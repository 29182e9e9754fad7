package hugepage

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"klaxon/internal/nstest"
)

// TestAdvise looks at what the kernel notes of the memory of a table.
func TestAdvise(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		nstest.Skip(t, "this kernel has no transparent huge pages: "+err.Error())
	}
	table := make([][3]uint64, 1<<20)
	table[0][0], table[len(table)-1][2] = 1, 2
	middle := uintptr(unsafe.Pointer(&table[len(table)/2]))
	if strings.Contains(flagsOf(t, middle), " hg") {
		t.Fatal("the memory is advised already")
	}
	Advise(table)
	if flags := flagsOf(t, middle); !strings.Contains(flags, " hg") {
		t.Errorf("after Advise the memory has the flags%s", flags)
	}
	if table[0][0] != 1 || table[len(table)-1][2] != 2 {
		t.Error("the table has changed")
	}
}

// flagsOf returns the flags of the mapping that an address is in.
func flagsOf(t *testing.T, address uintptr) string {
	t.Helper()
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	within := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var from, to uintptr
		if n, _ := fmt.Sscanf(lines.Text(), "%x-%x ", &from, &to); n == 2 {
			within = from <= address && address < to
		}
		if flags, ok := strings.CutPrefix(lines.Text(), "VmFlags:"); ok && within {
			return flags
		}
	}
	t.Fatalf("no mapping holds %#x", address)
	return ""
}

// TestPages: only whole pages of the table itself are advised.
func TestPages(t *testing.T) {
	page := os.Getpagesize()
	all := make([]byte, 8*page)
	first := int(-uintptr(unsafe.Pointer(&all[0])) & uintptr(page-1))
	for _, tt := range []struct{ from, to, wantFrom, want int }{
		{first, first + 4*page, 0, 4 * page},
		{first + 1, first + 4*page, page, 3 * page},
		{first, first + 4*page - 1, 0, 3 * page},
		{first + 1, first + 2*page - 1, 0, 0},
		{first, first, 0, 0},
	} {
		b := bytesOf(all[tt.from:tt.to])
		if len(b) != tt.want {
			t.Errorf("%d to %d: %d bytes, want %d", tt.from, tt.to, len(b), tt.want)
		} else if len(b) > 0 && &b[0] != &all[first+tt.wantFrom] {
			t.Errorf("%d to %d: does not begin at %d", tt.from, tt.to, tt.wantFrom)
		}
	}
	Advise([]uint64(nil))
}
