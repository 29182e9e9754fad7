package main

import (
	"fmt"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"klaxon"
	"klaxon/internal/watch/listen"
)

func status(tr klaxon.Transport, port uint16, addr string, state listen.State) listen.Status {
	s := listen.Status{Trap: listen.Trap{Transport: tr, Port: port}, Addr: netip.MustParseAddr(addr), State: state}
	switch state {
	case listen.StateHeld:
		s.Holder = "nginx[812]"
	case listen.StateDenied:
		s.Err = fmt.Errorf("listen tcp %s:%d: %w", addr, port, syscall.EACCES)
	}
	return s
}

func TestBanner(t *testing.T) {
	b := newBanner([]listen.Status{
		status(klaxon.TCP, 3389, "0.0.0.0", listen.StateArmed), status(klaxon.TCP, 3389, "::", listen.StateArmed),
		status(klaxon.TCP, 2376, "0.0.0.0", listen.StateArmed), status(klaxon.TCP, 2376, "::", listen.StateArmed),
		status(klaxon.TCP, 2375, "0.0.0.0", listen.StateArmed), status(klaxon.TCP, 2375, "::", listen.StateArmed),
		status(klaxon.UDP, 1434, "0.0.0.0", listen.StateArmed), status(klaxon.UDP, 1434, "::", listen.StateArmed),
		status(klaxon.TCP, 8080, "127.0.0.1", listen.StateHeld), status(klaxon.TCP, 8080, "192.0.2.1", listen.StateArmed),
		status(klaxon.TCP, 8080, "::", listen.StateArmed),
		status(klaxon.TCP, 1, "0.0.0.0", listen.StateDenied), status(klaxon.TCP, 1, "::", listen.StateDenied),
		status(klaxon.TCP, 2, "0.0.0.0", listen.StateDenied), status(klaxon.UDP, 2, "::", listen.StateDenied),
	})
	var out strings.Builder
	b.write(&out)
	want := `klaxond: 4 traps armed on every IPv4 and IPv6 address
klaxond:   tcp 2375-2376 3389
klaxond:   udp 1434
klaxond: 1 trap armed on every IPv6 address and 192.0.2.1
klaxond:   tcp 8080
klaxond: held by a real service on 127.0.0.1, by nginx[812]
klaxond:   tcp 8080
klaxond: 3 traps not armable: low ports need root, or: sudo setcap cap_net_bind_service,cap_net_raw=+ep PROGRAM
klaxond:   tcp 1-2
klaxond:   udp 2
`
	if strings.ReplaceAll(out.String(), program(), "PROGRAM") != want {
		t.Errorf("\n got:\n%swant:\n%s", out.String(), want)
	}
	if got := b.example(); got != "bash -c '</dev/tcp/127.0.0.1/2375'" {
		t.Errorf("example: %s", got)
	}
}

func TestExampleOnOneAddress(t *testing.T) {
	for want, s := range map[string]listen.Status{
		"":                                status(klaxon.TCP, 99, "192.0.2.1", listen.StateArmed),
		"bash -c '</dev/tcp/::1/99'":      status(klaxon.TCP, 99, "::", listen.StateArmed),
		"bash -c '</dev/tcp/127.0.0.1/9'": status(klaxon.TCP, 9, "127.0.0.1", listen.StateArmed),
	} {
		if got := newBanner([]listen.Status{s}).example(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := newBanner([]listen.Status{status(klaxon.UDP, 69, "0.0.0.0", listen.StateArmed)}).example(); got != "" {
		t.Errorf("a UDP trap cannot be touched by connecting: %q", got)
	}
}

func TestRanges(t *testing.T) {
	got := strings.Join(ranges([]uint16{65535, 1, 2, 3, 7, 65534, 7}), " ")
	if want := "1-3 7 65534-65535"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
