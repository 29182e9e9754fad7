package flood

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"

	"klaxon/internal/decode"
)

// begin is when every story begins, in ns since 1970.
const begin = 1_700_000_000e9

// gateway and inside are the hardware addresses on the one link: all strangers
// come by the same router.
var (
	gateway = [6]byte{2, 0, 0, 0, 0, 1}
	inside  = [6]byte{2, 0, 0, 0, 0, 2}
)

// manner is how a sender's packets look.
type manner uint8

const (
	kernel  manner = iota // as Linux opens a connection
	rawNmap               // no options but one, a small window: of no operating system
)

// sender is somebody who sends SYNs, forged or not.
type sender struct {
	addr   [16]byte
	manner manner
	seq    uint32 // nmap's, which is the same through a scan
	port   uint16 // likewise
}

func v4(a, b, c, d byte) (x [16]byte) { return [16]byte{a, b, c, d} }

// nth is the n-th forged address: each number has another one, between 11.0.0.0
// and 74.255.255.255, and each seed another order.
func nth(n, seed uint32) (x [16]byte) {
	v := (n+seed<<24)*0x9e3779b1&0x3fffffff + 0x0b000000
	binary.BigEndian.PutUint32(x[:4], v)
	return x
}

func addrOf(a *[16]byte) netip.Addr { return netip.AddrFrom4([4]byte(a[:4])) }

// syn fills in a SYN of a sender.
func (s *sender) syn(p *decode.Packet, r *rand.Rand, to [16]byte, port uint16) {
	random := r.Uint64()
	*p = decode.Packet{
		Kind: decode.KindTCP, Proto: 6, SrcMAC: gateway, DstMAC: inside, Src: s.addr, Dst: to,
		TTL: 50, ID: uint32(random >> 48), SrcPort: 32768 + uint16(random>>32)%28000, DstPort: port,
		Seq: uint32(random), Flags: decode.SYN,
	}
	if s.manner == kernel {
		p.DF, p.Window = true, 64240
		p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: uint32(random>>20) | 1, HasWS: true, WS: 7}
		return
	}
	p.Window, p.Options = 1024, decode.Options{Len: 4, HasMSS: true, MSS: 1460}
	if s.port != 0 {
		p.Seq, p.SrcPort = s.seq, s.port
	}
}

// answer turns a SYN into what the host it went to says to it.
func answer(p *decode.Packet, flags decode.Flags, seq uint32) {
	ack := p.Seq + 1
	*p = decode.Packet{
		Kind: decode.KindTCP, Proto: 6, SrcMAC: inside, DstMAC: gateway, Src: p.Dst, Dst: p.Src,
		TTL: 64, DF: true, SrcPort: p.DstPort, DstPort: p.SrcPort, Ack: ack, Flags: flags | decode.ACK,
	}
	if flags == decode.SYN {
		p.Seq, p.Window = seq, 65160
		p.Options = decode.Options{Len: 20, HasMSS: true, MSS: 1460, SACKOK: true, HasTS: true, TSVal: 7, HasWS: true, WS: 7}
	}
}
