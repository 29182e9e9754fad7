package main

import (
	"bytes"
	"encoding/hex"
	"image/png"
	"net/netip"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/evidence"
	"klaxon/internal/watch/capture"
)

// TestPicture: the packets of an alarm's source become a PNG; with those of others
// alone, and of a damaged file, there is none.
func TestPicture(t *testing.T) {
	// A SYN from 192.0.2.7:40000 to 10.0.0.1:80.
	syn, err := hex.DecodeString(strings.ReplaceAll("020000000001 020000000002 0800 "+
		"45000028 00000000 40060000 c0000207 0a000001 9c400050 00000001 00000000 50020400 00000000", " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	l := leaf{ifaces: []capture.Interface{{Name: "eth0", Link: decode.LinkEthernet}}}
	for i := range 10 {
		l.frames = append(l.frames, evidence.Frame{At: int64(i) * 1e9, Length: len(syn), Data: syn})
	}
	data, err := l.file("")
	if err != nil {
		t.Fatal(err)
	}
	a := &klaxon.Alarm{ID: "abcdefghijklmnopqrstuvwxyz", Event: klaxon.EventOpen}
	a.Source.Addr, a.Severity = netip.MustParseAddr("192.0.2.7"), 4
	if _, err := png.Decode(bytes.NewReader(drawAlarm(data, a))); err != nil {
		t.Errorf("%v", err)
	}
	a.Source.Addr = netip.MustParseAddr("192.0.2.8")
	if drawAlarm(data, a) != nil || drawAlarm([]byte("damaged"), a) != nil {
		t.Error("a picture of nothing")
	}
}
