package sqlite

import (
	"net/netip"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// row is a record as a table takes it.
type row struct {
	table *table
	time  time.Time
	line  string
	args  []any // of the table's further columns, but for bytes
	extra int   // bytes beside the line
}

// rowOf renders a record, and picks what is asked for.
func rowOf(r klaxon.Record) row {
	out := row{line: string(render.AppendJSON(nil, r))}
	switch r := r.(type) {
	case *klaxon.Touch:
		out.table, out.time = touchTable, r.Time
		out.args = []any{r.ID, addressOf(r.Source.Addr)}
	case *klaxon.Alarm:
		out.table, out.time = alarmTable, r.Time
		out.args = []any{r.ID, addressOf(r.Source.Addr), addressesOf(r.Sources), r.Severity, techniquesOf(r.Techniques)}
		out.extra = 16 * min(len(r.Sources), srcsMax)
	case *klaxon.Health:
		out.table, out.time = healthTable, r.Time
	}
	return out
}

// size is what a record takes, with its share of the indexes.
func (r *row) size() int { return len(r.line) + r.extra + int(r.table.strand.cost) }

// addressOf is an address behind the digit of its family, so that the addresses
// of a network are neighbours and families stay apart; nil for none.
func addressOf(a netip.Addr) any {
	if !a.IsValid() {
		return nil
	}
	return withFamily(a)
}

func withFamily(a netip.Addr) []byte {
	if a.Is4() {
		return append([]byte{4}, a.AsSlice()...)
	}
	return append([]byte{6}, a.AsSlice()...)
}

func addressesOf(list []netip.Addr) any {
	if len(list) == 0 {
		return nil
	}
	var out []byte
	for _, a := range list[:min(len(list), srcsMax)] {
		b := a.As16()
		out = append(out, b[:]...)
	}
	return out
}

// techniquesOf puts a blank around each, so that one is found whole.
func techniquesOf(list []klaxon.Technique) string {
	var b strings.Builder
	for _, t := range list {
		b.WriteString(" " + string(t) + " ")
	}
	return b.String()
}

// nanos is a time as the tables have it. Times that do not fit, as of a clock
// that was never set, go to the end they are nearer to.
func nanos(t time.Time) int64 {
	switch y := t.UTC().Year(); {
	case y < 1970:
		return 0
	case y > 2261:
		return 1<<63 - 1
	}
	return t.UnixNano()
}

func moment(ns int64) time.Time { return time.Unix(0, ns).UTC() }

// span is the first and last address of a network, as addressOf has them.
func span(p netip.Prefix) (first, last []byte) {
	first = withFamily(p.Masked().Addr())
	last = append([]byte(nil), first...)
	for i := p.Bits(); i < 8*(len(last)-1); i++ {
		last[1+i/8] |= 0x80 >> (i % 8)
	}
	return first, last
}

// among tells whether one of the addresses in srcs lies in a network.
func among(srcs []byte, p netip.Prefix) bool {
	for ; len(srcs) >= 16; srcs = srcs[16:] {
		if p.Contains(netip.AddrFrom16([16]byte(srcs[:16])).Unmap()) {
			return true
		}
	}
	return false
}
