package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"klaxon/internal/control"
)

const drillUsage = `usage: klaxonctl drill [-wait] [-for TIME] [-json] [-socket FILE]
       klaxonctl drill -target HOST <CODE

Has klaxond touch and probe its own traps through loopback, follows each probe
through detection to every output, and says what arrived where and how fast.
Nothing leaves this host.

  -wait          let another host send the probes: prints the code that it needs
  -target HOST   be that other host: send connections and datagrams to HOST, and
                 as root raw probes, too. The code is read from standard input
  -for TIME      how long to wait for what has not arrived (20s, 10s at least), and
                 with -wait for the other host (5m)
  -json          one JSON object, times in UTC
  -socket FILE   where klaxond listens

A drill pages nobody: its alarms have the mark drill and go to the outputs that
keep; those that notify get one line of health about its end. Each probe carries
a seal that nobody else can make, so that no stranger passes for the drill.
It ends with 1 when something did not arrive or could not be sent, with 0 when all
did. An output that gathers records, such as mail, may have its digest still to send.
`

func runDrill(args []string, stdout, stderr io.Writer) int {
	var wait bool
	var target string
	var span length
	s := spec{name: "drill", usage: drillUsage}
	s.flags = func(f flagSet) {
		f.BoolVar(&wait, "wait", false, "")
		f.StringVar(&target, "target", "", "")
		f.Var(&span, "for", "")
	}
	s.run = func(q *question) error {
		switch {
		case wait && target != "":
			return misused("-wait is for the host that is drilled, -target for the other one")
		case target != "":
			return q.drillAnother(target)
		}
		return q.drill(control.DrillOrder{Elsewhere: wait, For: control.Duration(span)})
	}
	return ask(s, args, stdout, stderr)
}

// drillLook is how often it is asked how far a drill has come.
const drillLook = 200 * time.Millisecond

func (q *question) drill(o control.DrillOrder) error {
	d, err := q.client.Drill(q.ctx, o)
	if err != nil {
		return err
	}
	if d.Code != "" {
		q.note("on the other host:  echo %s | sudo klaxonctl drill -target HOST", d.Code)
	}
	code := d.Code
	for !d.Done {
		select {
		case <-q.ctx.Done():
			return q.ctx.Err()
		case <-time.After(drillLook):
		}
		if d, err = q.client.Drilled(q.ctx, d.ID); err != nil {
			return err
		}
	}
	d.Code = code
	if q.json {
		err = q.writeJSON(d)
	} else {
		q.drilled(&d)
	}
	if err == nil && !d.Good {
		return errNo
	}
	return err
}

// drilled prints what arrived where.
func (q *question) drilled(d *control.Drill) {
	if len(d.Events) == 0 {
		q.printf("fire drill %s: no probe came\n", shown(d.ID))
		return
	}
	q.printf("fire drill %s, begun %s\n\n", shown(d.ID), q.look.when(d.Begun))
	head := append([]string{"PROBE", "SOURCE", "TARGET", "SEEN", "FOUND AS", "ALARM"}, d.Keepers...)
	t := newTable(head...)
	skipped := map[string]int{}
	for i := range d.Events {
		e := &d.Events[i]
		if e.Skipped != "" {
			skipped[e.Skipped]++
			continue
		}
		t.add(drillRow(d, e)...)
	}
	t.write(q.out)
	q.printf("\n")
	for i := range d.Notices {
		mark, what := q.notice(&d.Notices[i])
		q.printf("%-10s%s %s: the record of the drill's end\n", mark, shown(d.Notices[i].Output), what)
	}
	for _, why := range sortedKeys(skipped) {
		q.printf("%-10s%s not sent: %s\n", "skipped", amount(uint64(skipped[why]), "probe", "probes"), shown(why))
	}
	everywhere, sent := drillSum(d)
	where := ""
	if len(d.Keepers) > 0 {
		where = ", and arrived in " + shown(strings.Join(d.Keepers, ", "))
	}
	q.printf("%-10s%d of %s rang%s\n", arrivedMark(everywhere == sent && sent > 0), everywhere, amount(sent, "probe", "probes"), where)
	for i := range d.Events {
		if id := d.Events[i].Alarm; id != "" {
			q.printf("one of them with its picture:  klaxonctl show %s\n", shown(id))
			return
		}
	}
}

// notice says whether an output has the one record that all get.
func (q *question) notice(n *control.DrillNotice) (mark, what string) {
	switch {
	case n.Arrived != nil:
		return arrivedMark(true), "got it"
	case n.Due != nil:
		return "waits", "sends it with its digest, at " + q.look.when(*n.Due)
	}
	return arrivedMark(false), "did not get it"
}

func arrivedMark(ok bool) string {
	if ok {
		return "ok"
	}
	return "MISSING"
}

// drillRow is one probe; times are since it was sent, or first seen.
func drillRow(d *control.Drill, e *control.DrillEvent) []string {
	from := e.Sent
	if from == nil {
		from = e.Seen
	}
	after := func(at *time.Time) string {
		if at == nil || from == nil {
			return "MISSING"
		}
		return pause(at.Sub(*from))
	}
	as := strings.Join(e.Technique, ",")
	if as == "" {
		as = "NOTHING"
	} else if !e.Rang {
		as = "WRONGLY " + as
	}
	row := []string{e.Name, e.Source, e.Target, after(e.Seen), as, after(e.Found)}
	for _, output := range d.Keepers {
		var at *time.Time
		if when, ok := e.Arrived[output]; ok {
			at = &when
		}
		row = append(row, after(at))
	}
	return row
}

// pause is a time between two steps.
func pause(t time.Duration) string {
	if t < time.Second {
		return fmt.Sprintf("%.1fms", float64(max(t, 0).Microseconds())/1000)
	}
	return fmt.Sprintf("%.2fs", t.Seconds())
}

// drillSum counts the probes that were sent, and those that reached every output
// that keeps. The notices have their own lines.
func drillSum(d *control.Drill) (everywhere, sent int) {
	for i := range d.Events {
		e := &d.Events[i]
		if e.Skipped != "" {
			continue
		}
		sent++
		if e.Rang && len(e.Arrived) == len(d.Keepers) {
			everywhere++
		}
	}
	return everywhere, sent
}

// errNoCode is for who forgot it.
var errNoCode = errors.New("read the code from standard input: on the host that is drilled run klaxonctl drill -wait, and run the command that it prints here")
