package track

// afresh lets go of a contact that was made in a life of its source which is over, for
// its alarm is closed: the same probe is another one now. A poller's is not, who was
// taken back for it; and traps have anew.
func (t *Tracker) afresh(f *flow) {
	c := f.ours
	if c == nil || c.bits&(bitTrap|bitUnseen) != 0 || c.isPaced() {
		return
	}
	s := &t.sources.all[c.source]
	if s.Life == c.life || s.Addr != f.p.Src && !(s.Wide && [8]byte(s.Addr[:8]) == [8]byte(f.p.Src[:8])) {
		return
	}
	t.waiting.cancel(c)
	t.contacts.drop(f.fwd)
	f.ours = nil
}
