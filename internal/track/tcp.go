package track

import (
	"klaxon"
	"klaxon/internal/decode"
)

const (
	protoTCP  = 6
	portIdent = 113
)

// flow is a packet with the contacts it may belong to.
type flow struct {
	p        *decode.Packet
	src, dst uint64   // hashes of source and target
	out      uint64   // of both
	fwd, rev uint64   // hashes of the contact the packet begins, and of the one it answers
	ours     *contact // the contact whose initiator sent it, nil when there is none
	theirs   *contact // the contact it answers, likewise
}

// flow looks a packet up in both directions. key tells the methods of a
// protocol apart that make contacts of their own.
//
// It fills f in, and other structs are filled in likewise where they stand, for
// a reason: a copy reads more bytes at once than were written at once, and the
// processor then waits until all earlier writes have reached the cache, those
// of new entries of the tables as well.
func (t *Tracker) flow(f *flow, p *decode.Packet, proto uint64, key uint64) {
	f.src, f.dst = t.hash.addr(&p.Src, t.scope), t.hash.addr(&p.Dst, t.scope)
	f.p = p
	f.out = t.hash.mix(f.src, f.dst)
	f.fwd = t.hash.mix(f.out, proto<<32|uint64(p.DstPort)|key<<40)
	f.ours, f.theirs = nil, nil
	if key != 0 || !f.answers() {
		f.ours = t.contacts.find(f.fwd)
	}
	if key == 0 && (f.asks() || f.conversing()) {
		return
	}
	f.rev = t.hash.mix(t.hash.mix(f.dst, f.src), proto<<32|uint64(p.SrcPort)|key<<40)
	f.theirs = t.contacts.find(f.rev)
}

// answers tells a SYN+ACK, and asks a SYN: the one begins nothing that it could
// be found by, the other answers nothing but, between equal ports, another SYN.
func (f *flow) answers() bool {
	return f.p.Kind == decode.KindTCP && f.p.Flags&decode.Control == decode.SYN|decode.ACK
}

func (f *flow) asks() bool {
	return f.p.Kind == decode.KindTCP && f.p.Flags&decode.Control == decode.SYN && f.p.SrcPort != f.p.DstPort
}

// conversing tells a client's segment inside its connection, of which there are
// many and which answers nothing else.
func (f *flow) conversing() bool {
	return f.p.Kind == decode.KindTCP && f.p.Flags&(decode.SYN|decode.RST) == 0 && f.ours != nil &&
		f.ours.port == f.p.SrcPort && f.ours.method == MethodSyn
}

func (f *flow) start(b *start, port uint16, row Row) {
	p := f.p
	b.src, b.dst, b.mac, b.v6 = &p.Src, &p.Dst, &p.SrcMAC, p.V6
	b.from, b.pair, b.hash, b.port, b.method, b.weight = f.src, f.out, f.fwd, port, row.Method, row.Weight
}

// fromClient and fromServer return the contact a segment belongs to, as its
// initiator's or its responder's, when the ports are those of its last attempt.
func (f *flow) fromClient() *contact {
	if f.ours != nil && f.ours.port == f.p.SrcPort {
		return f.ours
	}
	return nil
}

func (f *flow) fromServer() *contact {
	if f.theirs != nil && f.theirs.port == f.p.DstPort {
		return f.theirs
	}
	return nil
}

// unknown tells a segment that belongs to no contact. One with another source
// port than the contact's last attempt is of an older connection, unless it is
// bare: those have options, or data.
func (f *flow) unknown() bool {
	bare := f.p.Options.Len == 0 && f.p.DataLen == 0
	return (f.theirs == nil || bare && f.theirs.port != f.p.DstPort) && (f.ours == nil || bare)
}

// goesOn tells a segment of an established conversation. Live, the kernel's filter
// keeps them from us; here they are passed over by the same rule, so that a
// capture of everything tells what was told live. What passes are the ACKs that
// scans are made of: with the sequence number 0, or bare with a small window.
func goesOn(p *decode.Packet) bool {
	if p.Flags&decode.ACK == 0 || p.Flags&(decode.SYN|decode.FIN|decode.RST|decode.URG) != 0 || p.Seq == 0 {
		return false
	}
	return p.DataLen > 0 || p.Options.Len > 0 || p.Window > smallWindow
}

// tcp reads one segment.
func (t *Tracker) tcp(p *decode.Packet) {
	if p.Partial {
		t.partial(p)
		return
	}
	var f flow
	t.flow(&f, p, protoTCP, 0)
	flags := p.Flags & decode.Control
	row := &t.rows.TCP[flags]
	switch {
	case row.Starts && row.Method == MethodSyn:
		t.syn(&f, *row)
	case flags == decode.SYN|decode.ACK:
		t.synAck(&f, *row)
	case flags&decode.SYN == 0 && flags&decode.RST != 0:
		t.reset(&f, *row)
	case flags&(decode.SYN|decode.FIN|decode.ACK) == decode.FIN|decode.ACK && flags&decode.URG == 0:
		t.finish(&f, *row)
	case flags&(decode.SYN|decode.ACK) == decode.ACK:
		t.ack(&f, *row)
	case row.Starts:
		t.illegal(&f, *row)
	}
}

