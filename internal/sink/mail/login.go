package mail

import (
	"errors"
	"fmt"
	"net/smtp"

	"klaxon/internal/secret"
)

// login is PLAIN (RFC 4616), or LOGIN for servers that have nothing better.
type login struct {
	user     string
	password secret.Secret
	plain    bool
	asked    int
}

// Start implements smtp.Auth.
func (l *login) Start(server *smtp.ServerInfo) (string, []byte, error) {
	if !server.TLS {
		return "", nil, errors.New("a password is not sent in clear")
	}
	if l.plain {
		return "PLAIN", []byte("\x00" + l.user + "\x00" + l.password.Reveal()), nil
	}
	return "LOGIN", nil, nil
}

// Next implements smtp.Auth. Servers word their two questions as they like, and
// ask for the name first.
func (l *login) Next(question []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	if l.plain {
		return nil, fmt.Errorf("the server asks on after PLAIN")
	}
	l.asked++
	switch l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password.Reveal()), nil
	}
	return nil, errors.New("the server asks more than name and password")
}
