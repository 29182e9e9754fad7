package outputs

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"klaxon/internal/outbound/outboundtest"
)

// stopwatch is a receiver's view of how late records are.
type stopwatch struct {
	mu   sync.Mutex
	late []time.Duration
}

// take notes how late a touch is: what else comes is not part of the load.
func (s *stopwatch) take(t *testing.T, line []byte) {
	now := time.Now()
	var r struct {
		Type string
		Time time.Time
	}
	if json.Unmarshal(line, &r) != nil {
		t.Errorf("no record: %s", line)
		return
	}
	if r.Type == "touch" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.late = append(s.late, now.Sub(r.Time))
	}
}

// percentile is the smallest delay that p in a hundred do not exceed.
func (s *stopwatch) percentile(p float64) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Sorted(slices.Values(s.late))
	if len(list) == 0 {
		return 0
	}
	return list[max(0, int(math.Ceil(float64(len(list))*p/100))-1)]
}

func (s *stopwatch) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.late)
}

// beside is a klaxond with a webhook and a syslog daemon that are well.
type beside struct {
	d         *daemon
	hook, log stopwatch
}

// watched starts one, with more outputs.
func watched(t *testing.T, more string) *beside {
	b := &beside{}
	peer := outboundtest.New(t)
	peer.Answer(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		b.hook.take(t, body)
	})
	log := &receiver{name: "log", each: func(line []byte) { b.log.take(t, line) }}
	b.d = start(t, folder(t), hookAndLog(peer.URL, log.syslogd(t))+more)
	return b
}

// TestDeadOutputCostsTheOthersNothing runs two klaxonds side by side, one of which has
// two more outputs, whose peers accept and never answer or read. A touch of the one
// and a touch of the other take turns, so that whatever else the machine does, it
// does to both. Of the good outputs the 99th percentile of the delay, from the touch
// to the receiver, is within twice of that without the dead ones.
func TestDeadOutputCostsTheOthersNothing(t *testing.T) {
	whole := 20 * time.Second
	if os.Getenv("KLAXON_SOAK") != "" {
		whole = time.Hour
	}
	dead := outboundtest.New(t)
	dead.Answer(outboundtest.Hang)
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // whose kernel accepts
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	without := watched(t, "")
	with := watched(t, fmt.Sprintf(`[[output]]
type = "webhook"
name = "dead"
url = %q
allow_private = true
touches = true
deadline = "5s"
[[output]]
type = "elastic"
name = "deaf"
url = "http://%s"
touches = true
deadline = "5s"
`, dead.URL, deaf.Addr()))
	made := 0
	for end := time.Now().Add(whole); time.Now().Before(end); made++ {
		from := fmt.Sprintf("127.20.%d.%d", made/200%250, 1+made%200)
		with.d.touch(t, from)
		without.d.touch(t, from)
		time.Sleep(20 * time.Millisecond)
	}
	for _, w := range []*stopwatch{&with.hook, &with.log, &without.hook, &without.log} {
		eventually(t, "every touch", func() bool { return w.count() >= made })
	}
	if n := len(dead.Taken()); n > 0 {
		t.Fatalf("the dead took %d records: nothing was tested", n)
	}
	// Less than this is the scheduler's, of a machine that does other things.
	const noise = 20 * time.Millisecond
	for name, pair := range map[string][2]*stopwatch{"webhook": {&with.hook, &without.hook}, "syslog": {&with.log, &without.log}} {
		a, b := pair[0].percentile(99), pair[1].percentile(99)
		t.Logf("FIGURE: %s: 99th percentile of the delay %v beside two dead outputs for %v, %v without, of %d touches (medians %v, %v)",
			name, a.Round(10*time.Microsecond), whole, b.Round(10*time.Microsecond), made,
			pair[0].percentile(50).Round(10*time.Microsecond), pair[1].percentile(50).Round(10*time.Microsecond))
		if a > 2*max(b, noise) {
			t.Errorf("%s: the 99th percentile of the delay is %v beside dead outputs, %v without", name, a, b)
		}
	}
	with.d.stop(t)
	without.d.stop(t)
}
