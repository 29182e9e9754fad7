package office

import (
	"time"

	"klaxon/internal/synth"
)

// nights is what goes on when nobody is there.
func (o *office) nights() {
	s := &o.servers
	o.daily(22*time.Hour, 10*time.Minute, func() { // the backup: half of the machines sleep
		list := append([]*pc(nil), o.pcs...)
		o.Rand().Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		o.inTurn(len(list), time.Minute, func(i int) {
			s.backup.Ping(list[i].h.Addr, 1)
			s.backup.Connect(list[i].h.Addr, 10001, synth.Talk{Up: 2000, Down: 90000, Lasts: o.gap(time.Minute)})
		})
		o.inTurn(len(s.all()), 3*time.Minute, func(i int) {
			s.backup.Connect(s.all()[i].Addr, 22, synth.Talk{Banner: 40, Up: 2000, Down: 90000})
		})
	})
	o.daily(11*time.Hour, time.Hour, func() { // software is pushed to some, who may have gone
		o.inTurn(20, 20*time.Second, func(int) {
			p := pick(o, o.pcs)
			s.wsus.Ping(p.h.Addr, 1)
			s.wsus.Connect(p.h.Addr, 445, synth.Talk{Up: 900, Down: 2000, End: synth.ByReset})
			s.wsus.Connect(p.h.Addr, 135, synth.Talk{Up: 200, Down: 300})
		})
	})
}
