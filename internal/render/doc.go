// Package render is the only way hostile bytes leave the process: the frozen
// syslog line, JSON lines and the terminal line are written here.
//
// Whatever goes in, what comes out is one line of printable ASCII (0x20 to
// 0x7E), capped in length and reversible with Unescape. The writers of the
// standard library are not enough: they pass C1 controls, DEL and bidi marks
// to the reader's terminal, and replace invalid bytes without trace.
//
// Every function appends to a slice and allocates nothing but its growth. All
// are safe for concurrent use. The package is linked into cmd/klaxon, which
// pays for initialisation at every touch, so it imports neither fmt nor
// reflect.
package render
