package packet

import (
	"fmt"
	"testing"

	"golang.org/x/net/bpf"

	"klaxon/internal/decode"
)

// machine runs a program as the kernel would.
func machine(t testing.TB, raw []bpf.RawInstruction) func(frame []byte) int {
	t.Helper()
	program, known := bpf.Disassemble(raw)
	if !known {
		t.Fatal("the program has unknown instructions")
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		t.Fatal(err)
	}
	return func(frame []byte) int {
		n, err := vm.Run(frame)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func ours(t testing.TB, link decode.Link, mirrors bool) func([]byte) int {
	t.Helper()
	raw, err := filter(link, mirrors)
	if err != nil {
		t.Fatal(err)
	}
	return machine(t, raw)
}

type verdict struct {
	name  string
	proto int
	body  []byte
	want  int
}

// verdicts are of what IP carries; for either version, tagged or not.
var verdicts = []verdict{
	{"SYN", protoTCP, tcp{flags: syn, seq: 9, window: 64240, options: 20}.bytes(), snapHeaders},
	{"SYN+ACK", protoTCP, tcp{flags: syn | ack, seq: 9, window: 64240}.bytes(), snapHeaders},
	{"SYN with data", protoTCP, tcp{flags: syn, seq: 9, window: 64240, data: 1200}.bytes(), snapHeaders},
	{"FIN", protoTCP, tcp{flags: fin, seq: 9}.bytes(), snapHeaders},
	{"FIN+ACK", protoTCP, tcp{flags: fin | ack, seq: 9, window: 64240}.bytes(), snapHeaders},
	{"RST", protoTCP, tcp{flags: rst, seq: 9}.bytes(), snapHeaders},
	{"RST+ACK", protoTCP, tcp{flags: rst | ack, seq: 9}.bytes(), snapHeaders},
	{"NULL", protoTCP, tcp{seq: 9, window: 1024}.bytes(), snapHeaders},
	{"PSH alone", protoTCP, tcp{flags: psh, seq: 9, window: 1024}.bytes(), snapHeaders},
	{"ECE and CWR alone", protoTCP, tcp{flags: ece | cwr, seq: 9, window: 1024}.bytes(), snapHeaders},
	{"Xmas", protoTCP, tcp{flags: fin | psh | urg, seq: 9, window: 1024}.bytes(), snapHeaders},
	{"URG with ACK", protoTCP, tcp{flags: urg | ack, seq: 9, window: 64240, data: 9}.bytes(), snapHeaders},
	{"ACK of nmap -sA", protoTCP, tcp{flags: ack, window: 1024}.bytes(), snapHeaders},
	{"ACK with sequence 0, data and options", protoTCP, tcp{flags: ack, window: 64240, options: 12, data: 5}.bytes(), snapHeaders},
	{"bare ACK, small window", protoTCP, tcp{flags: ack, seq: 9, window: 1024}.bytes(), snapHeaders},
	{"bare ACK, largest small window", protoTCP, tcp{flags: ack, seq: 9, window: 4096}.bytes(), snapHeaders},
	{"bare ACK, larger window", protoTCP, tcp{flags: ack, seq: 9, window: 4097}.bytes(), 0},
	{"bare PSH+ACK, small window", protoTCP, tcp{flags: psh | ack, seq: 9, window: 512}.bytes(), snapHeaders},
	{"ACK with options, small window", protoTCP, tcp{flags: ack, seq: 9, window: 501, options: 12}.bytes(), 0},
	{"data, small window", protoTCP, tcp{flags: psh | ack, seq: 9, window: 229, data: 1}.bytes(), 0},
	{"data", protoTCP, tcp{flags: psh | ack, seq: 9, window: 64240, data: 1400}.bytes(), 0},
	{"data with ECN", protoTCP, tcp{flags: ack | ece | cwr, seq: 9, window: 64240, data: 1400}.bytes(), 0},
	{"data with time stamps", protoTCP, tcp{flags: ack, seq: 9, window: 64240, options: 12, data: 1400}.bytes(), 0},
	{"UDP", protoUDP, udp(53, 30), snapUDP},
	{"empty UDP", protoUDP, udp(161, 0), snapUDP},
	{"ICMP", 1, []byte{8, 0, 0, 0, 0, 1, 0, 1}, snapHeaders},
	{"ICMPv6", 58, []byte{128, 0, 0, 0, 0, 1, 0, 1}, snapHeaders},
	{"ICMP error", 1, icmpError(v4{proto: protoUDP}.with(udp(53, 0))), snapHeaders},
	{"SCTP INIT", protoSCTP, sctpChunk(1, 16), snapHeaders},
	{"SCTP INIT ACK", protoSCTP, sctpChunk(2, 16), snapHeaders},
	{"SCTP ABORT", protoSCTP, sctpChunk(6, 0), snapHeaders},
	{"SCTP SHUTDOWN", protoSCTP, sctpChunk(7, 4), snapHeaders},
	{"SCTP COOKIE ECHO", protoSCTP, sctpChunk(10, 80), snapHeaders},
	{"SCTP COOKIE ACK", protoSCTP, sctpChunk(11, 0), snapHeaders},
	{"SCTP DATA", protoSCTP, sctpChunk(0, 800), 0},
	{"SCTP SACK", protoSCTP, sctpChunk(3, 12), 0},
	{"SCTP HEARTBEAT", protoSCTP, sctpChunk(4, 12), 0},
	{"OSPF", 89, make([]byte, 44), snapHeaders},
	{"a protocol nobody has", 200, nil, snapHeaders},
	{"a tunnel's packet", protoGRE, make([]byte, 100), 0},
	{"IP in IP", protoIPv4, v4{proto: protoTCP}.with(tcp{flags: syn}.bytes()), 0},
	{"ESP", protoESP, make([]byte, 80), 0},
	{"an empty probe of ESP", protoESP, nil, snapHeaders},
	{"a probe of IPv6 in IP, 16 bytes", protoIPv6, make([]byte, 16), snapHeaders},
	{"17 bytes of it", protoIPv6, make([]byte, 17), 0},
}

// TestVerdicts: the same judgement wherever the IP packet stands.
func TestVerdicts(t *testing.T) {
	ethernet, raw := ours(t, decode.LinkEthernet, false), ours(t, decode.LinkRaw, false)
	check := func(v verdict, where string, got int) {
		t.Helper()
		if got != v.want {
			t.Errorf("%s %s: %d bytes pass, want %d", v.name, where, got, v.want)
		}
	}
	for _, v := range verdicts {
		for family, ip := range map[int][]byte{
			etherIPv4: v4{proto: v.proto}.with(v.body),
			etherIPv6: v6{proto: v.proto}.with(v.body),
		} {
			where := fmt.Sprintf("over %#x", family)
			padding := make([]byte, 6) // Ethernet's, which is no data
			check(v, where, ethernet(append(eth(ip, family), padding...)))
			check(v, where+", one tag", ethernet(append(eth(ip, etherVLAN, family), padding...)))
			check(v, where+", two tags", ethernet(append(eth(ip, etherQinQ, etherVLAN, family), padding...)))
			check(v, where+", two old tags", ethernet(append(eth(ip, etherQinQ9, etherQinQ9, family), padding...)))
			check(v, where+", bare", raw(ip))
			if got := ethernet(eth(ip, etherVLAN, etherVLAN, etherVLAN, family)); got != snapExtended {
				t.Errorf("%s %s, three tags: %d bytes pass, want %d", v.name, where, got, snapExtended)
			}
		}
		check(v, "behind IPv4 options", ethernet(eth(v4{proto: v.proto, options: 40}.with(v.body), etherIPv4)))
		v.want = min(v.want*snapExtended, snapExtended)
		for _, chain := range [][]int{{extHopByHop}, {extRouting, extDestination}, {extHopByHop, extRouting, extDestination}, {extHopByHop, protoAH}} {
			if v.proto == protoAH {
				continue
			}
			for _, longer := range []int{0, 1, 5} {
				check(v, fmt.Sprint("behind extension headers ", chain, " longer by ", longer),
					ethernet(eth(v6{proto: v.proto, chain: chain, longer: longer}.with(v.body), etherIPv6)))
			}
		}
		if got := ethernet(eth(v6{proto: v.proto, chain: []int{60, 60, 60, 60}}.with(v.body), etherIPv6)); got != snapExtended {
			t.Errorf("%s behind four extension headers: %d bytes pass, want %d: it should be on the safe side", v.name, got, snapExtended)
		}
	}
}

func TestFrames(t *testing.T) {
	ethernet := ours(t, decode.LinkEthernet, false)
	data := tcp{flags: psh | ack, seq: 9, window: 64240, data: 1200}.bytes()
	for name, c := range map[string]struct {
		frame []byte
		want  int
	}{
		"ARP":                  {eth(arpRequest(), etherARP), snapHeaders},
		"ARP, two tags":        {eth(arpRequest(), etherQinQ, etherVLAN, etherARP), snapHeaders},
		"LLDP":                 {eth(make([]byte, 60), 0x88cc), 0},
		"LLDP, tagged":         {eth(make([]byte, 60), etherVLAN, 0x88cc), 0},
		"spanning tree":        {eth(make([]byte, 60), 38), 0},
		"an empty frame":       {nil, 0},
		"half an Ethernet one": {make([]byte, 13), 0},

		"first fragment of data": {eth(v4{proto: protoTCP, fragment: 0x2000}.with(data), etherIPv4), snapHeaders},
		"first tiny fragment":    {eth(v4{proto: protoTCP, fragment: 0x2000}.with(data[:8]), etherIPv4), snapHeaders},
		"second tiny fragment":   {eth(v4{proto: protoTCP, fragment: 0x2001}.with(data[8:16]), etherIPv4), snapHeaders},
		"last, at offset 8":      {eth(v4{proto: protoTCP, fragment: 1}.with(data[8:]), etherIPv4), snapHeaders},
		"third tiny fragment":    {eth(v4{proto: protoTCP, fragment: 0x2002}.with(data[16:24]), etherIPv4), 0},
		"later fragment of UDP":  {eth(v4{proto: protoUDP, fragment: 1}.with(data), etherIPv4), 0},
		"far fragment":           {eth(v4{proto: protoTCP, fragment: 0x1fff}.with(data[:8]), etherIPv4), 0},
		"do not fragment":        {eth(v4{proto: protoTCP, fragment: 0x4000}.with(data), etherIPv4), 0},

		"IPv6, first fragment": {eth(v6{proto: protoTCP, chain: []int{extFragment}, fragment: 1}.with(data[:8]), etherIPv6), snapExtended},
		"IPv6, no more":        {eth(v6{proto: protoTCP, chain: []int{extFragment}}.with(data), etherIPv6), snapExtended},
		"IPv6, at offset 8":    {eth(v6{proto: protoTCP, chain: []int{extFragment}, fragment: 8 | 1}.with(data[8:16]), etherIPv6), snapExtended},
		"IPv6, at offset 16":   {eth(v6{proto: protoTCP, chain: []int{extFragment}, fragment: 16}.with(data[16:]), etherIPv6), 0},
		"IPv6, UDP later":      {eth(v6{proto: protoUDP, chain: []int{extFragment}, fragment: 8}.with(data), etherIPv6), 0},
		"IPv6, behind options": {eth(v6{proto: protoTCP, chain: []int{extHopByHop, extDestination, extFragment}, fragment: 8}.with(data), etherIPv6), snapExtended},
		"IPv6, behind three":   {eth(v6{proto: protoTCP, chain: []int{0, 60, 43, extFragment}, fragment: 16}.with(data), etherIPv6), 0},
	} {
		if got := ethernet(c.frame); got != c.want {
			t.Errorf("%s: %d bytes pass, want %d", name, got, c.want)
		}
	}
}

// TestMirrors: what a mirror carries passes with enough of it for the inner
// headers, but only when it was asked for.
func TestMirrors(t *testing.T) {
	inner := eth(v4{proto: protoTCP}.with(tcp{flags: psh | ack, seq: 9, window: 64240, data: 1200}.bytes()), etherIPv4)
	vxlan := udp(portVXLAN, 8+len(inner))
	copy(vxlan[8:], join([]byte{8, 0, 0, 0, 0, 0, 9, 0}, inner))
	gre := join(u16(0), u16(0x6558), inner)
	for name, ip := range map[string][]byte{"vxlan": v4{proto: protoUDP}.with(vxlan), "gre": v4{proto: protoGRE}.with(gre)} {
		frame := eth(ip, etherIPv4)
		if got := ours(t, decode.LinkEthernet, true)(frame); got != snapMirror {
			t.Errorf("%s: %d bytes pass, want %d", name, got, snapMirror)
		}
		if got := ours(t, decode.LinkEthernet, false)(frame); got > snapUDP {
			t.Errorf("%s: %d bytes pass though mirrors were not asked for", name, got)
		}
		var cut, whole decode.Packet
		d := decode.Decoder{Mirrors: true}
		d.Decode(decode.LinkEthernet, frame, len(frame), &whole)
		d.Decode(decode.LinkEthernet, frame[:snapMirror], len(frame), &cut)
		cut.Truncated = false
		if whole.Kind != decode.KindTCP || cut != whole {
			t.Errorf("%s: of the cut packet %+v is read, of the whole %+v", name, cut, whole)
		}
	}
	for _, frame := range [][]byte{
		eth(v4{proto: protoUDP}.with(udp(53, 0)), etherIPv4),
		eth(v4{proto: protoTCP}.with(tcp{flags: ack, seq: 9, window: 9999}.bytes()), etherIPv4),
	} {
		if got, want := ours(t, decode.LinkEthernet, true)(frame), ours(t, decode.LinkEthernet, false)(frame); got != want {
			t.Errorf("with mirrors %d bytes pass of a packet that is none, want %d", got, want)
		}
	}
}

func TestFilterOfUnknownLink(t *testing.T) {
	if _, err := filter(decode.LinkSLL, false); err == nil {
		t.Error("a filter was made for a link that it does not know")
	}
}

// TestProgramErrors: a jump that cannot be made is told, not made wrong.
func TestProgramErrors(t *testing.T) {
	nowhere, back, far := newProgram(), newProgram(), newProgram()
	nowhere.to("x")
	back.label("x")
	back.to("x")
	far.when(bpf.JumpEqual, 0, "x")
	for range 256 {
		far.do(bpf.TAX{})
	}
	far.label("x")
	for name, p := range map[string]*program{"nowhere": nowhere, "back": back, "far": far} {
		p.do(bpf.RetConstant{})
		if _, err := p.assemble(); err == nil {
			t.Errorf("a jump %s was made", name)
		}
	}
}
