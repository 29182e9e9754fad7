package packet

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Gateways returns the routers that default routes lead to: they look for hosts
// on behalf of whoever sends through them. It is Linux that tells; elsewhere
// there are none.
func Gateways() []netip.Addr {
	list := append(gateways4(lines("/proc/net/route")), gateways6(lines("/proc/net/ipv6_route"))...)
	slices.SortFunc(list, netip.Addr.Compare)
	return slices.Compact(list)
}

func lines(path string) (list []string) {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	for scanner := bufio.NewScanner(f); scanner.Scan(); {
		list = append(list, scanner.Text())
	}
	return list
}

// gateways4 reads the table of proc_net(5): Iface, Destination, Gateway, Flags,
// RefCnt, Use, Metric, Mask …, addresses as the machine's own 32 bits in hex.
func gateways4(table []string) (list []netip.Addr) {
	for _, line := range table {
		f := strings.Fields(line)
		if len(f) < 8 || f[1] != "00000000" || f[7] != "00000000" {
			continue
		}
		v, err := strconv.ParseUint(f[2], 16, 32)
		if err != nil || v == 0 {
			continue
		}
		list = append(list, netip.AddrFrom4([4]byte(binary.NativeEndian.AppendUint32(nil, uint32(v)))))
	}
	return list
}

// gateways6 reads lines of: destination, its length, source, its length, next
// hop, metric …, all in hex.
func gateways6(table []string) (list []netip.Addr) {
	for _, line := range table {
		f := strings.Fields(line)
		if len(f) < 5 || f[1] != "00" {
			continue
		}
		b, err := hex.DecodeString(f[4])
		if err != nil || len(b) != 16 {
			continue
		}
		if a := netip.AddrFrom16([16]byte(b)); !a.IsUnspecified() {
			list = append(list, a)
		}
	}
	return list
}
