package control

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Driller is a Host that can be drilled.
type Driller interface {
	// Drill begins a drill.
	Drill(ctx context.Context, o DrillOrder) (Drill, error)
	// Drilled tells how far it has come.
	Drilled(ctx context.Context, id string) (Drill, error)
}

// DrillOrder is what kind of drill is wanted.
type DrillOrder struct {
	Elsewhere bool     `json:"elsewhere"` // another host sends the probes
	For       Duration `json:"for"`       // how long it may take; 0: as usual
}

// Drill is a drill, and what has arrived.
type Drill struct {
	V       int           `json:"v"`
	ID      string        `json:"id"`
	Code    string        `json:"code,omitempty"` // for the other host; told once, to who ordered it
	Begun   time.Time     `json:"begun"`
	Done    bool          `json:"done"`
	Good    bool          `json:"good"` // all that was sent has arrived everywhere; valid once Done
	Events  []DrillEvent  `json:"events"`
	Keepers []string      `json:"record_outputs"` // outputs that take each event
	Notices []DrillNotice `json:"notices"`        // of the one record of its end, for every output
}

// DrillEvent is one probe.
type DrillEvent struct {
	Name      string               `json:"name"` // "half-open IPv6"
	Source    string               `json:"source,omitempty"`
	Target    string               `json:"target,omitempty"`
	Skipped   string               `json:"skipped,omitempty"` // why it was not sent
	Sent      *time.Time           `json:"sent,omitempty"`    // absent when another host sends
	Seen      *time.Time           `json:"seen,omitempty"`
	Found     *time.Time           `json:"found,omitempty"`
	Rang      bool                 `json:"rang"` // as what it is
	Technique []string             `json:"technique,omitempty"`
	Alarm     string               `json:"alarm,omitempty"`
	Touched   bool                 `json:"touched,omitempty"` // a trap told of it, too
	Arrived   map[string]time.Time `json:"arrived,omitempty"` // in outputs
}

// DrillNotice is an output, and when it took the record of the drill's end.
type DrillNotice struct {
	Output  string     `json:"output"`
	Arrived *time.Time `json:"arrived,omitempty"`
	Due     *time.Time `json:"due,omitempty"` // it gathers records, and sends this one then
}

// SelfTestState says whether klaxond is known to detect.
type SelfTestState string

// The states of the self-test.
const (
	SelfTestOff       SelfTestState = "off"
	SelfTestPending   SelfTestState = "pending" // the first has not ended yet
	SelfTestDetecting SelfTestState = "detecting"
	SelfTestMissed    SelfTestState = "missed" // the last one; one is no news
	SelfTestSilent    SelfTestState = "silent" // several in turn
)

// SelfTest is what klaxond's own probes of its traps came to.
type SelfTest struct {
	State SelfTestState `json:"state"`
	Trap  string        `json:"trap,omitempty"`
	Last  *time.Time    `json:"last,omitempty"` // when one was detected
	Took  Duration      `json:"took,omitempty"` // that one
	Count uint64        `json:"count"`
	Lost  uint64        `json:"missed"`        // of these
	Why   string        `json:"why,omitempty"` // it is off, or was missed
}

func (s *Server) driller() (Driller, error) {
	d, ok := s.host.(Driller)
	if !ok {
		return nil, Refuse(ErrUnavailable, "this klaxond cannot be drilled")
	}
	return d, nil
}

func (s *Server) drill(w http.ResponseWriter, r *http.Request) error {
	var o DrillOrder
	if err := decode(r.Body, &o); err != nil {
		return err
	}
	d, err := s.driller()
	if err != nil {
		return err
	}
	begun, err := d.Drill(r.Context(), o)
	if err != nil {
		return err
	}
	begun.V = 1
	return answer(w, begun)
}

func (s *Server) drilled(w http.ResponseWriter, r *http.Request) error {
	d, err := s.driller()
	if err != nil {
		return err
	}
	now, err := d.Drilled(r.Context(), r.URL.Query().Get("id"))
	if err != nil {
		return err
	}
	now.V = 1
	return answer(w, now)
}

// Drill begins a drill.
func (c *Client) Drill(ctx context.Context, o DrillOrder) (d Drill, err error) {
	return d, c.post(ctx, "drill", o, &d)
}

// Drilled asks how far a drill has come.
func (c *Client) Drilled(ctx context.Context, id string) (d Drill, err error) {
	return d, c.get(ctx, "drill", url.Values{"id": {id}}, &d)
}
