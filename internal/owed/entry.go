package owed

import (
	"encoding/binary"
	"hash/crc32"
	"hash/fnv"
	"time"

	"klaxon"
)

// Kind is the type of a record.
type Kind uint8

// The kinds.
const (
	Touch Kind = iota + 1
	Alarm
	Health
	Struck // was owed, and is no more though one before it is
)

// Entry names a record.
type Entry struct {
	Kind Kind
	Boot uint64 // of BootOf
	Seq  uint64 // within Boot
	Time int64  // of the record, ns since 1970: where to look for it
}

// EntryOf names a record that was stamped.
func EntryOf(r klaxon.Record) Entry {
	switch r := r.(type) {
	case *klaxon.Touch:
		return Entry{Touch, BootOf(r.Boot), r.Seq, r.Time.UnixNano()}
	case *klaxon.Alarm:
		return Entry{Alarm, BootOf(r.Boot), r.Seq, r.Time.UnixNano()}
	case *klaxon.Health:
		return Entry{Health, BootOf(r.Boot), r.Seq, r.Time.UnixNano()}
	}
	return Entry{}
}

// When is the time of the record.
func (e *Entry) When() time.Time { return time.Unix(0, e.Time) }

// BootOf is the name of a run in few bytes. Runs are named at random.
func BootOf(boot string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(boot)) // never fails, see package hash
	return h.Sum64()
}

// size is what an entry takes in the file: sum, kind, boot, seq, time.
const size = 32

func (e *Entry) append(dst []byte) []byte {
	var b [size]byte
	b[4] = byte(e.Kind)
	binary.LittleEndian.PutUint64(b[8:], e.Boot)
	binary.LittleEndian.PutUint64(b[16:], e.Seq)
	binary.LittleEndian.PutUint64(b[24:], uint64(e.Time))
	binary.LittleEndian.PutUint32(b[:], crc32.ChecksumIEEE(b[4:]))
	return append(dst, b[:]...)
}

// read is false for bytes that are no entry.
func read(b []byte) (e Entry, ok bool) {
	if len(b) < size || binary.LittleEndian.Uint32(b) != crc32.ChecksumIEEE(b[4:size]) {
		return e, false
	}
	e = Entry{Kind(b[4]), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:]), int64(binary.LittleEndian.Uint64(b[24:]))}
	return e, e.Kind >= Touch && e.Kind <= Struck
}

// The head of a file is written like an entry: of this kind, with the cursor as its
// number.
const headKind = 'C'

func appendHead(dst []byte, cursor uint64) []byte {
	e := Entry{Kind: headKind, Boot: magic, Seq: cursor}
	return e.append(dst)
}

// magic tells our files, and this form of them.
const magic = 0x6b6c78_6f7765_64_01 // "klxowed", 1

func readHead(b []byte) (cursor uint64, ok bool) {
	e, _ := read(b)
	return e.Seq, e.Kind == headKind && e.Boot == magic
}

// sift parts entries from what is damaged, which it counts: a rest counts as one.
func sift(b []byte) (good []byte, bad uint64) {
	for ; len(b) > 0; b = b[min(size, len(b)):] {
		if _, ok := read(b); ok {
			good = append(good, b[:size]...)
		} else {
			bad++
		}
	}
	return good, bad
}
