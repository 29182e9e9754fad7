package format

import (
	"net/netip"
	"testing"

	"klaxon"
)

// The expectations are the published baseline of community-id-spec.
func TestCommunityID(t *testing.T) {
	for _, c := range []struct {
		tr       klaxon.Transport
		src, dst string
		want     string
	}{
		{klaxon.TCP, "128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{klaxon.TCP, "66.35.250.204:80", "128.232.110.120:34855", "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{klaxon.UDP, "192.168.1.52:54585", "8.8.8.8:53", "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
	} {
		src, dst := netip.MustParseAddrPort(c.src), netip.MustParseAddrPort(c.dst)
		touch := klaxon.Touch{Transport: c.tr,
			Source: klaxon.Endpoint{Addr: src.Addr(), Port: src.Port()},
			Target: klaxon.Endpoint{Addr: dst.Addr(), Port: dst.Port()}}
		if got := CommunityID(&touch); got != c.want {
			t.Errorf("%s %s > %s: got %s, want %s", c.tr, c.src, c.dst, got, c.want)
		}
	}
	if got := CommunityID(&klaxon.Touch{}); got != "" {
		t.Errorf("without addresses: %q", got)
	}
}
