package metrics

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"klaxon"
	"klaxon/internal/sink/sinktest"
)

func open(t *testing.T, more func() []Family) *Sink {
	t.Helper()
	s, err := New(Options{Name: "metrics", Address: "127.0.0.1:0", More: more})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func scrape(t *testing.T, s *Sink, path string) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // of a test that fails
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr()+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	http.DefaultClient.CloseIdleConnections()
	return resp.StatusCode, string(body)
}

// listing shows each record of a sink that only counts as a line, where the count
// went up by one for it; the suite is about lines.
type listing struct {
	*Sink
	t   *testing.T
	out bytes.Buffer
}

func (l *listing) Emit(batch []klaxon.Record) (n int, err error) {
	for _, r := range batch {
		before := l.total()
		m, err := l.Sink.Emit([]klaxon.Record{r})
		if err != nil {
			return n, err
		}
		n += m
		if l.total() != before+1 {
			l.t.Errorf("the counts went from %d to %d", before, l.total())
		}
		if touch, ok := r.(*klaxon.Touch); ok {
			fmt.Fprintf(&l.out, "counted %d\n", touch.Seq)
		} else {
			l.out.WriteString("counted\n")
		}
	}
	return n, nil
}

func (l *listing) total() (n uint64) {
	for _, x := range l.counts.touches {
		n += x
	}
	for _, m := range []map[string]uint64{l.counts.events, l.counts.health} {
		for _, x := range m {
			n += x
		}
	}
	return n
}

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		l := &listing{Sink: open(t, nil), t: t}
		return l, l.out.Bytes
	}, func(touch *klaxon.Touch) string { return fmt.Sprintf("counted %d", touch.Seq) })
}

