package main

import (
	"crypto/rand"
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/drill"
	"klaxon/internal/drill/probe"
	"klaxon/internal/watch/listen"
)

// post is where a trap is touched through loopback.
type post struct {
	addr     netip.Addr
	tcp, udp uint16 // 0 for none
}

// posts finds a trap of each transport that loopback reaches, for each family.
func (d *daemon) posts() (list []post) {
	var first post // the services are the same for both: seals are looked for by them
	for _, loopback := range []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()} {
		if p := postOf(d.traps.Status(), loopback, first); p.tcp != 0 || p.udp != 0 {
			list = append(list, p)
			first = list[0]
		}
	}
	return list
}

func postOf(status []listen.Status, loopback netip.Addr, like post) (p post) {
	for _, s := range status {
		if s.State != listen.StateArmed || s.Port == portIdent || s.Addr.Is4() != loopback.Is4() || s.Addr.Zone() != "" {
			continue
		}
		addr := s.Addr
		if addr.IsUnspecified() {
			addr = loopback
		}
		if p.addr.IsValid() && p.addr != addr {
			continue
		}
		switch {
		case s.Transport == klaxon.TCP && p.tcp == 0 && (like.tcp == 0 || like.tcp == s.Port):
			p.tcp, p.addr = s.Port, addr
		case s.Transport == klaxon.UDP && p.udp == 0 && (like.udp == 0 || like.udp == s.Port):
			p.udp, p.addr = s.Port, addr
		}
	}
	return p
}

// source is the address that a probe comes from: of 127.0.0.0/8 one that nothing
// else uses, else that of the trap.
func (p *post) source() netip.Addr {
	if !p.addr.Is4() || !p.addr.IsLoopback() {
		return p.addr
	}
	var b [3]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return netip.AddrFrom4([4]byte{127, 128 | b[0], b[1], 1 + b[2]%254})
}

// drillHere plans a drill through loopback.
func (d *daemon) drillHere() (p drill.Plan, posts []post, err error) {
	if d.passive() {
		return p, nil, control.Refuse(control.ErrUnavailable, `mode = "passive" sends nothing: drill from another host, see klaxonctl drill -h`)
	}
	if posts = d.posts(); len(posts) == 0 {
		return p, nil, control.Refuse(control.ErrUnavailable, "no trap is armed that loopback reaches: drill from another host, see klaxonctl drill -h")
	}
	p.Secret = drill.NewSecret()
	for _, at := range posts {
		p.TCP, p.UDP = max(p.TCP, at.tcp), max(p.UDP, at.udp)
	}
	for i := range posts {
		for k := range drill.Kinds() {
			p.Events = append(p.Events, drill.Event{Kind: k, V6: posts[i].addr.Is6(), Skipped: d.cannot(k, &posts[i])})
		}
	}
	return p, posts, nil
}

// cannot says why a kind of probe is not sent, "" if it is.
func (d *daemon) cannot(k drill.Kind, at *post) string {
	switch {
	case k == drill.Datagram && at.udp == 0:
		return "no UDP trap is armed"
	case k != drill.Datagram && at.tcp == 0:
		return "no TCP trap is armed"
	case k.Raw() && d.drills.raw == nil:
		return d.drills.rawless
	}
	return ""
}

// send sends the probes of a plan.
func (d *daemon) send(p *drill.Plan, posts []post) {
	for i := range posts {
		at := &posts[i]
		for _, e := range p.Events {
			if e.V6 != at.addr.Is6() || e.Skipped != "" {
				continue
			}
			if err := d.sendOne(e.Kind, &p.Secret, at); err != nil {
				d.drills.Skip(e.Kind, e.V6, err.Error())
			}
		}
	}
}

func (d *daemon) sendOne(k drill.Kind, s *drill.Secret, at *post) error {
	about := func(f drill.Flow) { d.drills.Sent(k, f) }
	from, to := at.source(), netip.AddrPortFrom(at.addr, at.tcp)
	switch {
	case k == drill.Datagram:
		return probe.Datagram(s, from, netip.AddrPortFrom(at.addr, at.udp), drill.Announcement{}, 1, about)
	case k.Raw():
		return d.drills.raw.Send(k, s, from, to, about)
	}
	c, err := probe.NewConnection(from, to)
	if err != nil {
		return err
	}
	about(c.Flow())
	return c.Make(connectWait)
}

// drillElsewhere plans a drill that another host sends within a time.
func (d *daemon) drillElsewhere(wait time.Duration) (p drill.Plan, code string) {
	p = drill.Plan{Secret: drill.NewSecret(), TCP: 1, UDP: 9} // where no trap is: on the wire any service will do
	for _, s := range d.traps.Status() {
		if s.State != listen.StateArmed || s.Port == portIdent {
			continue
		}
		switch {
		case s.Transport == klaxon.TCP && p.TCP == 1:
			p.TCP = s.Port
		case s.Transport == klaxon.UDP && p.UDP == 9:
			p.UDP = s.Port
		}
	}
	p.Until = time.Now().Add(wait)
	return p, drill.Code{Secret: p.Secret, TCP: p.TCP, UDP: p.UDP, Until: p.Until}.String()
}
