package office

import (
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/synth"
	"klaxon/test/truth"
)

// plan is a scan that is planted: when it begins, what it is and what must be
// told of it.
type plan struct {
	name string
	at   time.Duration
	slow time.Duration // how long it takes, if that is more than a few seconds
	from string
	want truth.Want
	play func(h *synth.Host)
}

const day, hour = 24 * time.Hour, time.Hour

func techniques(t ...klaxon.Technique) truth.Want { return truth.Want{Techniques: t} }

// plant plans the scans that end in time. A scan that paces itself takes the
// story's time, so that two of them at once would wait for each other: what is
// slow is planned probe by probe.
func (o *office) plant() {
	for _, p := range append(o.loud(), o.quiet()...) {
		if synth.Begin.Add(p.at + p.slow + hour).After(o.until) {
			continue
		}
		h := o.Host(p.from)
		w := p.want
		if !w.Prefix.IsValid() && w.Sources == nil {
			w.Source = h.Addr
		}
		o.wants, o.planted = append(o.wants, w), append(o.planted, p.name)
		o.After(p.at, func() { p.play(h) })
	}
}

// loud are the scans that do not hide.
func (o *office) loud() []plan {
	s := &o.servers
	web, web6 := s.dmzWeb.Addrs(), s.dmzWeb6.Addrs()
	shown := synth.Range(dmz, 1, 62)
	return []plan{
		{"nmap -sS from outside", 4 * hour, 0, "198.51.100.21", techniques(klaxon.Syn), func(h *synth.Host) { h.Nmap().SYN(web, synth.Ports(1, 1000)) }},
		{"masscan of a block", 5 * hour, 0, "198.51.100.22", techniques(klaxon.Syn), func(h *synth.Host) { h.Masscan().SYN(shown, []uint16{22, 80, 443, 3389, 8080}) }},
		{"zmap, one port", 6 * hour, 0, "198.51.100.23", techniques(klaxon.Syn), func(h *synth.Host) { h.ZMap().SYN(shown, 8443) }},
		{"nmap -sS over IPv6", 7 * hour, 0, "2001:db8:bad::24", techniques(klaxon.Syn), func(h *synth.Host) { h.Nmap().SYN(web6, synth.Ports(1, 400)) }},
		{"nmap -sn on the link", 8 * hour, 0, "10.1.0.225", techniques(klaxon.Arp), func(h *synth.Host) { h.Nmap().Neighbours(synth.Range(floor1, 1, 254)) }},
		{"nmap -sn from outside", 8*hour + 30*time.Minute, 0, "198.51.100.26", truth.Want{
			Techniques: []klaxon.Technique{klaxon.IcmpEcho},
			Extra:      []klaxon.Technique{klaxon.Syn, klaxon.Ack, klaxon.IcmpTimestamp},
		}, func(h *synth.Host) { h.Nmap().Hosts(shown) }},
		{"nmap -sF inside", 9 * hour, 0, "10.1.0.227", techniques(klaxon.Fin), func(h *synth.Host) { h.Nmap().FIN(s.db.Addrs(), synth.Ports(1, 200)) }},
		{"nmap -sX from outside", 10 * hour, 0, "198.51.100.28", techniques(klaxon.Xmas), func(h *synth.Host) { h.Nmap().Xmas(web, synth.Ports(1, 200)) }},
		{"nmap -sA from outside", 11 * hour, 0, "198.51.100.29", techniques(klaxon.Ack), func(h *synth.Host) { h.Nmap().ACK(s.dmzMail.Addrs(), synth.Ports(1, 300)) }},
		{"nmap -sU inside", 12 * hour, 0, "10.1.0.230", techniques(klaxon.Udp), func(h *synth.Host) { h.Nmap().UDP(s.git.Addrs(), synth.Ports(1, 200)) }},
		{"nmap -sO inside", 13 * hour, 0, "10.1.0.231", techniques(klaxon.IPProtocol), func(h *synth.Host) { h.Nmap().Protocols(s.web.Addrs(), 0, 200) }},
		{"nmap -O inside", 14 * hour, 0, "10.1.0.232", truth.Want{
			Techniques: []klaxon.Technique{klaxon.OSProbe, klaxon.Syn}, Tool: "nmap", Records: 4,
			Extra: []klaxon.Technique{klaxon.Udp, klaxon.Flags, klaxon.Null, klaxon.Xmas, klaxon.Ack, klaxon.IcmpEcho},
		}, func(h *synth.Host) {
			n := h.Nmap()
			n.SYN(s.web.Addrs(), synth.Ports(1, 100))
			n.OS(s.web.Addr, 80, 99, 0)
		}},
	}
}