// syn begins a contact, or repeats one.
func (t *Tracker) syn(f *flow, row Row) {
	p := f.p
	t.afresh(f)
	if c := f.ours; c != nil {
		if c.bits&(bitTrap|bitUnseen) != 0 {
			t.knock(f, raw(p))
			return
		}
		if t.again(c, p) {
			t.meet(f.out)
			t.attempt(f, row.Method, p.DstPort, raw(p))
		}
		return
	}
	if f.fromServer() != nil && p.SrcPort == p.DstPort {
		return // a simultaneous open (RFC 9293 section 3.5)
	}
	var b start
	f.start(&b, p.DstPort, row)
	b.raw, b.trap = raw(p), t.traps.any() && t.trapped(klaxon.TCP, &p.Dst, p.V6, p.DstPort)
	b.watched = !b.trap && t.watchedTCP(p.DstPort)
	if !b.raw {
		b.stack = stackOf(p)
	}
	if t.attempt(f, row.Method, p.DstPort, b.raw) {
		if b.raw {
			t.hides(f)
		}
		return
	}
	c, s := t.begin(&b)
	c.isn, c.port = p.Seq, p.SrcPort
	if p.DstPort == portIdent && !b.raw && t.met(&p.Dst, &p.Src) {
		c.bits |= bitMute | bitExcused // whoever is called may ask who calls (RFC 1413)
	}
	t.vote(s, c, p, row.Method)
}

// again notes another attempt at the same service: a retransmission if it has
// the same numbers, else a repetition, which only pollers and clients with a
// use for the service make: then it returns true.
func (t *Tracker) again(c *contact, p *decode.Packet) bool {
	pause := t.tick() - c.at
	c.at = t.tick()
	if c.packets < 255 {
		c.packets++
	}
	if c.method != MethodSyn || c.port == p.SrcPort && c.isn == p.Seq {
		return false
	}
	c.isn, c.port, c.peer = p.Seq, p.SrcPort, 0
	c.bits &^= bitResent | bitProven | bitAnswered
	s := &t.sources.all[c.source]
	if s.Addr == p.Src {
		t.moves(s, c.source, &p.SrcMAC) // also of one whose alarm has ended since
	}
	if s.Life == c.life {
		t.paced(s, c, pause)
		t.returns(s, c, raw(p))
		s.Last = t.now
		t.osProbe(s, c, p)
	}
	return true
}

// paced counts a contact that was made again after a pause in seconds, if that
// is the pace of the time before: a poller's. When it is one, it is judged again.
func (t *Tracker) paced(s *Source, c *contact, pause uint32) {
	if pause < 2 {
		return
	}
	before := uint32(s.pace)
	s.pace = uint16(min(pause, 1<<16-1))
	if c.bits&bitTrap != 0 {
		t.pacedTrap(s, c, pause)
		return
	}
	if slack := 1 + before/4; pause > before+slack || pause+slack < before {
		return
	}
	s.Repeats++
	if !c.isPaced() {
		t.beats(s, c)
	}
}

// pacedTrap is paced of a trap, which is steadier: whoever tries it again and again is
// taken back for it. Each pause is held against the first, several times in a row, and a
// beat that was missed breaks no slow one.
func (t *Tracker) pacedTrap(s *Source, c *contact, pause uint32) {
	slack := 1 + uint32(c.pace)/8
	switch steady := c.pace > 0 && pause <= uint32(c.pace)+slack && pause+slack >= uint32(c.pace); {
	case steady:
		s.Repeats++
		if !c.isPaced() {
			t.beats(s, c)
		}
	case c.pace >= fastPace && follows(pause, c.pace):
	default:
		if c.isPaced() {
			s.Paced -= min(s.Paced, 1)
		}
		c.again, c.pace = 0, uint16(min(pause, 1<<16-1))
	}
}

// beats counts one more contact at the pace.
func (t *Tracker) beats(s *Source, c *contact) {
	if c.again++; c.isPaced() {
		s.Paced++
		if s.Report != 0 && !s.Keys.Decided() {
			t.mark(s, c.source)
		}
	}
}

// isPaced tells whether a contact came back at one pace often enough to be a poller's.
func (c *contact) isPaced() bool {
	if c.bits&bitTrap != 0 && c.pace > 0 && c.pace < fastPace {
		return uint16(c.again) >= max(pacedFast, fastPace/c.pace)
	}
	return c.again >= pacedEnough
}

