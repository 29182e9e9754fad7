package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/store"
)

const exportUsage = `usage: klaxonctl export [-csv] [-type touch,alarm,health] [-since WHEN]
                        [-until WHEN] [-src ADDR|PREFIX] [-severity N]
                        [-technique NAME] [-latest] [-socket FILE]

Writes records, oldest first: as JSON lines, byte for byte as they are kept, or as
CSV with one row a record. Times are UTC.

  -csv             a table for spreadsheets; no cell can be a formula, and none
                   holds a control byte
  -type LIST       these types of records; default is all three
  -latest          of each alarm only its newest record
  -since, -until, -src, -severity, -technique
                   as of klaxonctl alarms, but without -since all there is
`

func runExport(args []string, stdout, stderr io.Writer) int {
	var p picking
	var table, latest bool
	var types string
	s := spec{name: "export", usage: exportUsage, noJSON: true, store: true}
	s.flags = func(f flagSet) {
		p.define(f, lookOf(stdout), 0)
		f.BoolVar(&table, "csv", false, "")
		f.BoolVar(&latest, "latest", false, "")
		f.StringVar(&types, "type", "", "")
	}
	s.run = func(q *question) error {
		f, err := p.filter()
		if err != nil {
			return err
		}
		f.Latest, f.OldestFirst = latest, true
		for t := range strings.SplitSeq(types, ",") {
			if types != "" {
				f.Types = append(f.Types, store.Type(t))
			}
		}
		if err := f.Check(); err != nil {
			return misused("%v", err)
		}
		return q.export(f, table)
	}
	return ask(s, args, stdout, stderr)
}

func (q *question) export(f store.Filter, table bool) error {
	w := csv{w: q.out}
	if table {
		w.row(csvHead...)
	}
	for line, err := range q.kept.Records(q.ctx, f) {
		if err != nil {
			return err
		}
		if !table {
			q.out.Write(line)
			q.out.WriteByte('\n') // its errors stay until Flush
			continue
		}
		if r, ok := recalled[klaxon.Record](q, line); ok {
			w.row(csvRow(r)...)
		}
	}
	return nil
}

var csvHead = []string{
	"type", "time", "id", "event", "sensor", "zone", "source", "sources", "source_port", "name", "target", "target_port", "service",
	"transport", "technique", "shape", "marks", "tool", "proof", "confidence", "severity", "hosts", "services", "tcp", "udp", "open",
	"probes", "first", "last", "claim", "what", "count", "why",
}

// csvRow is a record in the order of csvHead.
func csvRow(r klaxon.Record) []string {
	row := map[string]string{}
	switch r := r.(type) {
	case *klaxon.Touch:
		touchCells(row, r)
	case *klaxon.Alarm:
		alarmCells(row, r)
	case *klaxon.Health:
		row["type"], row["time"], row["id"], row["sensor"] = "health", utc(r.Time), r.ID, r.Sensor
		row["what"], row["count"], row["why"], row["first"] = string(r.What), strconv.FormatUint(r.Count, 10), r.Detail, utc(r.Since)
		row["target"] = r.Output
	}
	cells := make([]string, len(csvHead))
	for i, name := range csvHead {
		cells[i] = row[name]
	}
	return cells
}

func touchCells(row map[string]string, t *klaxon.Touch) {
	row["type"], row["time"], row["id"], row["sensor"], row["zone"] = "touch", utc(t.Time), t.ID, t.Sensor, string(t.Zone)
	row["source"], row["source_port"], row["name"] = t.Source.Addr.String(), strconv.Itoa(int(t.Source.Port)), t.Source.Name
	row["target_port"], row["service"] = strconv.Itoa(int(t.Target.Port)), t.Service
	if t.Target.Addr.IsValid() {
		row["target"] = t.Target.Addr.String()
	}
	row["transport"], row["proof"], row["marks"] = t.Transport.String(), t.Proof.String(), joined(t.Marks)
	if t.Ident != nil && t.Ident.Outcome == klaxon.IdentClaim {
		row["claim"] = string(t.Ident.Claim)
	}
}

func alarmCells(row map[string]string, a *klaxon.Alarm) {
	row["type"], row["time"], row["id"], row["event"] = "alarm", utc(a.Time), a.ID, string(a.Event)
	row["sensor"], row["zone"], row["source"] = a.Sensor, string(a.Zone), sourceOf(a)
	row["sources"] = strconv.Itoa(max(a.SourcesTotal, 1))
	if len(a.Targets.Dst) > 0 {
		row["target"] = a.Targets.Dst[0].String()
	}
	row["technique"], row["shape"], row["marks"], row["tool"] = joined(a.Techniques), string(a.Shape), joined(a.Marks), a.Tool.Name
	row["proof"], row["confidence"], row["severity"] = a.Proof.String(), a.Confidence.String(), strconv.Itoa(a.Severity)
	row["hosts"], row["services"] = strconv.Itoa(a.Targets.Hosts), strconv.Itoa(a.Targets.Services)
	row["tcp"], row["udp"] = strings.Join(rangeTexts(a.Targets.TCP), " "), strings.Join(rangeTexts(a.Targets.UDP), " ")
	var open []string
	for _, p := range a.Targets.Open {
		open = append(open, fmt.Sprintf("%s/%d", p.Transport, p.Number))
	}
	row["open"], row["probes"] = strings.Join(open, " "), strconv.FormatUint(a.Probes, 10)
	row["first"], row["last"], row["why"] = utc(a.First), utc(a.Last), a.Why
}

func utc(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func joined[S ~string](list []S) string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return strings.Join(out, " ")
}

// csv writes rows that no program takes for more than text. Every cell is quoted
// (RFC 4180) and printable ASCII, and one that a spreadsheet would compute, be it
// after it has trimmed blanks, begins with an apostrophe.
type csv struct{ w io.Writer }

// cellMax is what a spreadsheet's cell holds.
const cellMax = 4096

func (c csv) row(cells ...string) {
	var line []byte
	for i, cell := range cells {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, '"')
		text := safe(cell, cellMax)
		if formula := strings.TrimLeft(text, " "); formula != "" && strings.ContainsRune("=+-@|%", rune(formula[0])) {
			line = append(line, '\'')
		}
		line = append(line, strings.ReplaceAll(text, `"`, `""`)...)
		line = append(line, '"')
	}
	c.w.Write(append(line, '\r', '\n')) // its errors are those of w, which keeps them
}
