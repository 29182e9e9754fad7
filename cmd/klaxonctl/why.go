package main

import (
	"fmt"
	"io"
	"net/netip"
	"strings"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/render"
	"klaxon/internal/store"
)

const whyUsage = `usage: klaxonctl why [-json] [-socket FILE] ADDR

Says what is known of an address: the score of its evidence and where it would
establish a scan, what it did, and what is missing for an alarm, even when none
rang; then its alarms that are kept. It ends with 1 when nothing is known.

  -socket FILE  where klaxond listens
`

func runWhy(args []string, stdout, stderr io.Writer) int {
	s := spec{name: "why", usage: whyUsage, args: [2]int{1, 1}, want: "an address"}
	s.run = func(q *question) error {
		addr, err := control.ParseAddr(q.args[0])
		if err != nil {
			return misused("%v", err)
		}
		w, err := q.client.Why(q.ctx, addr)
		if err != nil {
			return err
		}
		if q.json {
			err = q.writeJSON(w)
			if err == nil && !w.Known {
				return errNo
			}
			return err
		}
		q.why(&w)
		past, err := q.pastOf(addr, &w)
		if err != nil {
			q.note("its past alarms: %v", err)
		}
		if !w.Known && past == 0 {
			return errNo
		}
		return nil
	}
	return ask(s, args, stdout, stderr)
}

func (q *question) why(w *control.Why) {
	if !w.Known {
		q.printf("%s: nothing is known of it now\n", w.Addr)
		return
	}
	q.printf("%s: %s\n", w.Addr, standing(w))
	q.fact("score", score(w.Score, w.Threshold)+"  ["+bar(w.Score, w.Threshold)+"]")
	if w.First != nil && w.Last != nil {
		q.fact("seen", q.look.full(*w.First)+" to "+q.look.full(*w.Last))
	}
	q.fact("contacts", render.Grouped(w.Contacts)+" "+reachWords(w))
	q.fact("outcomes", fmt.Sprintf("%s refused, %s unanswered, %s closed without a word, %s with packets that no host sends, %s succeeded",
		render.Grouped(w.Refused), render.Grouped(w.Unanswered), render.Grouped(w.Empty), render.Grouped(w.Illegal), render.Grouped(w.Succeeded)))
	if w.Repeats > 0 {
		q.fact("pace", fmt.Sprintf("%d made again at one pace, %d of them as a poller does", w.Repeats, w.Paced))
	}
	q.fact("proof", proofText(w.Proof))
	q.facts(w)
}

// reachWords says with what a source had contacts, in numbers.
func reachWords(w *control.Why) string {
	return fmt.Sprintf("with %s and %s; %s", amount(w.Hosts, "host", "hosts"), amount(w.Services, "service", "services"), trapWords(w))
}

// trapWords tells contacts with traps from what these told of: half-open probes, of
// which the wire alone tells, are none of that.
func trapWords(w *control.Why) string {
	if w.Traps == 0 && w.Touches == 0 {
		return "none with traps"
	}
	with := render.Grouped(w.Traps) + " with traps"
	if w.Traps == 1 {
		with = "1 with a trap"
	}
	if w.Touches == 0 {
		return with + ", half-open or unanswered"
	}
	return with + ", which told of " + amount(w.Touches, "touch", "touches")
}

func (q *question) facts(w *control.Why) {
	for _, f := range []struct{ subject, text string }{
		{"technique", strings.Join(w.Technique, ", ")}, {"marks", strings.Join(w.Marks, ", ")}, {"tool", w.Tool},
		{"weighed as", w.Class}, {"allowed", w.Allowed}, {"why", w.Why}, {"missing", w.Missing},
	} {
		if f.text != "" {
			q.fact(f.subject, shown(f.text))
		}
	}
	if w.Run > 1 {
		q.fact("together", fmt.Sprintf("it is one of %d sources that scan the same", w.Run))
	}
	if w.Wide {
		q.fact("address", "all addresses of its /64 are counted as one source")
	}
}

// standing is the answer in one sentence.
func standing(w *control.Why) string {
	switch {
	case w.Innocent:
		return "no alarm: it proved to be a poller"
	case w.Crowd != "":
		return "it is told as one of a crowd (" + shown(w.Confidence) + "), alarm " + shown(w.Crowd)
	case w.Told:
		return "an alarm is open, " + shown(w.Confidence)
	case w.Scan:
		return "it scans (" + shown(w.Confidence) + "), and no alarm is open now"
	}
	return "no alarm: the evidence does not suffice"
}

// score says how far evidence has come.
func score(score, threshold float64) string {
	if score < threshold {
		return fmt.Sprintf("%.1f of the %.1f that establish a scan", score, threshold)
	}
	return fmt.Sprintf("%s, where %.1f establish a scan", render.Grouped(int(score)), threshold)
}

func bar(score, threshold float64) string {
	const wide = 20
	n := 0
	if threshold > 0 {
		n = int(min(max(score/threshold, 0), 1) * wide)
	}
	return strings.Repeat("#", n) + strings.Repeat(".", wide-n)
}

func proofText(word string) string {
	if text, ok := proofs[word]; ok {
		return text
	}
	return shown(word)
}

// pastOf lists the newest alarms of a source that are kept, an open one as it is by now.
func (q *question) pastOf(addr netip.Addr, w *control.Why) (n int, err error) {
	f := store.Filter{Types: []store.Type{store.TypeAlarm}, Latest: true, Source: netip.PrefixFrom(addr, addr.BitLen()), Limit: 5}
	boot := q.boot()
	for line, err := range q.kept.Records(q.ctx, f) {
		if err != nil {
			return n, err
		}
		a, ok := recalled[*klaxon.Alarm](q, line)
		if !ok {
			continue
		}
		state := stateOf(a, boot)
		if state == "open" {
			grow(a, w)
		}
		n++
		subject := ""
		if n == 1 {
			subject = "alarms"
		}
		q.fact(subject, fmt.Sprintf("%s  %s  severity %d, %s, %s, %s", q.look.when(a.Last), a.ID[:min(len(a.ID), shortID)], a.Severity,
			shown(whatOf(a, 3)), targetsOf(&a.Targets), state))
	}
	return n, nil
}
