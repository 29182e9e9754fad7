// Package joined holds stories of traps and the wire in front of them, told as
// one: packets made by package synth, and the touches that the traps make of
// them, with what must be told of it.
package joined
