package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/secret"
	"klaxon/internal/sink/sinktest"
)

func open(t *testing.T, s *server, change func(*Options)) *Sink {
	t.Helper()
	o := Options{Name: "mail", Address: s.addr, Security: StartTLS, TLS: &tls.Config{RootCAs: s.roots}, Location: time.UTC,
		From: "klaxon@gate.example", To: []string{"ops@example.net"}}
	if change != nil {
		change(&o)
	}
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// entries are those of all mails, unfolded, a line each.
func entries(t *testing.T, mails []string) []byte {
	var out bytes.Buffer
	for _, text := range mails {
		m, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%v: %q", err, text)
		}
		body, _ := io.ReadAll(m.Body)
		for _, line := range strings.Split(strings.ReplaceAll(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n    ", " "), "\n") {
			if strings.HasPrefix(line, "* ") {
				out.WriteString(line + "\n")
			}
		}
	}
	return out.Bytes()
}

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		s := serve(t, nil)
		return open(t, s, nil), func() []byte { return entries(t, s.taken()) }
	}, func(*klaxon.Touch) string {
		return "* 192.0.2.7 touched tcp/512 (rexec) on 192.0.2.1 Tue 24 Nov 2026 14:02:11 UTC"
	})
}

// TestSecurity: with each kind of it the mail arrives, over TLS where that was
// asked for; and login works with what a server offers.
func TestSecurity(t *testing.T) {
	for _, tt := range []struct {
		security Security
		offer    string
		login    bool
		want     string // said by the client, "" for no login
	}{
		{StartTLS, "STARTTLS", false, ""},
		{TLS, "SIZE 1000000", false, ""},
		{Clear, "STARTTLS", false, ""},
		{StartTLS, "STARTTLS|AUTH LOGIN PLAIN", true, "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00ops\x00hunter2"))},
		{TLS, "AUTH LOGIN", true, base64.StdEncoding.EncodeToString([]byte("hunter2"))},
	} {
		s := serve(t, func(s *server) { s.offer, s.direct = tt.offer, tt.security == TLS })
		m := open(t, s, func(o *Options) {
			o.Security = tt.security
			if tt.login {
				o.User, o.Password = "ops", secret.New("hunter2")
			}
		})
		if n, err := m.Emit([]klaxon.Record{sinktest.Alarm("x")}); n != 1 || err != nil {
			t.Fatalf("%s: %v", tt.security, err)
		}
		if s.tls != (tt.security != Clear) || len(s.taken()) != 1 {
			t.Errorf("%s: over TLS is %v", tt.security, s.tls)
		}
		if tt.want != "" && !strings.Contains(strings.Join(s.said, "\n"), tt.want) {
			t.Errorf("%s, %s: said %q", tt.security, tt.offer, s.said)
		}
	}
}

// TestNothingIsAskedOfRelays: a mail of 7-bit text and addresses can be passed on by
// any server, so that none may refuse it for what the next one cannot do.
func TestNothingIsAskedOfRelays(t *testing.T) {
	s := serve(t, func(s *server) { s.offer = "STARTTLS|SMTPUTF8" })
	m := open(t, s, nil)
	if n, err := m.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.said, "MAIL FROM:<klaxon@gate.example>") {
		t.Errorf("said %q", s.said)
	}
}

// TestNoPasswordInClear: not by choice, and not when a server, or somebody between,
// hides that it has TLS or has another's certificate.
func TestNoPasswordInClear(t *testing.T) {
	if _, err := New(Options{Address: "x:25", User: "ops", Security: Clear, To: []string{"x@y"}}); err == nil {
		t.Error("login without TLS is good")
	}
	for what, change := range map[string]func(*server, *Options){
		"no STARTTLS":         func(s *server, _ *Options) { s.offer = "AUTH PLAIN" },
		"another certificate": func(_ *server, o *Options) { o.TLS = nil },
	} {
		var o Options
		s := serve(t, func(s *server) { change(s, &o) })
		m := open(t, s, func(o *Options) { o.User, o.Password = "ops", secret.New("hunter2"); change(s, o) })
		n, err := m.Emit([]klaxon.Record{sinktest.Alarm("x")})
		if n != 0 || err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %d, %v", what, n, err)
		}
		if said := strings.Join(s.said, "\n"); strings.Contains(said, "AUTH") || strings.Contains(said, "MAIL") {
			t.Errorf("%s: said %q", what, said)
		}
	}
}

