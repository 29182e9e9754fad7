package scenario

import (
	"net/netip"
	"time"

	"klaxon/internal/decode"
	"klaxon/internal/synth"
)

// toolSets are the tools that have a fingerprint, and what has none.
func toolSets() []toolSet {
	return []toolSet{
		{name: "nmap, raw segments and datagrams", tool: "nmap", versions: "46", play: nmapRaw},
		{name: "nmap, ACK and window scans", tool: "nmap", versions: "46", play: func(r *run) { r.nmap().ACK(r.to, r.ports) }},
		{name: "nmap, host discovery", tool: "nmap", versions: "46", play: nmapHosts},
		{name: "nmap, OS detection", tool: "nmap", versions: "46", play: nmapOS},
		{name: "masscan, SYN and echo", tool: "masscan", versions: "4", play: masscanRun},
		{name: "zmap before 4.1", tool: "zmap", versions: "4", play: zmapOld},
		{name: "zmap since 4.1, Linux layout", tool: "zmap", versions: "4", play: zmapNew(synth.Linux)},
		{name: "zmap since 4.1, Windows layout", tool: "zmap", versions: "4", play: zmapNew(synth.Windows)},
		{name: "zmap since 4.1, BSD layout", tool: "zmap", versions: "4", play: zmapNew(synth.Mac)},
		{name: "unicornscan, default profile", tool: "unicornscan", versions: "4", play: unicornRun(0)},
		{name: "unicornscan, profiles of systems", tool: "unicornscan", versions: "4", play: unicornRun(len(synth.Profiles) - 1)},
		{name: "Mirai and kin", tool: "mirai", versions: "4", play: miraiRun},
		{name: "hping3", tool: "hping3", versions: "46", play: hpingRun},
		{name: "naabu", tool: "naabu", versions: "46", play: naabuRun},
		{name: "scapy, defaults", tool: "scapy", versions: "46", play: scapyRun},
		{name: "connect scanners", tool: "connect-scanner", versions: "46", bothWays: true, play: connectRun},
		{name: "raw SYNs that show no tool", tool: "", versions: "46", play: rawRun},
		{name: "datagrams that show no tool", tool: "", versions: "46", play: datagramRun},
		{name: "pings that show no tool", tool: "", versions: "46", play: pingRun},
		{name: "SYN floods", tool: "", versions: "4", play: floodRun},
	}
}

func (r *run) nmap() *synth.Nmap {
	n := r.from.Nmap()
	n.Pace, n.Tries = r.pace, 1+r.Rand().IntN(3)
	if r.Rand().IntN(8) == 0 {
		n.From = 53
	}
	if r.Rand().IntN(8) == 0 {
		n.Payload = 25
	}
	if r.Rand().IntN(8) == 0 {
		n.Fragment = 8
	}
	return n
}

func nmapRaw(r *run) {
	n := r.nmap()
	switch k := r.Rand().IntN(12); k {
	default:
		n.SYN(r.to, r.ports)
	case 0:
		n.FIN(r.to, r.ports)
	case 1:
		n.Null(r.to, r.ports)
	case 2:
		n.Xmas(r.to, r.ports)
	case 3:
		n.Maimon(r.to, r.ports)
	case 4, 5, 6:
		n.Flags(r.to, r.ports, []decode.Flags{decode.SYN | decode.FIN, decode.URG, decode.SYN | decode.ACK}[k-4])
	case 7:
		if r.version == "4" {
			n.UDP(r.to, r.ports)
			return
		}
		n.SYN(r.to, r.ports)
	}
}

// nmapHosts looks for hosts from afar; on the link it would ask by ARP.
func nmapHosts(r *run) {
	n := r.nmap()
	to := r.all(1, 20+r.Rand().IntN(60))
	switch r.Rand().IntN(7) {
	default:
		n.Hosts(to)
	case 0:
		n.Echo(to)
	case 1:
		n.SYN(to, []uint16{r.common})
	case 2:
		n.ACK(to, []uint16{80})
	case 3:
		if r.version == "4" {
			n.UDP(to, []uint16{40125})
			return
		}
		n.Echo(to)
	case 4:
		if r.version == "4" {
			[]func(){func() { n.Timestamp(to) }, func() { n.Mask(to) }}[r.Rand().IntN(2)]()
			return
		}
		n.Hosts(to)
	}
}

func nmapOS(r *run) {
	n := r.nmap()
	n.Fragment, n.Payload = 0, 0
	if r.Rand().IntN(2) == 0 {
		n.SYN(r.web.Addrs(), synth.Ports(70, 90))
	}
	for _, a := range r.to[:min(len(r.to), 2)] {
		n.OS(a, r.common, 1, []int{0, 0, 0, 2, 5}[r.Rand().IntN(5)])
	}
}

func masscanRun(r *run) {
	m := r.from.Masscan()
	m.Pace, m.Old = r.pace, r.Rand().IntN(3) == 0
	if r.Rand().IntN(6) == 0 {
		m.Echo(r.all(1, 20+r.Rand().IntN(60)))
		return
	}
	m.SYN(r.to, r.ports)
}

func zmapOld(r *run) {
	z := r.from.ZMap()
	z.Pace, z.MSS = r.pace, r.Rand().IntN(2) == 0
	to := r.all(1, 20+r.Rand().IntN(100))
	switch r.Rand().IntN(6) {
	default:
		z.SYN(to, r.ports[0])
	case 0:
		z.UDP(to, []uint16{161, 1900, 11211}[r.Rand().IntN(3)])
	case 1:
		z.Echo(to)
	}
}

