package drill

import (
	"encoding/base32"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Code is what another host needs for a drill: the secret, and what to touch.
type Code struct {
	Secret   Secret
	TCP, UDP uint16 // services to touch; 0 for none
}

var codeText = base32.StdEncoding.WithPadding(base32.NoPadding)

// String is the code as a person carries it to the other host.
func (c Code) String() string {
	return fmt.Sprintf("%s-%d-%d", strings.ToLower(codeText.EncodeToString(c.Secret[:])), c.TCP, c.UDP)
}

var errCode = errors.New("this is no code: copy the line that klaxonctl drill -wait prints")

// ParseCode reads what String wrote.
func ParseCode(text string) (c Code, err error) {
	parts := strings.Split(strings.TrimSpace(text), "-")
	if len(parts) != 3 {
		return c, errCode
	}
	secret, err := codeText.DecodeString(strings.ToUpper(parts[0]))
	if err != nil || len(secret) != len(c.Secret) {
		return c, errCode
	}
	tcp, err := strconv.ParseUint(parts[1], 10, 16)
	udp, err2 := strconv.ParseUint(parts[2], 10, 16)
	if err != nil || err2 != nil {
		return c, errCode
	}
	copy(c.Secret[:], secret)
	c.TCP, c.UDP = uint16(tcp), uint16(udp)
	return c, nil
}
