package synth

import "time"

// Stack is how an operating system makes its packets.
type Stack struct {
	TTL      uint8
	Window   uint16 // of a SYN
	Later    uint16 // of the segments behind it, scaled
	SYN      func(mss uint16, now uint32) []byte
	Stamps   bool // segments behind the SYN carry timestamps
	DF       bool
	ID       idStyle
	Ports    [2]int // ephemeral
	InOrder  bool   // they are taken one after the other
	Resend   []time.Duration
	Insists  int  // how often it tries again after a refusal
	ECN      bool // it offers explicit congestion notification (RFC 3168)
	AllReset bool // open ports answer illegal flags with a reset, as closed ones do
}

type idStyle uint8

const (
	idRandom idStyle = iota
	idCount
	idZero
)

var doubling = []time.Duration{time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second}

// The stacks. Small is that of printers and sensors (lwIP and its kin), which
// offer a segment size and nothing else.
var (
	Linux = &Stack{
		TTL: 64, Window: 64240, Later: 502, Stamps: true, DF: true, ID: idRandom, Ports: [2]int{32768, 60999}, Resend: doubling,
		SYN: func(size uint16, now uint32) []byte { return options(mss(size), sackOK, stamp(now, 0), nop, wscale(7)) },
	}
	Windows = &Stack{
		TTL: 128, Window: 64240, Later: 1026, DF: true, ID: idCount, Ports: [2]int{49152, 65535}, InOrder: true, Resend: doubling[:2], Insists: 2, AllReset: true,
		SYN: func(size uint16, _ uint32) []byte {
			return options(mss(size), nop, wscale(8), nop, nop, sackOK)
		},
	}
	BSD = &Stack{
		TTL: 64, Window: 65535, Later: 1027, Stamps: true, DF: true, ID: idZero, Ports: [2]int{10000, 65535}, Resend: doubling[:3],
		SYN: func(size uint16, now uint32) []byte { return options(mss(size), nop, wscale(6), sackOK, stamp(now, 0)) },
	}
	Mac = &Stack{
		TTL: 64, Window: 65535, Later: 2058, Stamps: true, ECN: true, DF: true, ID: idZero, Ports: [2]int{49152, 65535}, Resend: doubling,
		SYN: func(size uint16, now uint32) []byte {
			return options(mss(size), nop, wscale(6), nop, nop, stamp(now, 0), sackOK)
		},
	}
	Small = &Stack{
		TTL: 255, Window: 5840, Later: 5840, ID: idCount, Ports: [2]int{49153, 65535}, InOrder: true, Resend: doubling[:3],
		SYN: func(size uint16, _ uint32) []byte { return options(mss(size)) },
	}
)
