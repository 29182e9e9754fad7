// Package track remembers, in memory of a fixed size, who contacted whom and
// what came of it. It takes decoded packets in order of time, matches replies,
// refusals and silence to the contact they belong to, and adds the outcome to
// the record of its source as evidence. It judges nobody: package classify
// does that, for sources whose evidence has changed.
//
// It has no clock, no lock and no I/O: the time is that of the packets, and one
// goroutine owns it.
package track
