package packet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Default returns the interfaces that are watched when none is named: hardware,
// and lo. Virtual ones (veth, bridges, bonds, VLANs, tunnels, taps) carry copies
// or traffic of their own, so they are left to the user to name. Where there is
// no hardware, as in a container, the interfaces that a default route leaves by
// stand in for it.
func Default() ([]string, error) {
	all, err := links()
	if err != nil {
		return nil, err
	}
	routes, err := defaultRoutes()
	if err != nil {
		return nil, err
	}
	names := choose(all, routes)
	if len(names) == 0 {
		return nil, errors.New("choose interfaces to watch: none is up: name one that will do")
	}
	return names, nil
}

// choose returns uplinks in the kernel's order and then lo.
func choose(all []link, routes []int) []string {
	var hardware, routed, loopback []string
	for _, l := range all {
		if _, _, err := l.linkType(); err != nil || !l.up {
			continue
		}
		switch {
		case l.loopback:
			loopback = append(loopback, l.name)
		case l.kind == "":
			hardware = append(hardware, l.name)
		case slices.Contains(routes, l.index):
			routed = append(routed, l.name)
		}
	}
	if len(hardware) == 0 {
		hardware = routed
	}
	return append(hardware, loopback...)
}

// defaultRoutes returns the indices of the interfaces that default routes of
// either family leave by.
func defaultRoutes() ([]int, error) {
	var indices []int
	for _, family := range []int{unix.AF_INET, unix.AF_INET6} {
		reply, err := syscall.NetlinkRIB(unix.RTM_GETROUTE, family)
		if err != nil {
			return nil, fmt.Errorf("list routes: %w", err)
		}
		messages, err := syscall.ParseNetlinkMessage(reply)
		if err != nil {
			return nil, fmt.Errorf("list routes: %w", err)
		}
		for i := range messages {
			if index, ok := defaultRoute(&messages[i]); ok {
				indices = append(indices, index)
			}
		}
	}
	return indices, nil
}

// defaultRoute reads a struct rtmsg (rtnetlink(7)): a unicast route to a prefix
// of no length. One with several next hops names no interface by itself.
func defaultRoute(m *syscall.NetlinkMessage) (index int, ok bool) {
	if m.Header.Type != unix.RTM_NEWROUTE || len(m.Data) < unix.SizeofRtMsg {
		return 0, false
	}
	const prefixLength, routeType = 1, 7
	if m.Data[prefixLength] != 0 || m.Data[routeType] != unix.RTN_UNICAST {
		return 0, false
	}
	attributes, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return 0, false
	}
	for _, a := range attributes {
		if a.Attr.Type == unix.RTA_OIF && len(a.Value) >= 4 {
			return int(binary.NativeEndian.Uint32(a.Value)), true
		}
	}
	return 0, false
}
