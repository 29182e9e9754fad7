package main

import (
	"strings"
	"testing"
	"time"
)

// TestProgressMakesWay: what is written to the same terminal begins on an empty
// line, and nothing of the progress stays behind.
func TestProgressMakesWay(t *testing.T) {
	var screen strings.Builder
	at := int64(50)
	p := &progress{w: &screen, name: "a.pcap", size: 100, offset: func() int64 { return at }}
	out := p.around(&screen)
	p.show(time.Second)
	at = 100
	p.show(time.Second)
	out.Write([]byte("an alarm\n"))
	p.clear()
	first, second := "tocsin:  50 % of a.pcap, 50 bytes/s", "tocsin: 100 % of a.pcap, 100 bytes/s"
	want := "\r" + first + "\r" + second + "\r" + strings.Repeat(" ", len(second)) + "\ran alarm\n"
	if got := screen.String(); got != want {
		t.Errorf("\n got %q\nwant %q", got, want)
	}
}

// TestNoProgress: where nobody looks there is none, and it is in nobody's way.
func TestNoProgress(t *testing.T) {
	var p *progress
	var out strings.Builder
	p.start()()
	if p.around(&out) != &out {
		t.Error("output takes a way around nothing")
	}
}
