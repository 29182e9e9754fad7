package chain

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// anchorWord begins every anchor.
const anchorWord = "CHAIN: "

// tag is how a syslog daemon announces what klaxon wrote.
const tag = "klaxon["

// What may follow the keys that every anchor has, in this order.
const (
	touchesWord = " chain=" + string(Touches) // it is of that chain
	prunedWord  = " pruned"                   // it announces a prune
)

// Anchor is a head that was written elsewhere.
type Anchor struct {
	Store string // whose head it is
	Chain Name
	Head
	Pruned bool   // it announces that all up to this head are about to be pruned
	Line   int    // of the log where it stands; 0 for none
	PID    uint32 // of the process that the log says wrote it; 0 for none
}

// String is the line for syslog:
//
//	CHAIN: store=ID seq=N hash=HEX time=RFC3339[ chain=touches][ pruned]
func (a Anchor) String() string {
	line := fmt.Sprintf("%sstore=%s seq=%d hash=%s time=%s", anchorWord, a.Store, a.Seq, a.Hash, a.Time.UTC().Format(time.RFC3339Nano))
	if a.Chain == Touches {
		line += touchesWord
	}
	if a.Pruned {
		line += prunedWord
	}
	return line
}

var errNoAnchor = errors.New("no anchor")

// ParseAnchor reads a line of a syslog file, or one that is an anchor alone. It
// is strict, for a log holds what strangers sent: the anchor must begin where
// the first tag of klaxon ends, and end with the line.
func ParseAnchor(line string) (Anchor, error) {
	var a Anchor
	text, pid, ok := message(strings.TrimRight(line, "\r\n"))
	if !ok {
		return Anchor{}, errNoAnchor
	}
	a.PID = pid
	var at, hash, seq string
	text, a.Pruned = strings.CutSuffix(text, prunedWord)
	if text, ok = strings.CutSuffix(text, touchesWord); ok {
		a.Chain = Touches
	} else {
		a.Chain = Alarms
	}
	for _, f := range []struct {
		key string
		to  *string
	}{{"store=", &a.Store}, {" seq=", &seq}, {" hash=", &hash}, {" time=", &at}} {
		if text, ok = strings.CutPrefix(text, f.key); !ok {
			return Anchor{}, errNoAnchor
		}
		end := strings.IndexByte(text+" ", ' ')
		*f.to, text = text[:end], text[end:]
	}
	var err error
	if a.Hash, err = parseHash(hash); err != nil {
		return Anchor{}, err
	}
	if a.Seq, err = strconv.ParseUint(seq, 10, 63); err != nil {
		return Anchor{}, err
	}
	if a.Time, err = time.Parse(time.RFC3339Nano, at); err != nil {
		return Anchor{}, err
	}
	if text != "" || !ValidStore(a.Store) {
		return Anchor{}, errNoAnchor
	}
	return a, nil
}

// message is what follows the word of an anchor, and which process wrote it.
func message(line string) (text string, pid uint32, ok bool) {
	if text, ok := strings.CutPrefix(line, anchorWord); ok {
		return text, 0, true
	}
	_, after, ok := strings.Cut(line, tag)
	if !ok {
		return "", 0, false
	}
	number, text, ok := strings.Cut(after, "]: ")
	n, err := strconv.ParseUint(number, 10, 32)
	if !ok || err != nil {
		return "", 0, false
	}
	text, ok = strings.CutPrefix(text, anchorWord)
	return text, uint32(n), ok
}

// ValidStore tells whether a store's name is of the form that all have: 16
// lower-case hexadecimal digits.
func ValidStore(name string) bool {
	return len(name) == 16 && strings.Trim(name, "0123456789abcdef") == ""
}

// ReadAnchors calls take for every anchor of a syslog file, in order.
func ReadAnchors(r io.Reader, take func(Anchor)) error {
	in := bufio.NewReaderSize(r, maxLine)
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			err = skipLine(in)
			line = nil
		}
		if bytes.Contains(line, []byte(anchorWord)) {
			if a, bad := ParseAnchor(string(line)); bad == nil {
				a.Line = n
				take(a)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read anchors: %w", err)
		}
	}
}

// skipLine passes over the rest of a line that is too long.
func skipLine(in *bufio.Reader) error {
	for {
		if _, err := in.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
