package firewall

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/bits"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/sys/unix"
)

// field names a part of a header.
func (s *scribe) field(e *expression) string {
	offset, n := e.number(unix.NFTA_PAYLOAD_OFFSET), e.number(unix.NFTA_PAYLOAD_LEN)
	name := ""
	switch e.number(unix.NFTA_PAYLOAD_BASE) {
	case unix.NFT_PAYLOAD_TRANSPORT_HEADER:
		name = s.segmentField(offset, n)
	case unix.NFT_PAYLOAD_NETWORK_HEADER:
		name = s.networkField(offset, n)
	case unix.NFT_PAYLOAD_LL_HEADER:
		if offset == 6 && n == 6 {
			name = "ether saddr"
		}
	}
	if name == "" {
		name = fmt.Sprintf("@%s,%d,%d", map[uint64]string{0: "ll", 1: "nh", 2: "th"}[e.number(unix.NFTA_PAYLOAD_BASE)], offset*8, n*8)
	}
	return name
}

func (s *scribe) segmentField(offset, n uint64) string {
	proto := map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp"}[s.proto]
	if proto == "" {
		proto = "th"
	}
	switch {
	case offset == 0 && n == 2:
		return proto + " sport"
	case offset == 2 && n == 2:
		return proto + " dport"
	case offset == 13 && n == 1 && proto == "tcp":
		return "tcp flags"
	}
	return ""
}

// networkField names addresses, also when a prefix of whole bytes is all that is
// loaded of one.
func (s *scribe) networkField(offset, n uint64) string {
	source, destination, size, proto, name := uint64(12), uint64(16), uint64(4), uint64(9), "ip"
	if s.v6 {
		source, destination, size, proto, name = 8, 24, 16, 6, "ip6"
	}
	switch {
	case offset == source && n <= size:
		return name + " saddr"
	case offset == destination && n <= size:
		return name + " daddr"
	case offset == proto && n == 1:
		return map[string]string{"ip": "ip protocol", "ip6": "ip6 nexthdr"}[name]
	}
	return ""
}

// metaNames and ctNames are what nft calls what it loads.
var (
	metaNames = map[uint64]string{
		unix.NFT_META_L4PROTO: "meta l4proto", unix.NFT_META_NFPROTO: "meta nfproto", unix.NFT_META_PROTOCOL: "meta protocol",
		unix.NFT_META_IIFNAME: "iifname", unix.NFT_META_IIF: "iif", unix.NFT_META_IIFTYPE: "iiftype", unix.NFT_META_IIFGROUP: "iifgroup",
		unix.NFT_META_MARK: "meta mark", unix.NFT_META_PKTTYPE: "meta pkttype", unix.NFT_META_LEN: "meta length", unix.NFT_META_SKUID: "meta skuid",
	}
	ctNames = map[uint64]string{unix.NFT_CT_STATE: "ct state", unix.NFT_CT_DIRECTION: "ct direction", unix.NFT_CT_STATUS: "ct status", unix.NFT_CT_MARK: "ct mark"}
)

func (s *scribe) meta(e *expression) {
	s.load(e, "meta", metaNames, unix.NFTA_META_KEY, unix.NFTA_META_DREG)
}

func (s *scribe) ct(e *expression) {
	s.load(e, "ct", ctNames, unix.NFTA_CT_KEY, unix.NFTA_CT_DREG)
}

// load says what is loaded into a register, or set when there is none.
func (s *scribe) load(e *expression, kind string, names map[uint64]string, key, register uint16) {
	name, ok := names[e.number(key)]
	if !ok {
		name = fmt.Sprintf("[%s %d]", kind, e.number(key))
	}
	if e.has(register) {
		s.hold(e.number(register), name)
	} else {
		s.say("%s set", name)
	}
}

func fibName(e *expression) string {
	var parts []string
	for _, f := range []struct {
		flag uint64
		name string
	}{{unix.NFTA_FIB_F_SADDR, "saddr"}, {unix.NFTA_FIB_F_DADDR, "daddr"}, {unix.NFTA_FIB_F_MARK, "mark"}, {unix.NFTA_FIB_F_IIF, "iif"}} {
		if e.number(unix.NFTA_FIB_FLAGS)&f.flag != 0 {
			parts = append(parts, f.name)
		}
	}
	result := map[uint64]string{1: "oif", 2: "oifname", 3: "type"}[e.number(unix.NFTA_FIB_RESULT)]
	return "fib " + strings.Join(parts, " . ") + " " + result
}

