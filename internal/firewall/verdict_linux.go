package firewall

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// code is what a verdict does with a packet.
type code uint8

const (
	goOn    code = iota // with the next rule
	accept              // done with this base chain
	drop                // and nobody is told
	reject              // and the sender is told
	moved               // to another port or host
	unclear             // to where we do not know
	jump                // to a chain, and back
	hop                 // to a chain, and not back: goto
	leave               // the chain: return
)

func (c code) blocks() bool { return c == drop || c == reject || c == moved }

// verdict is what a rule may come to.
type verdict struct {
	code  code
	chain string // of jump and hop
	note  string // of moved and unclear: what is done
}

// The kernel's verdicts that end a rule, of linux/netfilter.h.
const (
	nfDrop   = 0
	nfAccept = 1
	nfQueue  = 3
)

const (
	verdictCode  = 1
	verdictChain = 2
)

// verdictOf reads one as the kernel gives it.
func verdictOf(b []byte) verdict {
	a := attributesOf(b)
	raw := a.get(verdictCode)
	if len(raw) != 4 {
		return verdict{code: unclear, note: "a verdict that cannot be read"}
	}
	v := verdict{chain: a.text(verdictChain)}
	switch n := int32(binary.BigEndian.Uint32(raw)); n {
	case unix.NFT_CONTINUE, unix.NFT_BREAK:
		v.code = goOn
	case unix.NFT_JUMP:
		v.code = jump
	case unix.NFT_GOTO:
		v.code = hop
	case unix.NFT_RETURN:
		v.code = leave
	case nfAccept:
		v.code = accept
	case nfDrop:
		v.code = drop
	default:
		v.code, v.note = unclear, "a verdict that is not known"
		if n&0xff == nfQueue {
			v.note = "a queue, for a program to decide"
		}
	}
	return v
}
