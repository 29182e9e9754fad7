package hugepage

import (
	"os"
	"unsafe"
)

// bytesOf returns the whole pages of a table.
func bytesOf[T any](table []T) []byte {
	if len(table) == 0 {
		return nil
	}
	page := uintptr(os.Getpagesize())
	first := uintptr(unsafe.Pointer(&table[0]))
	size := uintptr(len(table)) * unsafe.Sizeof(table[0])
	skip := -first & (page - 1)
	if size < skip+page {
		return nil
	}
	b := unsafe.Slice((*byte)(unsafe.Pointer(&table[0])), size)
	return b[skip : skip+(size-skip)&^(page-1)]
}
