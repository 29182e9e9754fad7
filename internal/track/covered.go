package track

import (
	"klaxon"
	"klaxon/internal/decode"
)

// covered remembers, for as long as a handshake takes, the raw SYNs that a flood
// covers. They are evidence against nobody, for anybody may have forged them, but
// a scanner with a stack of his own may hide among them until one of his handshakes
// proves his address. Newer ones take the places of older ones.
type covered struct {
	all  []hidden
	used bool // since the beginning: most see no flood
	bold bool // a source proved itself by a raw packet of its own
}

// hidden is one such SYN. It holds no addresses: whoever proves himself has them.
type hidden struct {
	tag       uint32 // of the contact that it would have begun; 0 for none
	src       uint32 // part of the hash of its source
	isn, peer uint32
	port      uint16 // of the target
	from      uint16
	became    Outcome // Pending, Open, Refused
}

func newCovered() covered { return covered{all: make([]hidden, coveredMax)} }

func (x *covered) at(hash uint64) *hidden { return &x.all[hash%coveredMax] }

// hides notes a raw SYN that a flood covers.
func (t *Tracker) hides(f *flow) {
	t.covers.used = true
	*t.covers.at(f.fwd) = hidden{
		tag: tagOf(f.fwd), src: uint32(t.hash.host(&f.p.Src, t.scope)), isn: f.p.Seq,
		port: f.p.DstPort, from: f.p.SrcPort, became: Pending,
	}
}

// uncovers looks at a segment under a flood that belongs to no contact: it may be
// the answer to a covered SYN, or prove who sent one.
func (t *Tracker) uncovers(f *flow) {
	if !t.covers.used {
		return
	}
	p := f.p
	if e := t.covers.at(f.rev); e.tag == tagOf(f.rev) && e.from == p.DstPort && p.Ack == e.isn+1 {
		switch {
		case p.Flags&decode.RST != 0:
			e.became = Refused
		case p.Flags&decode.SYN != 0:
			e.became, e.peer = Open, p.Seq
		}
		return
	}
	e := t.covers.at(f.fwd)
	if e.tag != tagOf(f.fwd) || e.from != p.SrcPort || e.became != Open || p.Flags&(decode.ACK|decode.SYN) != decode.ACK ||
		p.Ack-e.peer-1 >= proofWindow || p.Seq-e.isn-1 >= proofWindow {
		return
	}
	level, o := klaxon.ProofHandshake, Empty
	if p.Seq != e.isn+1 {
		level, o = klaxon.ProofData, Success
	}
	e.became = o
	t.expose(f, level)
}

// expose makes contacts of what was covered of a source that proved itself, as far
// as it was for the same host.
func (t *Tracker) expose(f *flow, level klaxon.Proof) {
	src := uint32(t.hash.host(&f.p.Src, t.scope))
	for i := range t.covers.all {
		e := &t.covers.all[i]
		if e.tag == 0 || e.src != src {
			continue
		}
		hash := t.hash.mix(f.out, protoTCP<<32|uint64(e.port))
		if tagOf(hash) != e.tag || t.contacts.find(hash) != nil {
			continue
		}
		var b start
		f.start(&b, e.port, Row{Method: MethodSyn})
		b.hash, b.raw, b.trap = hash, true, t.trapped(klaxon.TCP, &f.p.Dst, f.p.V6, e.port)
		c, _ := t.begin(&b)
		c.isn, c.port, c.peer = e.isn, e.from, e.peer
		if e.became != Pending {
			c.bits |= bitAnswered
			t.settle(c, e.became)
		}
		if e.became == Empty || e.became == Success {
			t.prove(c, level)
		}
		*e = hidden{}
	}
}

// isBold tells whether a packet's source proved its address by a raw packet of its
// own: no flood covers what it sends.
func (t *Tracker) isBold(f *flow) bool {
	if !t.covers.bold {
		return false
	}
	var b start
	f.start(&b, 0, Row{})
	hash, _ := t.sourceKey(&b)
	s, _ := t.sources.find(hash)
	return s != nil && s.bold
}
