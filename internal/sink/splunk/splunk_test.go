package splunk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"klaxon"
	"klaxon/internal/outbound/outboundtest"
	"klaxon/internal/secret"
	"klaxon/internal/sink/sinktest"
)

// collector answers as Splunk does, and keeps events.
type collector struct {
	*outboundtest.Peer
	t *testing.T

	mu     sync.Mutex
	events []string
	bad    string // an event with this in it is malformed
}

func start(t *testing.T) *collector {
	c := &collector{Peer: outboundtest.New(t), t: t}
	c.Answer(c.answer)
	return c
}

func (c *collector) answer(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	switch {
	case r.URL.Path != "/services/collector/event":
		w.WriteHeader(404)
		return
	case r.Header.Get("Authorization") != "Splunk hunter2":
		w.WriteHeader(403)
		io.WriteString(w, `{"text":"Invalid token","code":4}`)
		return
	}
	var events []string
	for dec := json.NewDecoder(bytes.NewReader(body)); ; {
		var e struct {
			Time       float64         `json:"time"`
			Host       string          `json:"host"`
			Source     string          `json:"source"`
			Sourcetype string          `json:"sourcetype"`
			Event      json.RawMessage `json:"event"`
		}
		err := dec.Decode(&e)
		if err == io.EOF {
			break
		}
		if err != nil || e.Sourcetype != "klaxon" || len(e.Event) == 0 || c.bad != "" && strings.Contains(string(e.Event), c.bad) {
			w.WriteHeader(400)
			fmt.Fprintf(w, `{"text":"Invalid data format","code":6,"invalid-event-number":%d}`, len(events))
			return
		}
		events = append(events, string(e.Event))
	}
	c.events = append(c.events, events...)
	io.WriteString(w, `{"text":"Success","code":0}`)
}

func (c *collector) written() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return []byte(strings.Join(c.events, "\n") + "\n")
}

func (c *collector) sink(t *testing.T, token string) *Sink {
	s, err := New(Options{Name: "splunk", URL: secret.New(c.URL), AllowPrivate: true, Token: secret.New(token)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		c := start(t)
		return c.sink(t, "hunter2"), c.written
	}, func(touch *klaxon.Touch) string { return fmt.Sprintf(`"seq":%d,`, touch.Seq) })
}

func TestLine(t *testing.T) {
	c := start(t)
	s := c.sink(t, "hunter2")
	s.format = func(dst []byte, _ klaxon.Record) []byte { return append(dst, `ALERT: "x" \y`...) }
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	var got string
	if err := json.Unmarshal([]byte(c.events[0]), &got); err != nil || got != `ALERT: "x" \y` {
		t.Errorf("%v: %s", err, c.events[0])
	}
}

// TestWrongToken: records wait for the operator to mend it, and the error does not
// hold it.
func TestWrongToken(t *testing.T) {
	c := start(t)
	n, err := c.sink(t, "hunter3").Emit([]klaxon.Record{sinktest.Touch(1)})
	var no *klaxon.Refusal
	if n != 0 || err == nil || errors.As(err, &no) || strings.Contains(err.Error(), "hunter") {
		t.Errorf("%d, %v", n, err)
	}
}

// TestWhatTheOperatorMends: what a collector says of the token, the index or the
// channel is no judgement of the event, whatever the status, and records wait. What it
// says of the event is. The codes are those of Splunk's "Troubleshoot HTTP Event
// Collector".
func TestWhatTheOperatorMends(t *testing.T) {
	for _, tt := range []struct {
		status, code int
		final        bool
	}{
		{403, 1, false}, {401, 2, false}, {401, 3, false}, {403, 4, false}, {500, 8, false}, {503, 9, false},
		{400, 7, false}, {400, 10, false}, {400, 11, false}, {400, 14, false}, {400, 16, false}, {429, 0, false}, {400, -1, false},
		{400, 5, true}, {400, 6, true}, {400, 12, true}, {400, 13, true}, {400, 15, true}, {413, 27, true},
	} {
		c := start(t)
		c.Answer(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			fmt.Fprintf(w, `{"text":"no","code":%d}`, tt.code)
		})
		n, err := c.sink(t, "hunter2").Emit([]klaxon.Record{sinktest.Touch(1), sinktest.Touch(2)})
		var no *klaxon.Refusal
		if n != 0 || err == nil || errors.As(err, &no) != tt.final {
			t.Errorf("%+v: %d, %v", tt, n, err)
		}
	}
}

// TestOneMalformed: it alone is refused, whatever stands around it.
func TestOneMalformed(t *testing.T) {
	c := start(t)
	c.bad = `"seq":3,`
	s := c.sink(t, "hunter2")
	var batch []klaxon.Record
	for i := range 5 {
		batch = append(batch, sinktest.Touch(uint16(i+1)))
	}
	n, err := s.Emit(batch)
	var no *klaxon.Refusal
	if n != 2 || !errors.As(err, &no) || no.Count != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := s.Emit(batch[3:]); n != 2 || err != nil || len(c.events) != 4 {
		t.Errorf("%d, %v, %d events", n, err, len(c.events))
	}
}

func TestStrangeAnswers(t *testing.T) {
	for _, answer := range []http.HandlerFunc{
		func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"text":"Server is busy","code":9}`) },
		func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `fine`) },
		func(http.ResponseWriter, *http.Request) {},
		outboundtest.Status(500), outboundtest.Status(503), outboundtest.Status(307), outboundtest.Huge(200),
	} {
		c := start(t)
		c.Answer(answer)
		n, err := c.sink(t, "hunter2").Emit([]klaxon.Record{sinktest.Touch(1)})
		var no *klaxon.Refusal
		if n != 0 || err == nil || errors.As(err, &no) {
			t.Errorf("%d, %v", n, err)
		}
	}
}
