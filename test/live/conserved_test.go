//go:build linux

package live

import (
	"errors"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

// conserved holds what `tocsin -v` says at its end against its recording, which
// is read afresh: every packet that came in was decoded, or was ignored or found
// malformed for a reason that is told, and each reason counts what it should.
func conserved(t *testing.T, who, record, summary string) {
	t.Helper()
	in, tally, bad := recount(t, record)
	for i, want := range tally {
		if name := decode.Reason(i).String(); tallied(summary, name) != want {
			t.Errorf("%s: %d packets are %s, and it says %d:\n%s", who, want, name, tallied(summary, name), summary)
		}
	}
	said := regexp.MustCompile(`(?m)^tocsin: ([0-9,]+) packets?,`).FindStringSubmatch(summary)
	if said == nil || plain(said[1]) != in {
		t.Errorf("%s: %d packets came in, and it says %q:\n%s", who, in, said, summary)
	}
	split := regexp.MustCompile(`(?m)^tocsin: ([0-9,]+) looked at, ([0-9,]+) of no interest, ([0-9,]+) malformed$`).FindStringSubmatch(summary)
	if split == nil {
		t.Errorf("%s does not tell what it looked at:\n%s", who, summary)
		return
	}
	if looked, ignored, malformed := plain(split[1]), plain(split[2]), plain(split[3]); looked != tally[decode.Decoded] || malformed != bad || looked+ignored+malformed != in {
		t.Errorf("%s: %d packets in, %d of them decoded and %d malformed, and it says %q", who, in, tally[decode.Decoded], bad, split[0])
	}
}

// recount decodes a recording.
func recount(t *testing.T, record string) (in uint64, tally decode.Tally, malformed uint64) {
	t.Helper()
	eachFrame(t, record, func(_ int64, how decode.Reason, _ *decode.Packet) {
		in++
		tally[how]++
		if how.Malformed() {
			malformed++
		}
	})
	return in, tally, malformed
}

// eachFrame calls f for the frames of a capture in their order.
func eachFrame(t *testing.T, path string, f func(at int64, how decode.Reason, p *decode.Packet)) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, err := capture.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var p decode.Packet
	for {
		frame, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		f(frame.Time, decode.Decoder{}.Decode(frame.Link, frame.Data, frame.Length, &p), &p)
	}
}

// tallied is what a summary says of one reason, which it leaves out at none.
func tallied(summary, name string) uint64 {
	m := regexp.MustCompile(`(?m)^tocsin: +` + name + ` +([0-9,]+)$`).FindStringSubmatch(summary)
	if m == nil {
		return 0
	}
	return plain(m[1])
}

// plain is a number as summaries write it.
func plain(text string) uint64 {
	n, err := strconv.ParseUint(strings.ReplaceAll(text, ",", ""), 10, 64)
	if err != nil {
		panic(err) // the expressions above let only digits through
	}
	return n
}
