// Package classify judges the sources whose evidence package track has
// gathered: whether what they do is a scan, of which techniques and shape, and
// with which tool. Every verdict carries the sentence that says why.
//
// A technique is one file, technique_*.go, that registers the packets it is
// made of; a tool's fingerprint is one file, tool_*.go. The package is pure: no
// clock, no I/O; the time is that of the packets.
package classify
