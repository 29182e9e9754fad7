// Package evidence keeps the packets that alarms rest on: for each source the
// first or newest contacts that may be probes, with their answers, at most 64
// frames of 256 bytes. When a source rings an alarm, what is kept of it becomes
// the alarm's evidence, of which a detector tells the same again.
//
// It does not judge. It keeps what a detector looks at, by simpler rules, and
// leaves out conversations that came to something, which are evidence for
// nothing. Its memory is taken at the start; there is no I/O.
package evidence
