// Package track remembers, in memory of a fixed size, who contacted whom and
// what came of it. It takes decoded packets in order of time, matches replies,
// refusals and silence to the contact they belong to, and adds the outcome to
// the record of its source as evidence. It judges nobody: package classify
// does that, for sources whose evidence has changed.
//
// Traps and wire meet here (touch.go, knock.go, trap.go). The touch of a trap and
// the packets of the same connection are one contact, whichever comes first; a
// probe for a trap that becomes no touch within eight seconds is told by itself.
// A contact with a trap weighs as a refusal, however it ends: what a trap answers
// is neither a success nor an open port. What a program of this host says of
// others and is not believed is told, and is evidence against nobody.
//
// It has no clock, no lock and no I/O: the time is that of the packets, and one
// goroutine owns it.
package track
