package packet

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
)

func TestChoose(t *testing.T) {
	lo := link{name: "lo", index: 1, hardware: unix.ARPHRD_LOOPBACK, up: true, loopback: true}
	card := func(name string, index int) link {
		return link{name: name, index: index, hardware: unix.ARPHRD_ETHER, up: true}
	}
	virtual := func(name string, index int, kind string) link {
		l := card(name, index)
		l.kind = kind
		return l
	}
	down := card("eth9", 9)
	down.up = false
	can := card("can0", 8)
	can.hardware = 280
	for name, c := range map[string]struct {
		all    []link
		routes []int
		want   string
	}{
		"a server":    {[]link{lo, card("eth0", 2), card("eth1", 3), virtual("docker0", 4, "bridge"), virtual("veth1", 5, "veth")}, []int{2}, "eth0 eth1 lo"},
		"a bond":      {[]link{lo, card("eth0", 2), virtual("bond0", 4, "bond"), virtual("bond0.5", 5, "vlan")}, []int{5}, "eth0 lo"},
		"a laptop":    {[]link{lo, down, card("wlan0", 3), virtual("wg0", 4, "wireguard"), virtual("tun0", 5, "tun")}, []int{4}, "wlan0 lo"},
		"a container": {[]link{lo, virtual("eth0", 7, "veth"), virtual("eth1", 8, "veth")}, []int{7}, "eth0 lo"},
		"no route":    {[]link{lo, virtual("eth0", 7, "veth")}, nil, "lo"},
		"odd links":   {[]link{lo, can, card("eth0", 2)}, nil, "eth0 lo"},
		"nothing":     {[]link{down}, nil, ""},
	} {
		if got := strings.Join(choose(c.all, c.routes), " "); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestKindOf(t *testing.T) {
	attr := func(size, kind int, value string) []byte {
		b := binary.NativeEndian.AppendUint16(nil, uint16(size))
		return append(binary.NativeEndian.AppendUint16(b, uint16(kind)), value...)
	}
	data := attr(6, unix.IFLA_INFO_DATA, "ab\x00\x00")
	for name, c := range map[string]struct {
		nested []byte
		want   string
	}{
		"veth":         {attr(9, unix.IFLA_INFO_KIND, "veth\x00"), "veth"},
		"behind other": {append(slices.Clone(data), attr(8, unix.IFLA_INFO_KIND, "vlan")...), "vlan"},
		"none":         {data, ""},
		"empty":        {nil, ""},
		"too long":     {attr(200, unix.IFLA_INFO_KIND, "veth"), ""},
		"no length":    {attr(0, unix.IFLA_INFO_KIND, "veth"), ""},
		"odd end":      {attr(5, unix.IFLA_INFO_DATA, "a"), ""},
	} {
		if got := kindOf(c.nested); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestLinkType(t *testing.T) {
	for hardware, want := range map[uint16]struct {
		link   decode.Link
		socket int
	}{
		unix.ARPHRD_ETHER:    {decode.LinkEthernet, unix.SOCK_RAW},
		unix.ARPHRD_LOOPBACK: {decode.LinkEthernet, unix.SOCK_RAW},
		unix.ARPHRD_NONE:     {decode.LinkRaw, unix.SOCK_DGRAM},
		unix.ARPHRD_PPP:      {decode.LinkRaw, unix.SOCK_DGRAM},
	} {
		l := link{name: "x", hardware: hardware}
		if kind, socket, err := l.linkType(); kind != want.link || socket != want.socket || err != nil {
			t.Errorf("hardware %d: %d, %d, %v", hardware, kind, socket, err)
		}
	}
	l := link{name: "can0", hardware: 280}
	if _, _, err := l.linkType(); err == nil || !strings.Contains(err.Error(), "can0") {
		t.Errorf("of a CAN bus: %v", err)
	}
}

func TestFind(t *testing.T) {
	all := []link{{name: "lo", up: true}, {name: "eth0", up: true}, {name: "eth1"}}
	for name, want := range map[string]string{"eth7": "lo, eth0, eth1", "eth1": "ip link set eth1 up", "": "no such interface"} {
		if _, err := find(all, name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", name, err, want)
		}
	}
	if l, err := find(all, "eth0"); err != nil || l.name != "eth0" {
		t.Errorf("eth0: %v, %v", l, err)
	}
}
