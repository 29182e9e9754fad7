package chain

import (
	"errors"
	"slices"
	"testing"
)

// syslogd takes the lines of a Log, while it is there.
type syslogd struct {
	lines []string
	away  bool
}

func (d *syslogd) write(line string) error {
	if d.away {
		return errors.New("nobody listens")
	}
	d.lines = append(d.lines, line)
	return nil
}

// says checks what came since it was asked last.
func (d *syslogd) says(t *testing.T, when string, want ...Anchor) {
	t.Helper()
	var lines []string
	for _, a := range want {
		lines = append(lines, a.String())
	}
	if !slices.Equal(d.lines, lines) {
		t.Errorf("%s: it wrote\n%q\nwant\n%q", when, d.lines, lines)
	}
	d.lines = nil
}

// TestLog: a prune is announced twice, with an anchor between, and again before the next
// anchor; what no daemon takes is said, and written before that as well.
func TestLog(t *testing.T) {
	var d syslogd
	l := NewLog(d.write)
	rows := row(20, nil)
	heads := func(seqs ...uint64) func() []Anchor {
		return func() []Anchor { return anchorsOf(rows, seqs...) }
	}
	a := func(seq uint64) Anchor { return anchorsOf(rows, seq)[0] }
	gone := a(3)
	gone.Pruned = true
	if !l.Announce(gone) {
		t.Error("the first announcement was not taken")
	}
	d.says(t, "before any anchor", gone, gone)
	l.Anchor(heads(7))
	d.says(t, "the next anchor", gone, a(7))
	l.Anchor(heads(7))
	d.says(t, "nothing new")
	if !l.Announce(gone) {
		t.Error("the second announcement was not taken")
	}
	d.says(t, "beside an anchor", gone, a(7), gone)
	d.away = true
	if l.Announce(gone) {
		t.Error("it was taken by nobody")
	}
	l.Anchor(heads(9))
	d.away = false
	l.Anchor(heads(11))
	d.says(t, "the daemon is back", gone, a(11))
}

// TestLogStale: heads that were taken before a prune was announced are not written behind
// that. Whoever announces holds the store, so that nobody has heads meanwhile.
func TestLogStale(t *testing.T) {
	var d syslogd
	l := NewLog(d.write)
	rows := row(20, nil)
	gone := anchorsOf(rows, 3)[0]
	gone.Pruned = true
	asked := 0
	l.Anchor(func() []Anchor {
		if asked++; asked > 1 {
			return anchorsOf(rows, 9)
		}
		l.Announce(gone) // the prune is done between this and the writing
		return anchorsOf(rows, 7)
	})
	d.says(t, "taken again", gone, gone, gone, anchorsOf(rows, 9)[0])
}
