package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// Name tells the chains of one store apart.
type Name string

// The chains. Touches have one of their own, so that they can be forgotten without
// what matters more.
const (
	Touches Name = "touches"
	Alarms  Name = "alarms" // and all else: health, packets
)

// Names are all chains, in the order in which they are told of.
var Names = []Name{Touches, Alarms}

// Hash is SHA-256.
type Hash [sha256.Size]byte

// String is 64 lower-case hexadecimal digits.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText lets JSON show what String shows.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (h *Hash) UnmarshalText(text []byte) error {
	p, err := parseHash(string(text))
	if err != nil {
		return err
	}
	*h = p
	return nil
}

// parseHash is strict: one hash has one form.
func parseHash(s string) (h Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) || hex.EncodeToString(b) != s {
		return h, fmt.Errorf("read a hash: %.80q is not 64 lower-case hexadecimal digits", s)
	}
	return Hash(b), nil
}

// Head is the newest record of a chain. The head of an empty chain is Genesis.
type Head struct {
	Seq  uint64    `json:"seq"`           // its place in the chain, from 1; 0 for none
	Hash Hash      `json:"hash"`          // over all records up to this one
	Time time.Time `json:"time,omitzero"` // of the record
}

// genesis keeps hashes of this form apart from all others.
const genesis = "klaxon chain 2\n"

// Genesis is the head before the first record. The names of store and chain are in
// it, so that no record of one can stand in another one.
func Genesis(store string, name Name) Head {
	return Head{Hash: sum(sha256.Sum256([]byte(genesis)), 0, []byte(store+" "+string(name)))}
}

// Next is the head once a record follows: SHA-256 over the hash before, the
// record's number in the store and its length, as eight bytes each, big end first,
// and its bytes. The number says where it stands among those of other chains.
func (h Head) Next(number uint64, record []byte, at time.Time) Head {
	return Head{Seq: h.Seq + 1, Hash: sum(h.Hash, number, record), Time: at}
}

func sum(prev Hash, number uint64, record []byte) (h Hash) {
	var room [512]byte // most records fit: one allocation less each
	b := append(room[:0], prev[:]...)
	b = binary.BigEndian.AppendUint64(b, number)
	b = binary.BigEndian.AppendUint64(b, uint64(len(record)))
	if len(record) <= len(room)-len(b) {
		return sha256.Sum256(append(b, record...))
	}
	d := sha256.New()
	d.Write(b)
	d.Write(record)
	d.Sum(h[:0])
	return h
}
