package listen

import (
	"encoding/binary"
	"net/netip"
	"testing"
)

func TestParseRow(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the lines are from a little-endian machine")
	}
	for line, want := range map[string]row{
		"   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12345 1 0 100 0 0 10 0": {
			netip.MustParseAddrPort("127.0.0.1:22"), true, "12345"},
		"   1: B80D0120000000000000000001000000:FFFF 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 7 2 0 0": {
			netip.MustParseAddrPort("[2001:db8::1]:65535"), false, "7"},
		"   2: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1 0 0": {
			netip.MustParseAddrPort("127.0.0.1:80"), true, "8"},
	} {
		if got, ok := parseRow(line); !ok || got != want {
			t.Errorf("%s\ngives %+v, %v, want %+v", line, got, ok, want)
		}
	}
	for _, line := range []string{
		"", "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
		"0: 0100007F 0 0A a b c d e f", "0: 01:0016 0 0A a b c d e f", "0: 0100007F:10000 0 0A a b c d e f",
	} {
		if got, ok := parseRow(line); ok {
			t.Errorf("%q gives %+v", line, got)
		}
	}
}

func TestRowHolds(t *testing.T) {
	for _, c := range []struct {
		socket, addr string
		want         bool
	}{
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"127.0.0.1", "0.0.0.0", true},
		{"0.0.0.0", "127.0.0.1", true},
		{"::", "127.0.0.1", true},
		{"::1", "127.0.0.1", false},
		{"0.0.0.0", "::1", false},
		{"fe80::1", "fe80::1%eth0", true},
	} {
		r := row{local: netip.AddrPortFrom(netip.MustParseAddr(c.socket), 1)}
		if got := r.holds(netip.MustParseAddr(c.addr)); got != c.want {
			t.Errorf("a socket on %s in the way of %s: %v, want %v", c.socket, c.addr, got, c.want)
		}
	}
}
