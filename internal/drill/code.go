package drill

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Code is what another host needs for a drill: the secret, what to touch, and until
// when that is a drill. Whoever sends the probes later pages somebody.
type Code struct {
	Secret   Secret
	TCP, UDP uint16 // services to touch; 0 for none
	Until    time.Time
}

var codeText = base32.StdEncoding.WithPadding(base32.NoPadding)

// String is the code as a person carries it to the other host.
func (c Code) String() string {
	return fmt.Sprintf("%s-%d-%d-%d", strings.ToLower(codeText.EncodeToString(c.Secret[:])), c.TCP, c.UDP, c.Until.Unix())
}

var errCode = errors.New("this is no code: run the command that klaxonctl drill -wait prints on the host that is drilled")

// ParseCode reads what String wrote, also where it stands among other words: people
// copy the whole line.
func ParseCode(text string) (Code, error) {
	for word := range strings.FieldsSeq(text) {
		if c, ok := parseCode(word); ok {
			return c, nil
		}
	}
	return Code{}, errCode
}

func parseCode(word string) (c Code, ok bool) {
	parts := strings.Split(word, "-")
	if len(parts) != 4 {
		return c, false
	}
	secret, err := codeText.DecodeString(strings.ToUpper(parts[0]))
	if err != nil || len(secret) != len(c.Secret) {
		return c, false
	}
	tcp, err := strconv.ParseUint(parts[1], 10, 16)
	udp, err2 := strconv.ParseUint(parts[2], 10, 16)
	until, err3 := strconv.ParseUint(parts[3], 10, 40)
	if err != nil || err2 != nil || err3 != nil {
		return c, false
	}
	copy(c.Secret[:], secret)
	c.TCP, c.UDP, c.Until = uint16(tcp), uint16(udp), time.Unix(int64(until), 0)
	return c, true
}
