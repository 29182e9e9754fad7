package elastic

import (
	"bufio"
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

// cluster answers as Elasticsearch does: create makes a document once, and the
// template comes before the first of them.
type cluster struct {
	*outboundtest.Peer
	t *testing.T

	mu       sync.Mutex
	template map[string]any
	docs     []string
	ids      map[string]bool
	judge    func(doc string) int // nil: 201
	limit    int                  // of a body, as of a proxy before it; 0: none
}

func start(t *testing.T) *cluster {
	c := &cluster{Peer: outboundtest.New(t), t: t, ids: map[string]bool{}}
	c.Answer(c.answer)
	return c
}

func (c *cluster) answer(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	if r.Method == http.MethodPut && r.URL.Path == "/_index_template/klaxon" {
		if json.Unmarshal(body, &c.template) != nil {
			w.WriteHeader(400)
		}
		return
	}
	if r.Method != http.MethodPost || r.URL.Path != "/_bulk" || c.template == nil || r.Header.Get("Content-Type") != "application/x-ndjson" {
		w.WriteHeader(404)
		return
	}
	switch {
	case c.limit > 0 && len(body) > c.limit:
		w.WriteHeader(413)
		return
	case !bytes.HasSuffix(body, []byte("\n")):
		w.WriteHeader(400)
		io.WriteString(w, `{"error":{"type":"illegal_argument_exception","reason":"The bulk request must be terminated by a newline [\\n]"},"status":400}`)
		return
	}
	var items []string
	failed := false
	for lines := bufio.NewReader(bytes.NewReader(body)); ; {
		action, err := lines.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		doc, _ := lines.ReadString('\n')
		status := c.create(action, strings.TrimSuffix(doc, "\n"))
		failed = failed || status >= 300
		items = append(items, fmt.Sprintf(`{"create":{"status":%d,"error":{"type":"some_exception"}}}`, status))
	}
	fmt.Fprintf(w, `{"errors":%v,"items":[%s]}`, failed, strings.Join(items, ","))
}

func (c *cluster) create(action []byte, doc string) int {
	var a struct {
		Create struct {
			Index string `json:"_index"`
			ID    string `json:"_id"`
		} `json:"create"`
	}
	if err := json.Unmarshal(action, &a); err != nil || !json.Valid([]byte(doc)) || !strings.HasPrefix(a.Create.Index, "klaxon-") {
		c.t.Errorf("no action and document: %s %s", action, doc)
		return 400
	}
	if c.judge != nil {
		if status := c.judge(doc); status != 201 {
			return status
		}
	}
	if c.ids[a.Create.ID] {
		return 409
	}
	c.ids[a.Create.ID] = true
	c.docs = append(c.docs, doc)
	return 201
}

func (c *cluster) written() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return []byte(strings.Join(c.docs, "\n") + "\n")
}

func (c *cluster) sink(t *testing.T) *Sink {
	s, err := New(Options{Name: "elastic", URL: secret.New(c.URL), AllowPrivate: true, Token: secret.New("a-key")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// distinct gives each record a place of its own: those of the suite share one.
type distinct struct {
	*Sink
	n uint64
}

func (d *distinct) Emit(batch []klaxon.Record) (int, error) {
	for i, r := range batch {
		d.n++
		switch r := r.(type) {
		case *klaxon.Alarm:
			a := *r
			a.Boot = fmt.Sprint("b", d.n)
			batch[i] = &a
		case *klaxon.Touch:
			touch := *r
			touch.Boot = fmt.Sprint("b", d.n)
			batch[i] = &touch
		}
	}
	return d.Sink.Emit(batch)
}

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		c := start(t)
		return &distinct{Sink: c.sink(t)}, c.written
	}, func(touch *klaxon.Touch) string { return fmt.Sprintf(`"seq":%d,`, touch.Seq) })
}

func TestTemplateAndLogin(t *testing.T) {
	c := start(t)
	s := c.sink(t)
	for i := range 3 {
		if _, err := s.Emit([]klaxon.Record{sinktest.Touch(uint16(i))}); err != nil {
			t.Fatal(err)
		}
	}
	if paths := c.Paths(); len(paths) != 4 || paths[0] != "PUT /_index_template/klaxon" {
		t.Errorf("%q", paths)
	}
	for _, h := range c.Headers() {
		if h.Get("Authorization") != "ApiKey a-key" {
			t.Errorf("%v", h)
		}
	}
	if got := fmt.Sprint(c.template["index_patterns"]); got != "[klaxon-*]" {
		t.Errorf("the template is for %s", got)
	}
}