func zmapNew(layout *synth.Stack) func(*run) {
	return func(r *run) {
		z := r.from.ZMap()
		z.Pace, z.New = r.pace, layout
		if layout == synth.Linux && r.Rand().IntN(2) == 0 {
			z.TTL = 255 // 4.1.0
		}
		if len(r.to) == 1 {
			r.to = r.all(1, 20+r.Rand().IntN(100))
			r.ports = r.ports[:1]
		}
		z.SYNs(r.to, r.ports)
	}
}

// unicornRun takes the default profile, or one of so many others.
func unicornRun(others int) func(*run) {
	return func(r *run) {
		u := r.from.Unicorn()
		u.Pace, u.Big = r.pace, r.Rand().IntN(4) == 0
		if others > 0 {
			u.Profile = synth.Profiles[1+r.Rand().IntN(others)]
		}
		if r.Rand().IntN(3) == 0 {
			u.From = uint16(1024 + r.Rand().IntN(60000))
		}
		u.SYN(r.to, r.ports)
	}
}

func miraiRun(r *run) {
	b := r.from.Bot()
	if r.Rand().IntN(2) == 0 {
		b.Ports = []uint16{[]uint16{23, 5555, 8080, 37215}[r.Rand().IntN(4)], 2323, 81}
	}
	if r.Rand().IntN(2) == 0 {
		b.Pace = r.pace
	}
	b.SYN(r.all(1, 12+r.Rand().IntN(200)))
}

func hpingRun(r *run) {
	h := r.from.Hping()
	h.Pace, h.Scan = max(r.pace, time.Millisecond), r.Rand().IntN(2) == 0
	const xmas = decode.FIN | decode.PSH | decode.URG
	flags := []decode.Flags{decode.SYN, decode.SYN, decode.SYN, decode.FIN, xmas, 0}[r.Rand().IntN(6)]
	for _, a := range r.to {
		h.Send(a, r.ports, flags)
	}
}

func naabuRun(r *run) {
	c := r.from.Counter()
	c.Pace, c.Elsewhere = r.pace, []int{0, 0, 1, 5}[r.Rand().IntN(4)]
	c.SYN(r.to, r.ports)
}

func scapyRun(r *run) {
	flags := []decode.Flags{decode.SYN, decode.SYN, decode.FIN, decode.ACK, 0}[r.Rand().IntN(5)]
	r.from.ScapyFlags(r.to, r.ports, flags, max(r.pace, 2*time.Millisecond))
}

// connectRun lets the kernel connect to services many of which are open.
func connectRun(r *run) {
	r.from.Runs([]*synth.Stack{synth.Linux, synth.Windows, synth.Mac, synth.BSD}[r.Rand().IntN(4)])
	end := []synth.End{synth.ByReset, synth.ByClient}[r.Rand().IntN(2)]
	switch r.n % 3 {
	case 0:
		r.to, r.ports = r.many.Addrs(), append(r.ports, 600, 700, 800)
	case 1:
		r.to, r.ports = r.all(1, 51), []uint16{r.common}
	case 2:
		r.to, r.ports = r.all(1, 51), append([]uint16{80, 443}, r.ports[:3]...)
	}
	for _, a := range r.to {
		for _, p := range r.ports {
			r.from.Connect(a, p, synth.Talk{End: end, Fast: true})
			r.Wait(r.About(r.pace))
		}
	}
}

// rawRun are SYNs of one's own making, zmap's shortest, and masscan's over IPv6.
func rawRun(r *run) {
	switch r.Rand().IntN(3) {
	default:
		r.from.Custom(r.to, r.ports, r.pace)
	case 0:
		z := r.from.ZMap()
		z.Pace, z.New = r.pace, synth.Small
		z.SYNs(r.to, r.ports)
	case 1:
		if r.version == "6" {
			m := r.from.Masscan()
			m.Pace = r.pace
			m.SYN(r.to, r.ports)
		}
	}
}

// datagramRun are the datagrams of masscan, of a system, and of nmap over IPv6.
func datagramRun(r *run) {
	switch {
	case r.version == "6":
		r.nmap().UDP(r.to, r.ports)
	case r.Rand().IntN(2) == 0:
		m := r.from.Masscan()
		m.Pace = r.pace
		m.UDP(r.to, r.ports)
	default:
		for _, a := range r.to {
			for _, p := range r.ports {
				r.from.Ask(a, p, 20)
				r.Wait(r.About(r.pace))
			}
		}
	}
}

// pingRun asks with the system's ping, one host after the other, or with a zmap
// that shows nothing of itself.
func pingRun(r *run) {
	if r.version == "4" && r.Rand().IntN(3) == 0 {
		z := r.from.ZMap()
		z.Pace, z.New = r.pace, synth.Linux
		z.Echo(r.all(1, 120))
		return
	}
	for _, a := range r.all(1, 40+r.Rand().IntN(80)) {
		r.from.Ping(a, 1)
		r.Wait(r.About(r.pace))
	}
}

func floodRun(r *run) {
	r.from.Flood(r.web.Addr, r.ports[0], 1500, 300*time.Microsecond, []func() netip.Addr{r.Anywhere, nil}[r.Rand().IntN(2)])
}
