package store

import "time"

// Our own choices.
const (
	// LimitDefault and LimitMax records are in one answer: with lines of at most
	// some 20 KiB, and mostly under one, an answer has 20 MiB at the worst. More
	// is asked for with a cursor.
	LimitDefault = 100
	LimitMax     = 1000

	// QueryMax ends a question that takes too long: whoever reads keeps what was
	// written from being folded into the file, so that it grows.
	QueryMax = 30 * time.Second

	// EvidenceMax bounds what is kept of an alarm: 64 frames of 256 bytes, and
	// the blocks of pcapng around them.
	EvidenceMax = 64 << 10

	// MemoryMax bounds a blob, MemoryNameMax its name, and MemoriesMax how many
	// there are. They are the sensor's own: 64 of them is a mistake, not use.
	MemoryMax     = 16 << 20
	MemoryNameMax = 64
	MemoriesMax   = 64

	// idLen is what all identifiers have, see package recordid.
	idLen = 26
)
