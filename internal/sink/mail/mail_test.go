package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
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

// TestDigest: records of one alarm stand together, the subject has the gravest of
// them, and each says how grave it is and when it was.
func TestDigest(t *testing.T) {
	a, b, c := sinktest.Alarm("first"), sinktest.Alarm("second"), sinktest.Alarm("third")
	a.Sensor, b.Severity, b.ID, b.Zone = "gate", 3, "bbbbbbbbbbbbbbbbbbbbbbbbbb", klaxon.ZoneOutside
	c.Event, c.Interface, c.Targets = klaxon.EventUpdate, "eth0", klaxon.Targets{Hosts: 1, Services: 200}
	c.Source.Addr = sinktest.Touch(1).Source.Addr
	s := serve(t, nil)
	m := open(t, s, nil)
	if _, err := m.Emit([]klaxon.Record{a, b, c, &klaxon.Health{What: klaxon.HealthWire, Detail: "eth0 is gone", Time: a.Time}}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(entries(t, s.taken())), "\n")
	if len(lines) != 5 || !strings.Contains(lines[0], "first") || !strings.Contains(lines[1], "third") || !strings.Contains(lines[2], "second") {
		t.Errorf("%q", lines)
	}
	for i, want := range []string{
		"Tue 24 Nov 2026 14:02:11 UTC severity 5 of 5, inside, established; proof of the address: none",
		"Tue 24 Nov 2026 14:02:11 UTC severity 5 of 5, inside, established; proof of the address: none klaxonctl show " + a.ID,
		"Tue 24 Nov 2026 14:02:11 UTC severity 3 of 5, outside, established; proof of the address: none klaxonctl show " + b.ID,
		"wire: eth0 is gone Tue 24 Nov 2026 14:02:11 UTC",
	} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("%s\nwant at its end: %s", lines[i], want)
		}
	}
	want := "[klaxon gate] 5/5 inside: 192.0.2.7 is scanning 200 ports (third), and 1 more alarm"
	if got := subjectIn(t, s.taken()[0]); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func subjectIn(t *testing.T, text string) string {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Header.Get("Subject")
}

// TestSubject: whoever is woken reads on the lock of a telephone how grave it is, where
// it comes from, who it is and what it does.
func TestSubject(t *testing.T) {
	s := serve(t, nil)
	m := open(t, s, nil)
	touch := sinktest.Touch(1)
	touched := sinktest.Alarm("")
	touched.Shape, touched.Touch, touched.Sensor = klaxon.ShapeTouch, touch, "gate"
	long := sinktest.Alarm(strings.Repeat("x", 60))
	long.Sensor = strings.Repeat("word-", 10)
	drilled := sinktest.Alarm("")
	drilled.Marks, drilled.Sensor, drilled.Severity, drilled.Interface = []klaxon.Mark{klaxon.MarkDrill}, "gate", 1, ""
	drilled.Source.Addr = sinktest.Touch(1).Source.Addr
	for _, tt := range []struct {
		batch []klaxon.Record
		want  string
	}{
		{[]klaxon.Record{touched}, "[klaxon gate] 5/5 inside: 192.0.2.7 touched tcp/512 (rexec) on 192.0.2.1"},
		{[]klaxon.Record{drilled}, "[klaxon gate] DRILL: 1/5 inside: 192.0.2.7 scans 0 hosts"},
		{[]klaxon.Record{&klaxon.Health{Sensor: "gate", What: klaxon.HealthWire, Detail: "eth0 is gone"}}, "[klaxon gate] wire: eth0 is gone"},
		{[]klaxon.Record{&klaxon.Health{Sensor: "gate", What: klaxon.HealthTest, Detail: "x"}, &klaxon.Health{What: klaxon.HealthWire, Detail: "eth0 is gone"}},
			"[klaxon gate] wire: eth0 is gone, and 1 more note"},
		{[]klaxon.Record{touched, &klaxon.Health{What: klaxon.HealthSilence, Count: 2, Detail: "no answer"}}, "[klaxon gate] NOT DETECTING: no answer, and 1 more alarm"},
	} {
		if n, err := m.Emit(tt.batch); n != len(tt.batch) || err != nil {
			t.Fatal(n, err)
		}
		mails := s.taken()
		if got := subjectIn(t, mails[len(mails)-1]); got != tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
	if _, err := m.Emit([]klaxon.Record{long, touched}); err != nil {
		t.Fatal(err)
	}
	mails := s.taken()
	if got := subjectIn(t, mails[len(mails)-1]); len(got) > subjectCap {
		t.Errorf("%d characters: %q", len(got), got)
	}
	if got := shortened("one two three four", 12); got != "one two..." {
		t.Errorf("%q", got)
	}
}

// TestNoPictureOfATouch: it is one point in an empty field.
func TestNoPictureOfATouch(t *testing.T) {
	s := serve(t, nil)
	m := open(t, s, func(o *Options) { o.Picture = func(*klaxon.Alarm) []byte { return []byte("\x89PNG") } })
	touched := sinktest.Alarm("x")
	touched.Shape = klaxon.ShapeTouch
	if _, err := m.Emit([]klaxon.Record{touched}); err != nil {
		t.Fatal(err)
	}
	if got := s.taken()[0]; strings.Contains(got, "image/png") {
		t.Errorf("%s", got)
	}
}

// TestLongDigest lists the gravest, in their order, and counts the others.
func TestLongDigest(t *testing.T) {
	s := serve(t, nil)
	m := open(t, s, func(o *Options) { o.Listed = 5 })
	var batch []klaxon.Record
	for i := range 40 {
		a := sinktest.Alarm(fmt.Sprintf("n%02d", i))
		a.ID, a.Severity = fmt.Sprintf("alarm%02d", i), 1+i%2
		if i%10 == 9 {
			a.Severity = 5
		}
		batch = append(batch, a)
	}
	if n, err := m.Emit(batch); n != 40 || err != nil {
		t.Fatal(n, err)
	}
	var got []string
	for _, line := range strings.Split(s.taken()[0], "\r\n") {
		if id, ok := strings.CutPrefix(line, "    klaxonctl show "); ok {
			got = append(got, id)
		}
	}
	if fmt.Sprint(got) != "[alarm01 alarm09 alarm19 alarm29 alarm39]" {
		t.Errorf("listed %v", got)
	}
	if !strings.Contains(s.taken()[0], "* and 15 more of severity 2: klaxonctl alarms\r\n* and 20 more of severity 1: klaxonctl alarms\r\n") {
		t.Errorf("%s", s.taken()[0])
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
