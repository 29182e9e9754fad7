package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"os"
	"strings"

	"klaxon/internal/outbound"
	"klaxon/internal/render"
)

// session is a connection to a server, which ends with its context.
type session struct {
	smtp *smtp.Client
	conn net.Conn
	stop func() bool
}

// connect dials, and goes on until a mail can be sent.
func (s *Sink) connect(ctx context.Context) (*session, error) {
	raw, err := outbound.Dial(ctx, "tcp", s.o.Address, true)
	if err != nil {
		return nil, err
	}
	conn := net.Conn(&terse{Conn: raw, left: maxReplies})
	c := &session{conn: raw, stop: context.AfterFunc(ctx, func() { raw.Close() })}
	if s.o.Security == TLS {
		conn = tls.Client(conn, s.tls())
	}
	if c.smtp, err = smtp.NewClient(conn, s.host); err == nil {
		err = s.greet(c)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (s *Sink) tls() *tls.Config {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.o.TLS != nil {
		conf = s.o.TLS.Clone()
	}
	if conf.ServerName == "" {
		conf.ServerName = s.host
	}
	return conf
}

func (s *Sink) greet(c *session) error {
	if err := c.smtp.Hello(ownName()); err != nil {
		return err
	}
	if s.o.Security == StartTLS {
		if ok, _ := c.smtp.Extension("STARTTLS"); !ok {
			return errors.New(`the server does not offer STARTTLS: want tls = "tls", or "none" for a relay of your own`)
		}
		if err := c.smtp.StartTLS(s.tls()); err != nil {
			return fmt.Errorf("STARTTLS: %w", err)
		}
	}
	if s.o.User == "" {
		return nil
	}
	_, offered := c.smtp.Extension("AUTH")
	if err := c.smtp.Auth(&login{user: s.o.User, password: s.o.Password, plain: strings.Contains(" "+offered+" ", " PLAIN ")}); err != nil {
		return fmt.Errorf("log in as %s: %w", s.o.User, err)
	}
	return nil
}

// ownName is what the server is greeted with.
func ownName() string {
	name, err := os.Hostname()
	if err != nil || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "localhost"
	}
	return name
}

// envelope names sender and receivers. One that is refused does not keep the mail
// from the others: they are told of it.
func (s *Sink) envelope(c *session) (missed []string, err error) {
	if err := c.from(s.o.From); err != nil {
		return nil, fmt.Errorf("from %s: %w", s.o.From, err)
	}
	for _, to := range s.o.To {
		if bad := c.smtp.Rcpt(to); bad != nil {
			err = fmt.Errorf("to %s: %w", to, bad)
			missed = append(missed, to+": "+string(render.AppendText(nil, []byte(bad.Error()), subjectCap)))
		}
	}
	if len(missed) == len(s.o.To) {
		return nil, err
	}
	return missed, nil
}

// from is Mail of net/smtp, which would ask for SMTPUTF8 wherever that is offered:
// then a server has to refuse what it could not pass on, of which our mails have
// nothing.
func (c *session) from(address string) error {
	id, err := c.smtp.Text.Cmd("MAIL FROM:<%s>", address)
	if err != nil {
		return err
	}
	c.smtp.Text.StartResponse(id)
	defer c.smtp.Text.EndResponse(id)
	_, _, err = c.smtp.Text.ReadResponse(250)
	return err
}

func (c *session) data(text []byte) error {
	w, err := c.smtp.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}

// quit is a courtesy: the mail is the server's already.
func (c *session) quit() { c.smtp.Quit() }

func (c *session) close() {
	c.stop()
	c.conn.Close()
}

// terse ends a connection whose peer says too much.
type terse struct {
	net.Conn
	left int
}

func (t *terse) Read(p []byte) (int, error) {
	if t.left <= 0 {
		return 0, fmt.Errorf("the server said more than %d bytes", maxReplies)
	}
	n, err := t.Conn.Read(p[:min(len(p), t.left)])
	t.left -= n
	return n, err
}
