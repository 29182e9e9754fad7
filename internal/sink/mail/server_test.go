package mail

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"sync"
	"testing"

	"klaxon/internal/outbound/outboundtest"
)

// server is an SMTP server that does as it is told, with TLS of its own making.
type server struct {
	addr  string
	roots *x509.CertPool
	conf  *tls.Config

	offer  string                   // extensions, with spaces between
	direct bool                     // TLS from the start
	on     func(verb string) string // an answer instead of the usual; "" for that, "hang" for none

	judge func(text string) string // the answer to a mail, "" for the usual; may be nil

	mu    sync.Mutex
	mails []string
	said  []string // what was sent, decoded, without the mails
	tls   bool     // the last session had it
}

func serve(t *testing.T, change func(*server)) *server {
	t.Helper()
	s := &server{offer: "STARTTLS|AUTH PLAIN LOGIN"}
	cert, roots := outboundtest.Certificate(t)
	s.roots, s.conf = roots, &tls.Config{Certificates: []tls.Certificate{cert}}
	if change != nil {
		change(s)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	var all sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open = append(open, c)
			mu.Unlock()
			all.Go(func() { defer c.Close(); s.talk(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		all.Wait()
	})
	return s
}

func (s *server) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, line)
}

func (s *server) talk(c net.Conn) {
	if s.direct {
		c = tls.Server(c, s.conf)
	}
	r := bufio.NewReader(c)
	say := func(verb, usual string) bool {
		if s.on != nil {
			if other := s.on(verb); other == "hang" {
				r.ReadString(0)
				return false
			} else if other != "" {
				usual = other
			}
		}
		_, err := c.Write([]byte(usual + "\r\n"))
		return err == nil
	}
	secure := s.direct
	if !say("connect", "220 mail.example ESMTP") {
		return
	}
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		s.note(line)
		verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch verb {
		case "EHLO":
			if !say(verb, "250-mail.example\r\n250-"+strings.ReplaceAll(s.offer, "|", "\r\n250-")+"\r\n250 8BITMIME") {
				return
			}
		case "STARTTLS":
			if !say(verb, "220 go on") {
				return
			}
			c = tls.Server(c, s.conf)
			r, secure = bufio.NewReader(c), true
		case "AUTH":
			if !s.auth(line, say, r) {
				return
			}
		case "DATA":
			if !say(verb, "354 go on") || !s.take(r, secure, say) {
				return
			}
		case "QUIT":
			say(verb, "221 bye")
			return
		default:
			if !say(verb, "250 fine") {
				return
			}
		}
	}
}

func (s *server) auth(line string, say func(_, _ string) bool, r *bufio.Reader) bool {
	if strings.HasPrefix(strings.ToUpper(line), "AUTH LOGIN") {
		for _, question := range []string{"334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6"} {
			if !say("question", question) {
				return false
			}
			answer, err := r.ReadString('\n')
			if err != nil {
				return false
			}
			s.note(strings.TrimSpace(answer))
		}
	}
	return say("AUTH", "235 fine")
}

func (s *server) take(r *bufio.Reader, secure bool, say func(_, _ string) bool) bool {
	var text strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
	answer := "250 taken"
	if s.on != nil {
		if other := s.on("end"); other != "" && other != "hang" {
			answer = other
		}
	}
	if s.judge != nil {
		if other := s.judge(text.String()); other != "" {
			answer = other
		}
	}
	if strings.HasPrefix(answer, "250") {
		s.mu.Lock()
		s.mails, s.tls = append(s.mails, text.String()), secure
		s.mu.Unlock()
	}
	return say("end", answer)
}

func (s *server) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.mails...)
}
