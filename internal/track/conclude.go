package track

import (
	"klaxon"
	"klaxon/internal/decode"
)

// aborted judges a reset by the client: before its handshake was finished it is
// half-open; after it, the sequence number tells whether anything was said.
func (t *Tracker) aborted(c *contact, p *decode.Packet) {
	concluded := c.outcome != Open && c.outcome != Success
	if concluded && c.bits&bitReturned == 0 {
		return
	}
	o := Success
	switch {
	case c.bits&bitProven == 0 && (p.Flags&decode.ACK == 0 || p.Ack == 0):
		o = HalfOpen
	case p.Seq == c.isn+1:
		o = Empty
		t.proveBy(c, p, klaxon.ProofHandshake)
		t.left(c, false)
	default:
		t.proveBy(c, p, klaxon.ProofData)
	}
	if !concluded {
		t.settle(c, o)
	}
}

// proveBy proves a client's address by a segment of its own, if that acknowledges
// what the server may have said so far: somebody who cannot see the server's
// numbers guesses one of them in 65,536 attempts, and has two for each contact.
func (t *Tracker) proveBy(c *contact, p *decode.Packet, level klaxon.Proof) {
	if c.bits&bitAnswered == 0 || p.Flags&decode.ACK == 0 || c.bits&bitSpent != 0 {
		return
	}
	switch {
	case p.Ack-c.peer-1 < proofWindow:
		if c.isn%livesEvery == 0 {
			t.carries(p.SrcMAC, &p.Src, p.V6)
		}
		t.prove(c, level)
	case c.bits&bitGuessed != 0:
		c.bits |= bitSpent
	default:
		c.bits |= bitGuessed
	}
}

// clientDone judges a connection by what its client said.
func (t *Tracker) clientDone(c *contact, p *decode.Packet) {
	sent := p.Seq + uint32(p.DataLen) - c.isn - 1
	if c.bits&bitAnswered == 0 {
		if sent > 0 && sent < 1<<31 && c.outcome != Refused {
			t.claimed(c, &p.Dst)
		}
		return
	}
	t.proveBy(c, p, klaxon.ProofHandshake)
	if heard := p.Ack - c.peer - 1; sent == 0 && (heard <= emptyBanner || heard >= 1<<31) {
		t.left(c, heard > 1 && heard <= emptyBanner) // its end is one, too
		if c.bits&bitData == 0 {
			t.settle(c, Empty)
		}
		return
	}
	t.proveBy(c, p, klaxon.ProofData)
	t.settle(c, Success)
	t.forgive(c, p)
}

// serverDone judges it by what the server said: more than a greeting means that
// the client had a use for it. A server closes none but an established
// connection, so that the client's address is proven, by data when it got some.
func (t *Tracker) serverDone(c *contact, p *decode.Packet) {
	if c.bits&bitAnswered == 0 {
		return
	}
	sent := p.Seq + uint32(p.DataLen) - c.peer - 1
	heard := p.Ack - c.isn - 1
	if sent < 1<<31 && heard < 1<<31 {
		t.prove(c, klaxon.ProofHandshake)
		if heard > 1 {
			t.prove(c, klaxon.ProofData)
		}
	}
	if (sent > emptyBanner || heard > 1) && sent < 1<<31 && heard < 1<<31 {
		c.bits |= bitData
		t.settle(c, Success)
	}
}

// prove notes how well the address of a contact's source is proven.
func (t *Tracker) prove(c *contact, level klaxon.Proof) {
	c.bits |= bitProven
	if s := &t.sources.all[c.source]; s.Life == c.life {
		if s.Proof == klaxon.ProofNone && s.Report == 0 && (s.Gross >= Threshold || s.Touches > 0) {
			t.mark(s, c.source) // it may have been told as one of many, or of no proof
		}
		if !s.Wide && (s.Proof < level || c.isn%livesEvery == 0) {
			t.lives.see(&s.Addr, t.now)
		}
		s.Proof = max(s.Proof, level)
		if c.bits&bitRaw != 0 && level >= klaxon.ProofHandshake {
			s.bold, t.covers.bold = true, true
		}
		if c.bits&(bitTrap|bitTouched) != 0 {
			s.caught = true
		}
		if level >= klaxon.ProofData {
			t.used(s, c)
		}
	}
}