// TestHostileServers: each is an error in time, without control bytes; what is said
// of the text itself is a doubt, and nothing else.
func TestHostileServers(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	for what, tt := range map[string]struct {
		on    map[string]string
		doubt bool
	}{
		"never greets":     {map[string]string{"connect": "hang"}, false},
		"hangs at MAIL":    {map[string]string{"MAIL": "hang"}, false},
		"hangs at the end": {map[string]string{"end": "hang"}, false},
		"greets at length": {map[string]string{"connect": "220 " + long}, false},
		"many lines":       {map[string]string{"EHLO": strings.Repeat("250-x\r\n", 1<<20) + "250 x"}, false},
		"busy":             {map[string]string{"connect": "421 busy\x1b[31m"}, false},
		"sender refused":   {map[string]string{"MAIL": "550 no\x00\x1b"}, false},
		"all refused":      {map[string]string{"RCPT": "550 no"}, false},
		"data later":       {map[string]string{"DATA": "451 later"}, false},
		"no data at all":   {map[string]string{"DATA": "554 no valid recipients"}, false},
		"later":            {map[string]string{"end": "452 later"}, false},
		"text refused":     {map[string]string{"end": "554 spam"}, true},
	} {
		s := serve(t, func(s *server) { s.on = func(verb string) string { return tt.on[verb] } })
		m := open(t, s, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		n, err := m.Deliver(ctx, []klaxon.Record{sinktest.Alarm("x"), sinktest.Alarm("y")})
		cancel()
		var no *klaxon.Refusal
		var d *klaxon.Doubt
		if n != 0 || err == nil || errors.As(err, &no) || errors.As(err, &d) != tt.doubt {
			t.Errorf("%s: %d, %v", what, n, err)
		}
		if err != nil && len(err.Error()) > 70_000 {
			t.Errorf("%s: an error of %d bytes", what, len(err.Error()))
		}
	}
}

// TestTextRefused: where a filter does not like an address, the mail with it is
// refused as a whole, the others are taken by themselves, and of that one its number
// arrives. What is refused even so is a doubt, and costs nothing yet.
func TestTextRefused(t *testing.T) {
	for _, all := range []bool{false, true} {
		s := serve(t, func(s *server) {
			s.judge = func(text string) string {
				if all || strings.Contains(text, "203.0.113.72") {
					return "554 5.7.1 Spam message rejected"
				}
				return ""
			}
		})
		m := open(t, s, nil)
		bad := sinktest.Alarm("x")
		bad.ID, bad.Source.Addr = "bbbbbbbbbbbbbbbbbbbbbbbbbb", netip.MustParseAddr("203.0.113.72")
		good := sinktest.Alarm("y")
		var d *klaxon.Doubt
		if n, err := m.Emit([]klaxon.Record{good, bad}); n != 0 || !errors.As(err, &d) {
			t.Errorf("together: %d, %v", n, err)
		}
		for _, r := range []klaxon.Record{good, bad} {
			if n, err := m.Emit([]klaxon.Record{r}); (n == 0) != all || errors.As(err, &d) != all {
				t.Errorf("alone: %d, %v", n, err)
			}
		}
		if all {
			continue
		}
		mails := s.taken()
		if len(mails) != 2 || !strings.Contains(mails[1], "klaxonctl show "+bad.ID) || strings.Contains(mails[1], "203.0.113.72") {
			t.Errorf("%q", mails)
		}
	}
}

// TestGreylisted: who is not taken yet does not keep the mail from the others, and
// gets it later; who never is, is given up, and the others read of it.
func TestGreylisted(t *testing.T) {
	var grey, rcpt atomic.Int32
	s := serve(t, func(s *server) {
		s.on = func(verb string) string {
			if verb == "RCPT" && rcpt.Add(1)%2 == 1 && grey.Load() == 1 || verb == "RCPT" && grey.Load() == 2 {
				return "451 4.7.1 try again in 300 seconds"
			}
			return ""
		}
	})
	m := open(t, s, func(o *Options) { o.To = []string{"grey@example.net", "ops@example.net"} })
	defer m.Close()
	grey.Store(1)
	if n, err := m.Emit([]klaxon.Record{sinktest.Alarm("x")}); n != 1 || err != nil || len(s.taken()) != 1 || len(m.late.letters) != 1 {
		t.Fatal(n, err, len(s.taken()), m.late.letters)
	}
	letter := m.late.letters[0]
	grey.Store(2)
	m.late.try(letter)
	if len(m.late.letters) != 1 || letter.tries != 1 || len(s.taken()) != 1 {
		t.Fatalf("after a second no: %+v", letter)
	}
	grey.Store(0)
	s.said = nil
	m.late.try(letter)
	if mails := s.taken(); len(m.late.letters) != 0 || len(mails) != 2 || mails[0] != mails[1] || strings.Contains(strings.Join(s.said, " "), "ops@") {
		t.Errorf("%d wait, %d mails, said %q", len(m.late.letters), len(mails), s.said)
	}
	grey.Store(1)
	rcpt.Store(0)
	if n, err := m.Emit([]klaxon.Record{sinktest.Alarm("y")}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	letter = m.late.letters[0]
	letter.since = time.Now().Add(-lateFor - time.Minute)
	grey.Store(2)
	m.late.try(letter)
	grey.Store(0)
	if n, err := m.Emit([]klaxon.Record{sinktest.Alarm("z")}); n != 1 || err != nil || len(m.late.letters) != 0 {
		t.Fatal(n, err)
	}
	last := strings.ReplaceAll(s.taken()[len(s.taken())-1], "\r\n    ", " ")
	if !strings.Contains(last, "did not reach grey@example.net") {
		t.Errorf("%s", last)
	}
}

// TestLateOutlivesTheProcess: a mail that one receiver has not got is sent to that one
// by the next process, also if the one before was killed; not to who is named no more,
// and not when it is too old.
func TestLateOutlivesTheProcess(t *testing.T) {
	var grey atomic.Bool
	s := serve(t, func(s *server) {
		s.on = func(verb string) string {
			if verb == "RCPT" && grey.Swap(false) {
				return "451 4.7.1 try again in 300 seconds"
			}
			return ""
		}
	})
	to := func(list ...string) func(*Options) { return func(o *Options) { o.To = list } }
	var left []byte
	keep := func(text []byte) { left = slices.Clone(text) }
	m := open(t, s, to("grey@example.net", "ops@example.net"))
	defer m.Close()
	if err := m.Keep(nil, keep); err != nil {
		t.Fatal(err)
	}
	grey.Store(true)
	if n, err := m.Emit([]klaxon.Record{sinktest.Alarm("x")}); n != 1 || err != nil || len(left) == 0 {
		t.Fatal(n, err, len(left))
	}
	killed := slices.Clone(left)
	other := open(t, s, to("ops@example.net", "new@example.net"))
	if err := other.Keep(killed, func([]byte) {}); err != nil || len(other.late.letters) != 0 {
		t.Errorf("%v: %d are kept for who is gone", err, len(other.late.letters))
	}
	other.Close()
	old := bytes.Replace(killed, []byte(`"since":"2`), []byte(`"since":"1`), 1)
	if err := other.Keep(old, func([]byte) {}); err != nil || len(other.late.letters) != 0 {
		t.Errorf("%v: %d are kept for ever", err, len(other.late.letters))
	}
	if err := other.Keep([]byte("{"), func([]byte) {}); err == nil {
		t.Error("what is none was read")
	}
	next := open(t, s, to("grey@example.net", "ops@example.net"))
	defer next.Close()
	if err := next.Keep(killed, keep); err != nil || len(next.late.letters) != 1 {
		t.Fatalf("%v, %d are kept", err, len(next.late.letters))
	}
	s.said = nil
	next.late.try(next.late.letters[0])
	if mails := s.taken(); len(mails) != 2 || mails[0] != mails[1] || strings.Contains(strings.Join(s.said, " "), "ops@") || len(left) != 0 {
		t.Errorf("%d mails, %d bytes are left, said %q", len(mails), len(left), s.said)
	}
}

// TestLateIsBounded: however many mails are late, a few are kept.
func TestLateIsBounded(t *testing.T) {
	l := newLate(nil)
	defer l.close()
	for range 10 * maxLate {
		l.add([]byte("x"), []string{"grey@example.net"}, time.Now())
	}
	if len(l.letters) != maxLate || len(l.notes) != maxLate {
		t.Errorf("%d mails, %d notes", len(l.letters), len(l.notes))
	}
}

// TestOneReceiverRefused: the others have the mail, and read of it.
func TestOneReceiverRefused(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(s *server) {
		s.on = func(verb string) string {
			if verb == "RCPT" && asked.Add(1) == 1 {
				return "550 no such user\x1b"
			}
			return ""
		}
	})
	m := open(t, s, func(o *Options) { o.To = []string{"gone@example.net", "ops@example.net"} })
	if n, err := m.Emit([]klaxon.Record{sinktest.Alarm("x")}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if got := s.taken()[0]; !strings.Contains(got, "refused for gone@example.net: 550") {
		t.Errorf("%s", got)
	}
}