// TestHostileLabels: whatever strangers send, the number of series is bounded, and
// the page is what Prometheus's own parser and linter want.
func TestHostileLabels(t *testing.T) {
	s := open(t, func() []Family {
		return []Family{{"klaxon_nasty_info", "Nasty \\ \n help.", Gauge, []Sample{{[]string{"word", "a\"b\\c\nd"}, 1.5}}}}
	})
	for i := range 5000 {
		for _, touch := range sinktest.HostileTouches()[:i%14] {
			touch.Zone, touch.Transport = klaxon.Zone(touch.Service+fmt.Sprint(i)), klaxon.Transport(i)
			alarm := sinktest.Alarm(touch.Service)
			alarm.Zone, alarm.Shape, alarm.Event, alarm.Severity, alarm.Confidence = touch.Zone, klaxon.Shape(touch.Zone), klaxon.Event(touch.Zone), i-50, klaxon.Confidence(i)
			if i%2 == 0 {
				alarm.Event = klaxon.EventOpen
			}
			if _, err := s.Emit([]klaxon.Record{touch, alarm, &klaxon.Health{What: klaxon.HealthWhat(touch.Zone)}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	status, page := scrape(t, s, "/metrics")
	if n := strings.Count(page, "\n"); status != 200 || n > 150 {
		t.Errorf("%d, %d lines", status, n)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	if got := families["klaxon_nasty_info"].GetMetric()[0].GetLabel()[0].GetValue(); got != "a\"b\\c\nd" {
		t.Errorf("a label was read back as %q", got)
	}
	problems, err := promlint.New(strings.NewReader(page)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v, %v", problems, err)
	}
}

// holdSamples: the page has each line.
func holdSamples(t *testing.T, s *Sink, want ...string) {
	t.Helper()
	_, page := scrape(t, s, "/metrics")
	for _, line := range want {
		if !strings.Contains("\n"+page, "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, page)
		}
	}
}

// TestRise: an alarm that opened as a touch and became a scan by a host inside counts
// as that, too, and each once.
func TestRise(t *testing.T) {
	s := open(t, nil)
	alarm := func(e klaxon.Event, shape klaxon.Shape, severity int) *klaxon.Alarm {
		a := sinktest.Alarm("x")
		a.Event, a.Shape, a.Severity, a.Zone = e, shape, severity, klaxon.ZoneOutside
		return a
	}
	for _, a := range []*klaxon.Alarm{
		alarm(klaxon.EventOpen, klaxon.ShapeTouch, 2), alarm(klaxon.EventUpdate, klaxon.ShapeVertical, 3), alarm(klaxon.EventUpdate, klaxon.ShapeVertical, 3),
		alarm(klaxon.EventUpdate, klaxon.ShapeVertical, 5), alarm(klaxon.EventClose, klaxon.ShapeVertical, 5),
	} {
		if _, err := s.Emit([]klaxon.Record{a}); err != nil {
			t.Fatal(err)
		}
	}
	const as = `{shape="%s",zone="outside",severity="%d",confidence="established"} 1`
	holdSamples(t, s,
		fmt.Sprintf("klaxon_alarms_opened_total"+as, "touch", 2), fmt.Sprintf("klaxon_alarms_reached_total"+as, "touch", 2),
		fmt.Sprintf("klaxon_alarms_reached_total"+as, "vertical", 3), fmt.Sprintf("klaxon_alarms_reached_total"+as, "vertical", 5))
	if n := len(s.counts.rising); n != 0 {
		t.Errorf("%d alarms are followed after their end", n)
	}
	for i := range risingMax + 10 {
		a := alarm(klaxon.EventOpen, klaxon.ShapeTouch, 2)
		a.ID = fmt.Sprint(i)
		if _, err := s.Emit([]klaxon.Record{a}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(s.counts.rising); n != risingMax {
		t.Errorf("%d alarms are followed, want %d", n, risingMax)
	}
}

// TestDrillsAndFailures: a drill is no alarm, and an output that fails has lost
// nothing.
func TestDrillsAndFailures(t *testing.T) {
	s := open(t, nil)
	a, touch := sinktest.Alarm("x"), sinktest.Touch(1)
	a.Marks, touch.Marks = []klaxon.Mark{klaxon.MarkDrill}, []klaxon.Mark{klaxon.MarkDrill}
	fails, lost := &klaxon.Health{What: klaxon.HealthHeldBack, Output: "mail"}, &klaxon.Health{What: klaxon.HealthDrops, Output: "mail", Count: 3}
	if n, err := s.Emit([]klaxon.Record{touch, a, fails, fails, lost}); n != 5 || err != nil {
		t.Fatal(n, err)
	}
	holdSamples(t, s, "klaxon_drill_records_total 2", `klaxon_alarm_events_total{event="open"} 0`,
		`klaxon_health_records_total{what="drops"} 1`, `klaxon_health_records_total{what="output-fails"} 2`)
	if _, page := scrape(t, s, "/metrics"); strings.Contains(page, "klaxon_touches_recorded_total") || strings.Contains(page, "klaxon_last_alarm") {
		t.Errorf("a drill is counted as a touch or alarm:\n%s", page)
	}
}

func TestOnlyMetrics(t *testing.T) {
	s := open(t, nil)
	for path, want := range map[string]int{"/metrics": 200, "/": 404, "/debug/pprof/": 404, "/metrics/../x": 404} {
		if got, _ := scrape(t, s, path); got != want {
			t.Errorf("%s: %d", path, got)
		}
	}
	resp, err := http.Post("http://"+s.Addr()+"/metrics", "text/plain", strings.NewReader("x"))
	if err != nil || resp.StatusCode != http.StatusMethodNotAllowed {
		t.Error(resp, err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
}

// TestWhoLeaves: of one source the one that was there longest without a request, and
// not another's; who asks stays.
func TestWhoLeaves(t *testing.T) {
	g := &gate{}
	add := func(addr string, asks bool) *guest {
		n := &guest{gate: g, from: netip.MustParseAddr(addr), asks: asks}
		g.guests = append(g.guests, n)
		return n
	}
	add("192.0.2.1", false)
	asks := add("192.0.2.9", true)
	first := add("192.0.2.9", false)
	for range maxConnsEach - 2 {
		add("192.0.2.9", false)
	}
	if out := g.tooMany(asks.from); out != first {
		t.Errorf("%+v leaves", out)
	}
	if out := g.tooMany(netip.MustParseAddr("192.0.2.2")); out != nil {
		t.Errorf("%+v leaves, though there is room", out)
	}
	for i := 0; len(g.guests) < maxConns; i++ {
		add(fmt.Sprintf("192.0.3.%d", i), true)
	}
	if out := g.tooMany(netip.MustParseAddr("192.0.2.2")); out != g.guests[0] {
		t.Errorf("%+v leaves", out)
	}
}

// TestStrangersHoldNothing: more callers than there is room for, who say nothing, or
// half of something, keep neither a scrape waiting nor Emit.
func TestStrangersHoldNothing(t *testing.T) {
	s := open(t, nil)
	for i := range 4 * maxConns {
		c, err := net.DialTimeout("tcp", s.Addr(), 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if i%2 == 0 { // one that never ends its request
			fmt.Fprint(c, "GET /metrics HTTP/1.1\r\nX: ")
		}
	}
	// Nobody's time has to pass.
	if status, _ := scrape(t, s, "/metrics"); status != 200 {
		t.Errorf("a scrape is answered %d", status)
	}
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /metrics HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 4*maxHeader))
	c.SetDeadline(time.Now().Add(30 * time.Second))
	if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "431") {
		t.Errorf("%q, %v", line, err)
	}
}
