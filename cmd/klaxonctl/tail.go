package main

import (
	"io"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/sink"
)

const tailUsage = `usage: klaxonctl tail [-touches] [-json] [-socket FILE]

Prints alarms, and what klaxond says of itself, as they are recorded, until it is
interrupted. Who reads too slowly misses records, and is told how many.

  -touches      every touch as well; otherwise a touch is told by the alarm of its
                source
  -json         every record, one a line, as klaxond writes it
  -socket FILE  where klaxond listens
`

func runTail(args []string, stdout, stderr io.Writer) int {
	touches := false
	s := spec{name: "tail", usage: tailUsage}
	s.flags = func(f flagSet) { f.BoolVar(&touches, "touches", false, "") }
	s.run = func(q *question) error {
		f := follower{q: q, terminal: sink.NewTerminal(q.out, q.look.loc, q.look.color), touches: touches}
		var failed error
		err := q.client.Tail(q.ctx, func() { q.note("following %s", q.sensor()) }, func(line []byte, missed uint64) bool {
			if missed > 0 {
				q.note("%s missed: they came faster than they were read", amount(missed, "record", "records"))
				return true
			}
			if failed = f.take(line); failed == nil {
				failed = q.out.Flush()
			}
			return failed == nil
		})
		if failed != nil {
			return failed
		}
		if q.ctx.Err() != nil {
			return nil // interrupted, which is how it ends
		}
		return err
	}
	return ask(s, args, stdout, stderr)
}

// sensor names whom one follows.
func (q *question) sensor() string {
	st, err := q.client.Status(q.ctx)
	if err != nil {
		return "klaxond"
	}
	return shown(st.Sensor)
}

// follower shows records as they come.
type follower struct {
	q        *question
	terminal *sink.Terminal
	touches  bool
	last     [touchesHeld]*klaxon.Touch // the last ones, in a ring
	next     int
}

// touchesHeld are remembered for the alarms that they open, which come right after
// them, and more only where many come at once.
const touchesHeld = 64

func (f *follower) take(line []byte) error {
	q := f.q
	if q.json {
		_, err := q.out.Write(append(line, '\n'))
		return err
	}
	r, err := control.Recall(line)
	if err != nil {
		return err
	}
	switch r := r.(type) {
	case *klaxon.Touch:
		f.last[f.next] = r
		f.next = (f.next + 1) % touchesHeld
		if !f.touches {
			return nil
		}
	case *klaxon.Alarm:
		r.Touch = f.opening(r)
	}
	_, err = f.terminal.Emit([]klaxon.Record{r})
	return err
}

// opening is the touch that opened an alarm, which is shown in its place as klaxond's
// own terminal does. nil when it is not at hand, or says less than the alarm.
func (f *follower) opening(a *klaxon.Alarm) *klaxon.Touch {
	if a.Event != klaxon.EventOpen || a.Shape != klaxon.ShapeTouch || a.Targets.Services != 1 || len(a.Marks) > 0 || f.touches {
		return nil
	}
	for i := range f.last {
		t := f.last[(f.next+touchesHeld-1-i)%touchesHeld]
		if t == nil {
			return nil
		}
		ports := a.Targets.TCP
		if t.Transport == klaxon.UDP {
			ports = a.Targets.UDP
		}
		if t.Source.Addr == a.Source.Addr && len(ports) == 1 && ports[0].First == t.Target.Port {
			return t
		}
	}
	return nil
}
