package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
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
	}, func(*klaxon.Touch) string { return "* 14:02:11  192.0.2.7 touched tcp/512 (rexec) on 192.0.2.1" })
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
// of the text itself is final, and nothing else.
func TestHostileServers(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	for what, tt := range map[string]struct {
		on    map[string]string
		final bool
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
		"later":            {map[string]string{"end": "452 later"}, false},
		"text refused":     {map[string]string{"end": "554 spam"}, true},
	} {
		s := serve(t, func(s *server) { s.on = func(verb string) string { return tt.on[verb] } })
		m := open(t, s, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		n, err := m.Deliver(ctx, []klaxon.Record{sinktest.Alarm("x"), sinktest.Alarm("y")})
		cancel()
		var no *klaxon.Refusal
		if n != 0 || err == nil || errors.As(err, &no) != tt.final || tt.final && no.Count != 2 {
			t.Errorf("%s: %d, %v", what, n, err)
		}
		if err != nil && len(err.Error()) > 70_000 {
			t.Errorf("%s: an error of %d bytes", what, len(err.Error()))
		}
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

// TestHostileRecords: no header, no line and no end of a mail but ours, 7 bits, and
// no line that is too long.
func TestHostileRecords(t *testing.T) {
	s := serve(t, nil)
	m := open(t, s, nil)
	var batch []klaxon.Record
	for _, touch := range sinktest.HostileTouches() {
		batch = append(batch, touch, sinktest.Alarm(touch.Service), &klaxon.Health{Sensor: touch.Service, What: klaxon.HealthWeather, Detail: touch.Service})
	}
	batch = append(batch, sinktest.Alarm("\r\n.\r\nMAIL FROM:<x@y>\r\n"), sinktest.Alarm("x\r\nBcc: evil@example.net\r\n\r\n<b>"))
	for _, r := range batch {
		if n, err := m.Emit([]klaxon.Record{r}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if n, err := m.Emit(batch); n != len(batch) || err != nil {
		t.Fatal(n, err)
	}
	mails := s.taken()
	if len(mails) != len(batch)+1 {
		t.Fatalf("%d mails of %d", len(mails), len(batch)+1)
	}
	for _, text := range mails {
		parsed, err := mail.ReadMessage(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for name := range parsed.Header {
			if !strings.Contains(" From To Subject Date Message-Id Auto-Submitted Mime-Version Content-Type Content-Transfer-Encoding ", " "+name+" ") {
				t.Errorf("a header %s in %q", name, text)
			}
		}
		for _, line := range strings.Split(text, "\r\n") {
			if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("a line %q", line)
			}
		}
	}
}

// TestDigest: records of one alarm stand together, and the subject counts.
func TestDigest(t *testing.T) {
	a, b, c := sinktest.Alarm("first"), sinktest.Alarm("second"), sinktest.Alarm("third")
	b.ID = "bbbbbbbbbbbbbbbbbbbbbbbbbb"
	c.Event = klaxon.EventUpdate
	s := serve(t, nil)
	m := open(t, s, nil)
	if _, err := m.Emit([]klaxon.Record{a, b, c}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(entries(t, s.taken())), "\n")
	if len(lines) != 4 || !strings.Contains(lines[0], "first") || !strings.Contains(lines[1], "third") || !strings.Contains(lines[2], "second") {
		t.Errorf("%q", lines)
	}
	parsed, err := mail.ReadMessage(strings.NewReader(s.taken()[0]))
	if err != nil || !strings.HasSuffix(parsed.Header.Get("Subject"), "] 3 records of alarms, highest severity 5") {
		t.Errorf("%v: %q", err, parsed.Header.Get("Subject"))
	}
}

func TestPicture(t *testing.T) {
	png := bytes.Repeat([]byte("\x89PNG"), 100)
	s := serve(t, nil)
	m := open(t, s, func(o *Options) { o.Picture = func(*klaxon.Alarm) []byte { return png } })
	if _, err := m.Emit([]klaxon.Record{sinktest.Alarm("x")}); err != nil {
		t.Fatal(err)
	}
	parsed, err := mail.ReadMessage(strings.NewReader(s.taken()[0]))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" {
		t.Fatal(kind, err)
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	first, err := parts.NextPart()
	if err != nil || !strings.HasPrefix(first.Header.Get("Content-Type"), "text/plain") {
		t.Fatal(err)
	}
	second, err := parts.NextPart()
	if err != nil || second.FileName() != "abcdefghijklmnopqrstuvwxyz.png" {
		t.Fatal(err)
	}
	got, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, second))
	if err != nil || !bytes.Equal(got, png) {
		t.Errorf("%v: %d bytes of %d", err, len(got), len(png))
	}
}

// FuzzCompose: whatever a record holds, a mail has the header fields of ours, no
// other, and lines that every server takes.
func FuzzCompose(f *testing.F) {
	s, err := New(Options{Address: "mail.example:25", From: "klaxon@gate.example", To: []string{"ops@example.net"}, Location: time.UTC})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("x\r\nBcc: y\r\n\r\n.\r\n")
	f.Add(strings.Repeat("x", 3000))
	f.Fuzz(func(t *testing.T, nasty string) {
		alarm := sinktest.Alarm(nasty)
		alarm.ID = nasty
		for _, batch := range [][]klaxon.Record{{alarm}, {&klaxon.Health{Sensor: nasty, Detail: nasty, Output: nasty, What: klaxon.HealthWhat(nasty)}, alarm}} {
			text := string(s.compose(batch, nil, time.Unix(0, 0)))
			m, err := mail.ReadMessage(strings.NewReader(text))
			if err != nil || len(m.Header) != 9 {
				t.Fatalf("%v, %d fields: %q", err, len(m.Header), text)
			}
			for _, line := range strings.Split(text, "\n") {
				if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Fatalf("a line %q", line)
				}
			}
		}
	})
}
