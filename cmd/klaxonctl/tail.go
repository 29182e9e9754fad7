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

  -touches   every touch as well; otherwise a touch is told by the alarm of its
             source
  -json      every record, one a line, as klaxond writes it
`

func runTail(args []string, stdout, stderr io.Writer) int {
	touches := false
	s := spec{name: "tail", usage: tailUsage}
	s.flags = func(f flagSet) { f.BoolVar(&touches, "touches", false, "") }
	s.run = func(q *question) error {
		terminal := sink.NewTerminal(q.out, q.look.loc, q.look.color)
		var failed error
		err := q.client.Tail(q.ctx, func() { q.note("following %s", q.sensor()) }, func(line []byte, missed uint64) bool {
			if missed > 0 {
				q.note("%s missed: they came faster than they were read", amount(missed, "record", "records"))
				return true
			}
			if failed = q.follow(terminal, line, touches); failed == nil {
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

func (q *question) follow(terminal *sink.Terminal, line []byte, touches bool) error {
	if q.json {
		_, err := q.out.Write(append(line, '\n'))
		return err
	}
	r, err := control.Recall(line)
	if err != nil {
		return err
	}
	if _, touch := r.(*klaxon.Touch); touch && !touches {
		return nil
	}
	_, err = terminal.Emit([]klaxon.Record{r})
	return err
}
