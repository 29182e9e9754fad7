package listen

import (
	"net/netip"
	"slices"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// localAddrs returns the addresses of this host of one family, with a zone
// where they need one. It asks once, while net.Interfaces would ask anew for
// each interface.
func localAddrs(v4 bool) ([]netip.Addr, error) {
	family := unix.AF_INET6
	if v4 {
		family = unix.AF_INET
	}
	rib, err := syscall.NetlinkRIB(syscall.RTM_GETADDR, family)
	if err != nil {
		return nil, err
	}
	messages, err := syscall.ParseNetlinkMessage(rib)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var addrs []netip.Addr
	for i := range messages {
		if a, ok := messageAddr(fd, &messages[i]); ok && a.Is4() == v4 {
			addrs = append(addrs, a)
		}
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs), nil
}

func messageAddr(fd int, m *syscall.NetlinkMessage) (netip.Addr, bool) {
	if m.Header.Type != syscall.RTM_NEWADDR || len(m.Data) < syscall.SizeofIfAddrmsg {
		return netip.Addr{}, false
	}
	attrs, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return netip.Addr{}, false
	}
	var addr netip.Addr
	for _, a := range attrs {
		// On a point-to-point link IFA_ADDRESS is the other end.
		if a.Attr.Type == syscall.IFA_LOCAL || a.Attr.Type == syscall.IFA_ADDRESS && !addr.IsValid() {
			addr, _ = netip.AddrFromSlice(a.Value)
		}
	}
	index := (*syscall.IfAddrmsg)(unsafe.Pointer(&m.Data[0])).Index
	return zoned(fd, addr, index), addr.IsValid()
}
