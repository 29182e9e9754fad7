package office

import (
	"time"

	"klaxon/internal/synth"
)

// telephony sets up the telephones, which register with the exchange and talk to
// each other past it.
func (o *office) telephony() {
	pbx := o.servers.pbx
	for i := range 25 {
		h := o.Host(o.lan.Addr(40+i).String()).Runs(synth.Small).Open(80, 443).OpenUDP(200, 5060)
		o.phones = append(o.phones, h)
		o.steadily(5*time.Minute, func() { h.AskFrom(5060, pbx.Addr, 5060, 500) })
		o.often(3*time.Hour, func() {
			if hour := o.Now().Hour(); hour >= 8 && hour < 18 && !o.weekend() {
				o.call(h)
			}
		})
	}
	o.steadily(30*time.Second, func() { pbx.AskFrom(5060, o.servers.dmzSIP.Addr, 5060, 400) })
}

// call lets a phone call another one, or somebody outside. Voice takes one of
// many ports; what is still under way when one hangs up is refused.
func (o *office) call(h *synth.Host) {
	to := pick(o, o.phones)
	if o.chance(.4) {
		to = o.servers.dmzSIP
	}
	if to == h {
		return
	}
	mine, theirs := o.voicePort(), o.voicePort()
	n := 10 + o.Rand().IntN(40)
	o.servers.pbx.AskFrom(5060, to.Addr, 5060, 900)
	h.Stream(mine, to.Addr, theirs, 172, n, time.Second)
	to.Stream(theirs, h.Addr, mine, 172, n, time.Second)
	h.Stream(mine+1, to.Addr, theirs+1, 60, n/5, 5*time.Second) // its quality
	to.Stream(theirs+1, h.Addr, mine+1, 60, n/5, 5*time.Second)
	o.After(time.Duration(n)*time.Second+200*time.Millisecond, func() {
		late := &synth.Packet{Src: h.Addr, Dst: to.Addr, TTL: 64, Body: synth.Datagram{SrcPort: mine, DstPort: theirs, Data: make([]byte, 172)}}
		h.Send(late)
		to.Say(h.Addr, synth.Unreachable(late))
	})
}

func (o *office) voicePort() uint16 { return uint16(16384 + 2*o.Rand().IntN(8000)) }
