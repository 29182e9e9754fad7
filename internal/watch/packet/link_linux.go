package packet

import (
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
)

// link is a network interface as the kernel describes it.
type link struct {
	name     string
	index    int
	hardware uint16 // ARPHRD_…, linux/if_arp.h
	up       bool
	loopback bool
	kind     string // of a virtual one: veth, bridge, vlan, tun …; "" for hardware and lo
}

// links asks the kernel for the interfaces of this network namespace. /sys
// would show those of whoever mounted it.
func links() ([]link, error) {
	reply, err := syscall.NetlinkRIB(unix.RTM_GETLINK, unix.AF_UNSPEC)
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	messages, err := syscall.ParseNetlinkMessage(reply)
	if err != nil {
		return nil, fmt.Errorf("list network interfaces: %w", err)
	}
	var all []link
	for i := range messages {
		if messages[i].Header.Type != unix.RTM_NEWLINK || len(messages[i].Data) < unix.SizeofIfInfomsg {
			continue
		}
		l, err := readLink(&messages[i])
		if err != nil {
			return nil, fmt.Errorf("list network interfaces: %w", err)
		}
		all = append(all, l)
	}
	return all, nil
}

// readLink reads a struct ifinfomsg (rtnetlink(7)) and its attributes.
func readLink(m *syscall.NetlinkMessage) (link, error) {
	flags := binary.NativeEndian.Uint32(m.Data[8:])
	l := link{
		hardware: binary.NativeEndian.Uint16(m.Data[2:]),
		index:    int(int32(binary.NativeEndian.Uint32(m.Data[4:]))),
		up:       flags&unix.IFF_UP != 0,
		loopback: flags&unix.IFF_LOOPBACK != 0,
	}
	attributes, err := syscall.ParseNetlinkRouteAttr(m)
	for _, a := range attributes {
		switch a.Attr.Type {
		case unix.IFLA_IFNAME:
			l.name = text(a.Value)
		case unix.IFLA_LINKINFO:
			l.kind = kindOf(a.Value)
		}
	}
	return l, err
}

// kindOf finds IFLA_INFO_KIND among nested attributes.
func kindOf(b []byte) string {
	for len(b) >= unix.SizeofRtAttr {
		size := int(binary.NativeEndian.Uint16(b))
		if size < unix.SizeofRtAttr || size > len(b) {
			break
		}
		if binary.NativeEndian.Uint16(b[2:]) == unix.IFLA_INFO_KIND {
			return text(b[unix.SizeofRtAttr:size])
		}
		b = b[min((size+3)&^3, len(b)):]
	}
	return ""
}

func text(b []byte) string { return strings.TrimRight(string(b), "\x00") }

// linkType tells how the frames of a kind of hardware begin, and the type of
// socket that yields them. Where the header is absent or differs with the
// direction the kernel is asked for bare IP packets.
func (l *link) linkType() (decode.Link, int, error) {
	switch l.hardware {
	case unix.ARPHRD_ETHER, unix.ARPHRD_LOOPBACK:
		return decode.LinkEthernet, unix.SOCK_RAW, nil
	case unix.ARPHRD_NONE, unix.ARPHRD_RAWIP, unix.ARPHRD_PPP, unix.ARPHRD_TUNNEL, unix.ARPHRD_TUNNEL6,
		unix.ARPHRD_SIT, unix.ARPHRD_IPGRE, unix.ARPHRD_IP6GRE:
		return decode.LinkRaw, unix.SOCK_DGRAM, nil
	}
	return 0, 0, fmt.Errorf("watch %s: its hardware type %d is not understood: Ethernet, loopback, PPP and IP tunnels are", l.name, l.hardware)
}

// addresses returns what an interface is called by, with the length of each
// network.
func (l *link) addresses() []netip.Prefix {
	at := net.Interface{Index: l.index, Name: l.name}
	list, err := at.Addrs()
	if err != nil {
		return nil // it vanished; the ring will tell
	}
	var all []netip.Prefix
	for _, a := range list {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		addr, ok := netip.AddrFromSlice(n.IP)
		ones, _ := n.Mask.Size()
		if ok {
			all = append(all, netip.PrefixFrom(addr.Unmap(), ones))
		}
	}
	return all
}

// find returns the named link, ready to be watched.
func find(all []link, name string) (link, error) {
	i := slices.IndexFunc(all, func(l link) bool { return l.name == name })
	if i < 0 {
		var names []string
		for _, l := range all {
			names = append(names, l.name)
		}
		return link{}, fmt.Errorf("watch %q: no such interface: there are %s", name, strings.Join(names, ", "))
	}
	if !all[i].up {
		return link{}, fmt.Errorf("watch %s: it is down: ip link set %s up", name, name)
	}
	return all[i], nil
}
