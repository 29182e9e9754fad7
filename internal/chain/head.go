package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

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
	Seq  uint64    // from 1; 0 for none
	Hash Hash      // over all records up to this one
	Time time.Time // of the record
}

// genesis keeps hashes of this form apart from all others.
const genesis = "klaxon chain 1\n"

// Genesis is the head before the first record. A store's own name is in it, so
// that no record of one store can stand in another one.
func Genesis(store string) Head {
	return Head{Hash: sum(sha256.Sum256([]byte(genesis)), []byte(store))}
}

// Next is the head once a record follows: SHA-256 over the hash before, the
// record's length as eight bytes, big end first, and its bytes.
func (h Head) Next(record []byte, at time.Time) Head {
	return Head{Seq: h.Seq + 1, Hash: sum(h.Hash, record), Time: at}
}

func sum(prev Hash, record []byte) (h Hash) {
	var room [512]byte // most records fit: one allocation less each
	b := append(room[:0], prev[:]...)
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