// quiet are the scans that take their time, or hide.
func (o *office) quiet() []plan {
	s := &o.servers
	web := s.dmzWeb.Addrs()
	decoys := []netip.Addr{o.Anywhere(), o.Anywhere(), o.Anywhere(), o.Anywhere(), o.Anywhere()}
	decoy := truth.Want{Techniques: []klaxon.Technique{klaxon.Syn}, Marks: []klaxon.Mark{klaxon.MarkDecoy}, Sources: append(decoys, netip.MustParseAddr("198.51.100.33"))}
	fragmented := techniques(klaxon.Syn)
	fragmented.Marks = []klaxon.Mark{klaxon.MarkFragmented}
	rotating := truth.Want{Techniques: []klaxon.Technique{klaxon.Connect}, Extra: []klaxon.Technique{klaxon.Syn}, Prefix: netip.MustParsePrefix("2001:db8:bad:5::/64"), Lives: 2}
	connect := truth.Want{Techniques: []klaxon.Technique{klaxon.Connect}, Extra: []klaxon.Technique{klaxon.Syn}, Lives: 2}
	slow := techniques(klaxon.Syn)
	slow.Lives, slow.Marks, slow.MaxProbes = 3, []klaxon.Mark{klaxon.MarkSlow}, 10
	slowConnect := connect
	slowConnect.Lives, slowConnect.Marks, slowConnect.MaxProbes = 3, slow.Marks, 12 // within 36 hours
	return []plan{
		{"nmap -D", 15 * hour, 0, "198.51.100.33", decoy, func(h *synth.Host) {
			n := h.Nmap()
			n.Decoys = decoys
			n.SYN(web, synth.Ports(1, 300))
		}},
		{"nmap -f", 16 * hour, 0, "198.51.100.34", fragmented, func(h *synth.Host) {
			n := h.Nmap()
			n.Fragment = 8
			n.SYN(s.dmzMail.Addrs(), synth.Ports(1, 300))
		}},
		{"a sweep of one port by a kernel, one host a second", 4 * hour, 0, "10.1.0.235", connect, func(h *synth.Host) {
			o.inTurn(200, time.Second, func(i int) {
				h.Connect(synth.Nth(netip.MustParsePrefix(floor2), i+1), 22, synth.Talk{End: synth.ByReset})
			})
		}},
		{"a patient connect scan, one port a minute", 6 * hour, 2 * hour, "10.1.0.236", connect, func(h *synth.Host) {
			o.inTurn(120, time.Minute, func(i int) { h.Connect(s.file.Addr, uint16(100+i), synth.Talk{End: synth.ByReset}) })
		}},
		{"privacy addresses in turn", 11 * hour, hour, "2001:db8:bad:5::1", rotating, func(*synth.Host) {
			o.inTurn(60, 30*time.Second, func(i int) {
				from := o.Host(synth.Nth(netip.MustParsePrefix("2001:db8:bad:5::/64"), 1+i*7919).String())
				from.Connect(s.dmzWeb6.Addr, uint16(1000+i), synth.Talk{End: synth.ByReset, Fast: true})
			})
		}},
		{"like nmap -T0, one port in five minutes", 10 * hour, 5 * hour, "198.51.100.38", slow, func(h *synth.Host) {
			o.inTurn(60, 5*time.Minute, func(i int) { h.Custom(s.dmzMail.Addrs(), []uint16{uint16(i + 1)}, time.Millisecond) })
		}},
		{"one port in three hours", 2 * day, 12 * day, "10.1.0.239", slow, func(h *synth.Host) {
			o.inTurn(96, 3*hour, func(i int) { h.Custom(s.git.Addrs(), []uint16{uint16(i + 1000)}, time.Millisecond) })
		}},
		{"one host in three hours, by a kernel from outside", 15 * day, 8 * day, "198.51.100.40", slowConnect, func(h *synth.Host) {
			o.inTurn(62, 3*hour, func(i int) { h.Connect(synth.Nth(netip.MustParsePrefix(dmz), i+1), 3389, synth.Talk{Fast: true}) })
		}},
	}
}
