// Package hugepage asks the system to keep a large table in large pages. A
// processor remembers where a few thousand pages are; a look-up in any other
// costs a walk through the page tables on top of the cache miss, and a table of
// 64 MiB has 16,384 pages of the usual size.
package hugepage

// Advise asks for large pages for the memory of a table, all of which will be
// used soon and for long. It must come before the first use of the memory. It
// is a wish: a system that does not know them, or has none to spare, goes on
// with small ones.
func Advise[T any](table []T) { advise(bytesOf(table)) }
