package main

import (
	"bufio"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon/internal/drill"
	"klaxon/internal/drill/probe"
)

// TestLapsedCode: what is sent by it later would page somebody.
func TestLapsedCode(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	code := drill.Code{Until: now.Add(time.Second)}
	if err := lapsed(&code, now); err != nil {
		t.Error(err)
	}
	if err := lapsed(&code, now.Add(time.Second)); err == nil || !strings.Contains(err.Error(), "klaxonctl drill -wait again") {
		t.Errorf("%v", err)
	}
}

// TestRefusedIsSent: a refusal comes from the host that is drilled, or one in its
// place; a connection that cannot even be begun was not sent.
func TestRefusedIsSent(t *testing.T) {
	var out, notes strings.Builder
	q := question{out: bufio.NewWriter(&out), stderr: &notes}
	at := netip.MustParseAddr("127.0.0.1")
	for _, tt := range []struct {
		to   string
		want int
	}{{"127.0.0.1", 0}, {"255.255.255.255", 1}} {
		w := way{from: at, to: netip.MustParseAddr(tt.to)}
		c, err := probe.NewConnection(w.from, netip.AddrPortFrom(w.to, 1)) // where nothing listens
		if err != nil {
			t.Fatal(err)
		}
		w.connect = c
		if failed := q.probe(&w, &drill.Code{TCP: 1}, nil); failed != tt.want {
			t.Errorf("%s: %d failed, want %d: %s", tt.to, failed, tt.want, notes.String())
		}
	}
}