// TestAnswerLost: what was taken, and not known to be, is there once in the end.
func TestAnswerLost(t *testing.T) {
	c := start(t)
	s := c.sink(t)
	batch := []klaxon.Record{sinktest.Touch(1), sinktest.Touch(2), sinktest.Touch(3)}
	lost := true
	c.Answer(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/_bulk" && lost {
			lost = false
			c.answer(&deaf{header: http.Header{}}, r)
			panic(http.ErrAbortHandler)
		}
		c.answer(w, r)
	})
	// net/http itself tries again only what is known not to have been taken.
	if n, err := s.Emit(batch); n != 0 || err == nil {
		t.Fatalf("%d, %v", n, err)
	}
	if n, err := s.Emit(batch); n != 3 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if len(c.docs) != 3 {
		t.Errorf("%d documents", len(c.docs))
	}
}

type deaf struct{ header http.Header }

func (d *deaf) Header() http.Header         { return d.header }
func (d *deaf) Write(p []byte) (int, error) { return len(p), nil }
func (d *deaf) WriteHeader(int)             {}

// TestOneDocument: one that does not fit is refused alone, one that is to come
// later ends the batch there.
func TestOneDocument(t *testing.T) {
	for status, final := range map[int]bool{400: true, 429: false, 503: false, 403: false} {
		c := start(t)
		c.judge = func(doc string) int {
			if strings.Contains(doc, `"seq":2,`) {
				return status
			}
			return 201
		}
		s := c.sink(t)
		n, err := s.Emit([]klaxon.Record{sinktest.Touch(1), sinktest.Touch(2), sinktest.Touch(3)})
		var no *klaxon.Refusal
		if n != 1 || err == nil || errors.As(err, &no) != final {
			t.Errorf("%d: %d, %v", status, n, err)
		}
	}
}

// TestStrangeAnswers: none of them passes for a receipt.
func TestStrangeAnswers(t *testing.T) {
	for _, text := range []string{"", "{}", "null", "<html>fine</html>", `{"errors":true}`, `{"errors":true,"items":[]}`, `{"errors":true,"items":[{"index":{"status":201}}]}`, `{"errors":"no"}`} {
		c := start(t)
		s := c.sink(t)
		c.Answer(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) })
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
			t.Errorf("%q: %d, %v", text, n, err)
		}
	}
	for name, answer := range map[string]http.HandlerFunc{"500": outboundtest.Status(500), "redirect": outboundtest.Status(302), "10 MB": outboundtest.Huge(200)} {
		c := start(t)
		s := c.sink(t)
		c.Answer(answer)
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

// TestSmallerBatches: where a proxy takes less than we send, it goes in smaller
// requests, and only what is too large by itself is refused; where a request is called
// malformed, the documents that are not arrive.
func TestSmallerBatches(t *testing.T) {
	for _, malformed := range []bool{false, true} {
		c := start(t)
		c.limit = 2 << 10
		if malformed {
			c.limit = 0
			c.Answer(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(body))
				if bytes.Contains(body, []byte(`"seq":30,`)) {
					w.WriteHeader(400)
					return
				}
				c.answer(w, r)
			})
		}
		s := c.sink(t)
		var batch []klaxon.Record
		for i := range 60 {
			batch = append(batch, sinktest.Touch(uint16(i+1)))
		}
		if !malformed {
			batch[29].(*klaxon.Touch).Payload = &klaxon.Payload{Sample: bytes.Repeat([]byte{0xff}, 4096)}
		}
		n, err := s.Emit(batch)
		var no *klaxon.Refusal
		if n != 29 || !errors.As(err, &no) || no.Count != 1 {
			t.Fatalf("%d, %v", n, err)
		}
		if n, err := s.Emit(batch[30:]); n != 30 || err != nil || len(c.docs) != 59 {
			t.Errorf("%d, %v, %d documents", n, err, len(c.docs))
		}
	}
}

// TestLargeBatch goes in several requests.
func TestLargeBatch(t *testing.T) {
	c := start(t)
	s := c.sink(t)
	var batch []klaxon.Record
	for i := range 2000 {
		batch = append(batch, sinktest.Touch(uint16(i+1)))
		batch[i].(*klaxon.Touch).Payload = &klaxon.Payload{Sample: bytes.Repeat([]byte{0xff}, 512)}
	}
	if n, err := s.Emit(batch); n != len(batch) || err != nil {
		t.Fatal(n, err)
	}
	for _, body := range c.Taken() {
		if len(body) > maxBody {
			t.Errorf("a request of %d bytes", len(body))
		}
	}
	if len(c.docs) != len(batch) || len(c.Taken()) < 3 {
		t.Errorf("%d documents in %d requests", len(c.docs), len(c.Taken()))
	}
}