// beat is the pace that a poller keeps.
func (c *contact) beat(s *Source) uint16 {
	if c.bits&bitTrap != 0 {
		return c.pace
	}
	return s.pace
}

// osProbe notes a probe of nmap's OS detection, which goes to services that
// were probed before, too.
func (t *Tracker) osProbe(s *Source, c *contact, p *decode.Packet) {
	bit := osProbe(p)
	if bit == 0 {
		return
	}
	if s.Keys.OS&bit == 0 {
		s.Keys.OS |= bit
		t.mark(s, c.source)
	}
	if n := t.noteOf(s, c); n != nil && c.packets == 1 && bit != osQuery {
		n.OS = true
		s.Counts[c.method] -= min(s.Counts[c.method], 1)
	}
}

// vote compares a new contact with those before, by relations that no operating
// system makes.
func (t *Tracker) vote(s *Source, c *contact, p *decode.Packet, m Method) {
	if p.Fragmented {
		s.Fragments = oneMore(s.Fragments)
	}
	t.sighted(p)
	raw := c.bits&bitRaw != 0
	if raw {
		s.rawMAC = p.SrcMAC
	}
	s.Keys.vote(t.rows.Relations, p, m, raw)
	if m <= MethodFlags && (m != MethodSyn || raw) && !t.drilling() {
		t.runOf(s, c, p, m)
	}
	t.osProbe(s, c, p)
	if s.Keys.Decided() && s.Tuples >= s.grown && t.mark(s, c.source) {
		s.grown = s.Tuples + s.Tuples/4 + 1
	}
}

// synAck is an answer, or, with nothing to answer, a probe.
func (t *Tracker) synAck(f *flow, row Row) {
	c := f.fromServer()
	if c == nil || f.p.Ack != c.isn+1 {
		if f.theirs == nil {
			t.stray(f, row)
		}
		return
	}
	t.seenBoth(c, &f.p.Src)
	if f.p.Seq%livesEvery == 0 {
		t.lives.see(&f.p.Src, t.now)
		t.carries(f.p.SrcMAC, &f.p.Src, f.p.V6)
		t.carries(f.p.DstMAC, &f.p.Dst, f.p.V6)
	}
	if c.bits&bitAnswered != 0 && c.peer == f.p.Seq {
		c.bits |= bitResent
		t.odd(&f.p.Src)
		if c.outcome == Success && c.bits&bitProven == 0 {
			t.settle(c, HalfOpen)
		}
		return
	}
	c.peer = f.p.Seq
	c.bits |= bitAnswered
	if c.outcome.unanswered() {
		late := c.outcome != Pending
		t.settle(c, Open)
		if late {
			t.settle(c, presumed(c))
		}
	}
}

// reset is a refusal, the end of a connection, or a probe.
func (t *Tracker) reset(f *flow, row Row) {
	if c := f.fromServer(); c != nil {
		t.refused(c, f.p)
		return
	}
	if c := f.fromClient(); c != nil {
		t.aborted(c, f.p)
		return
	}
	if f.ours == nil && f.theirs == nil {
		t.stray(f, row)
	}
}

func (t *Tracker) refused(c *contact, p *decode.Packet) {
	if c.method == MethodSyn && p.Flags&decode.ACK != 0 && p.Ack != c.isn+1 {
		return
	}
	t.seenBoth(c, &p.Src)
	switch {
	case !c.outcome.unanswered() && !(p.Flags&decode.ACK != 0 && c.answeredAfterAll()):
	case c.bits&bitExcused != 0:
		t.settle(c, Void)
	default:
		t.settle(c, Refused)
	}
}

// finish counts the bytes of a direction when it is closed.
func (t *Tracker) finish(f *flow, row Row) {
	if f.ours != nil {
		t.ended(&f.p.Dst)
	}
	if c := f.fromClient(); c != nil && c.method == MethodSyn {
		t.clientDone(c, f.p)
		return
	}
	if c := f.fromServer(); c != nil && c.method == MethodSyn {
		t.serverDone(c, f.p)
		return
	}
	if f.unknown() {
		t.stray(f, row)
	}
}

// ack is the end of a handshake, or a probe.
func (t *Tracker) ack(f *flow, row Row) {
	if c := f.fromClient(); c != nil {
		if c.outcome == Open && f.p.Ack == c.peer+1 {
			t.prove(c, klaxon.ProofHandshake)
		}
		return
	}
	if f.unknown() && row.Starts {
		t.stray(f, row)
	}
}

// illegal is a segment that nobody sends, unless it is part of a conversation
// that is known.
func (t *Tracker) illegal(f *flow, row Row) {
	if f.fromClient() != nil || f.fromServer() != nil {
		return
	}
	t.lone(f, row)
}
