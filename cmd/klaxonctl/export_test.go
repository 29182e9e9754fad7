package main

import (
	"bytes"
	stdcsv "encoding/csv"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
)

// TestCSVIsReadBack: the reader of the standard library finds in a table of hostile
// records as many rows and cells as were written, and no cell is a formula.
func TestCSVIsReadBack(t *testing.T) {
	bombs := []string{"=cmd|' /C calc'!A0", "a,b", `a"b`, "\"\r\n\"x\",\"", "+1", " =1+1", "  @SUM(A1)", "-1", "@SUM(A1)", "\t=1", "\x00\x1b[2J", "\u202e", "", `\`, "plain"}
	var out bytes.Buffer
	w := csv{&out}
	w.row(csvHead...)
	for i, b := range bombs {
		other := bombs[(i+1)%len(bombs)]
		for _, r := range hostileRecords(b, other) {
			w.row(csvRow(r)...)
		}
	}
	rows, err := stdcsv.NewReader(&out).ReadAll() // it wants as many cells in each row as in the first
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 3*len(bombs); len(rows) != want || !slices.Equal(rows[0], csvHead) {
		t.Fatalf("%d rows are read of %d, the first is %q", len(rows), want, rows[0])
	}
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@|%\t\r", rune(strings.TrimSpace(cell + "x")[0])) || strings.ContainsFunc(cell, func(c rune) bool { return c < ' ' || c > '~' }) {
				t.Errorf("%s is %q", csvHead[i], cell)
			}
		}
	}
	name, plain := slices.Index(csvHead, "name"), rows[1+3*slices.Index(bombs, "plain")]
	if plain[name] != "plain" || plain[slices.Index(csvHead, "source")] != "192.0.2.7" {
		t.Errorf("a row without anything hostile is %q", plain)
	}
}

func hostileRecords(a, b string) []klaxon.Record {
	when, source := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7"), Name: a}
	return []klaxon.Record{
		&klaxon.Touch{ID: b, Time: when, Sensor: b, Transport: klaxon.TCP, Source: source, Service: b, Ident: &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte(b)}},
		&klaxon.Alarm{ID: a, Time: when, Sensor: a, Scan: klaxon.Scan{Source: source, Why: b, Tool: klaxon.Tool{Name: a}, Shape: klaxon.Shape(b), Marks: []klaxon.Mark{klaxon.Mark(a)}}},
		&klaxon.Health{ID: a, Time: when, What: klaxon.HealthWhat(b), Output: a, Detail: b},
	}
}
