package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/sink/sinktest"
)

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

// TestSubjectOfRetracted: an alarm that is taken back does not hide one that is open.
func TestSubjectOfRetracted(t *testing.T) {
	first, back, open2 := sinktest.Alarm("first"), sinktest.Alarm("first"), sinktest.Alarm("second")
	back.Event = klaxon.EventRetract
	open2.ID, open2.Severity, open2.Sensor = "bbbbbbbbbbbbbbbbbbbbbbbbbb", 3, "gate"
	s := serve(t, nil)
	m := open(t, s, nil)
	if _, err := m.Emit([]klaxon.Record{first, back, open2}); err != nil {
		t.Fatal(err)
	}
	if got := subjectIn(t, s.taken()[0]); !strings.Contains(got, " 3/5 ") || !strings.Contains(got, "second") || !strings.HasSuffix(got, ", and 1 more alarm") {
		t.Errorf("%q", got)
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