// words lists the first elements of a set.
func (s *set) words(names []string) string {
	var parts []string
	for i := range s.elements {
		if i == shownMax {
			parts = append(parts, fmt.Sprintf("... (%d)", len(s.elements)))
			break
		}
		parts = append(parts, s.elements[i].words(names))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}

func (x *element) words(names []string) string {
	text := "*"
	if !x.all {
		from, to := fields(names, x.from), fields(names, x.to)
		for i := range from {
			if to[i] != from[i] {
				from[i] += "-" + to[i]
			}
		}
		text = strings.Join(from, " . ")
	}
	if x.verdict != nil {
		text += " : " + x.verdict.words()
	}
	return text
}

// fields are the values of a concatenation.
func fields(names []string, v []byte) (out []string) {
	if len(names) == 1 {
		return []string{valueWords(names[0], v, nil)}
	}
	for _, name := range names {
		n := min(sizeOf(name), len(v))
		out = append(out, valueWords(name, v[:n], nil))
		v = v[min((n+3)&^3, len(v)):]
	}
	return out
}

func sizeOf(name string) int {
	switch {
	case strings.HasPrefix(name, "ip6 ") && strings.HasSuffix(name, "addr"), name == "iifname":
		return 16
	case strings.HasSuffix(name, "port"):
		return 2
	case name == "meta l4proto", name == "ip protocol", name == "meta nfproto":
		return 1
	case name == "ether saddr":
		return 6
	}
	return 4
}

// valueWords shows a value of what has a name.
func valueWords(name string, v, mask []byte) string {
	switch {
	case strings.HasSuffix(name, "port") && len(v) == 2:
		return fmt.Sprint(int(v[0])<<8 | int(v[1]))
	case strings.HasPrefix(name, "ip") && strings.HasSuffix(name, "addr"):
		return addressWords(strings.HasPrefix(name, "ip6"), v, mask)
	case name == "iifname":
		return interfaceWords(v)
	case name == "iif" && len(v) == 4:
		return fmt.Sprint(nativeNumber(v))
	case name == "ct state" && len(v) == 4:
		return stateWords(v)
	case name == "meta l4proto" || name == "ip protocol" || name == "ip6 nexthdr":
		return protocolWords(v)
	case (name == "meta mark" || name == "ct mark") && len(v) == 4 && mask == nil:
		return fmt.Sprintf("0x%x", nativeNumber(v))
	case name == "iiftype" && len(v) == 2:
		return fmt.Sprint(nativeNumber(v))
	case name == "ether saddr" && mask == nil:
		return net.HardwareAddr(v).String()
	case name == "meta nfproto" && len(v) == 1:
		return map[byte]string{unix.NFPROTO_IPV4: "ipv4", unix.NFPROTO_IPV6: "ipv6"}[v[0]]
	case strings.HasPrefix(name, "fib") && strings.HasSuffix(name, "type") && len(v) == 4:
		return map[uint32]string{unix.RTN_UNICAST: "unicast", unix.RTN_LOCAL: "local", unix.RTN_BROADCAST: "broadcast", unix.RTN_MULTICAST: "multicast"}[nativeNumber(v)]
	}
	text := "0x" + hex.EncodeToString(v)
	if mask != nil {
		text = "& 0x" + hex.EncodeToString(mask) + " = " + text
	}
	return text
}

func addressWords(v6 bool, v, mask []byte) string {
	size := 4
	if v6 {
		size = 16
	}
	length := 8 * len(v)
	if mask != nil {
		length = 0
		for _, b := range mask {
			length += bits.OnesCount8(b)
		}
	}
	a, ok := netip.AddrFromSlice(append(bytes.Clone(v), make([]byte, max(size-len(v), 0))...))
	switch {
	case !ok:
		return "0x" + hex.EncodeToString(v)
	case length == 8*size:
		return a.String()
	}
	return fmt.Sprintf("%v/%d", a, length)
}

func interfaceWords(v []byte) string {
	name, _, ended := bytes.Cut(v, []byte{0})
	if !ended {
		return fmt.Sprintf("%q", string(name)+"*")
	}
	return fmt.Sprintf("%q", name)
}

func stateWords(v []byte) string {
	var parts []string
	for _, st := range []struct {
		bit  uint32
		name string
	}{{stateInvalid, "invalid"}, {2, "established"}, {4, "related"}, {stateNew, "new"}, {stateUntracked, "untracked"}} {
		if nativeNumber(v)&st.bit != 0 {
			parts = append(parts, st.name)
		}
	}
	return strings.Join(parts, ",")
}

func protocolWords(v []byte) string {
	if len(v) != 1 {
		return "0x" + hex.EncodeToString(v)
	}
	if name := map[byte]string{unix.IPPROTO_TCP: "tcp", unix.IPPROTO_UDP: "udp", unix.IPPROTO_ICMP: "icmp", unix.IPPROTO_ICMPV6: "ipv6-icmp"}[v[0]]; name != "" {
		return name
	}
	return fmt.Sprint(v[0])
}
