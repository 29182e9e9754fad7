//go:build linux

package live

import (
	"net/netip"
	"strconv"
	"strings"

	"klaxon"
	"klaxon/test/truth"
)

// nmap runs nmap from a host, quickly and without asking a resolver.
func nmap(host, args string) func(l *lab) {
	return func(l *lab) {
		l.t.Helper()
		l.run(host, append([]string{"nmap", "-n", "-T4"}, strings.Fields(args)...)...)
	}
}

// one is a scan of a single source.
func one(source netip.Addr, shape klaxon.Shape, techniques ...klaxon.Technique) truth.Want {
	return truth.Want{Source: source, Shape: shape, Techniques: techniques}
}

func with(w truth.Want, change func(*truth.Want)) []truth.Want {
	change(&w)
	return []truth.Want{w}
}

// byNmap wants the tool named, and the alarm opened by so many probes.
func byNmap(probes int) func(*truth.Want) {
	return func(w *truth.Want) { w.Tool, w.MaxProbes = "nmap", probes }
}

func extra(techniques ...klaxon.Technique) func(*truth.Want) {
	return func(w *truth.Want) { w.Extra = techniques }
}

// refusals wants an alarm for refusals: ten do, but a scanner has several more
// probes under way before it is refused the first time.
func refusals(w *truth.Want) { w.MaxProbes = 20 }

// serving makes the target open a few services, or these.
func serving(services ...string) func(l *lab) {
	if len(services) == 0 {
		services = []string{"tcp/22", "tcp/80", "udp/53"}
	}
	return func(l *lab) { l.play(target, "serve", services...) }
}

// The ways a target treats what it has no use for, besides refusing it.
func dropping(l *lab) {
	l.firewall(target, "ip saddr { 10.77.0.66, 203.0.113.66 } drop", "ip6 saddr { fd77::66, 2001:db8:66::66 } meta l4proto != icmpv6 drop")
}

func rejecting(l *lab) {
	l.firewall(target, "ip saddr { 10.77.0.66, 203.0.113.66 } reject with icmp type admin-prohibited", "ip6 saddr { fd77::66, 2001:db8:66::66 } meta l4proto != icmpv6 reject with icmpv6 type admin-prohibited")
}

// eager makes the target refuse with as many ICMP errors as are asked for.
func eager(l *lab) {
	l.sysctl(target, "net/ipv4/icmp_ratelimit=0", "net/ipv4/icmp_msgs_per_sec=10000", "net/ipv4/icmp_msgs_burst=10000", "net/ipv6/icmp/ratelimit=0")
}

func fast(l *lab) { serving()(l); eager(l) }

const (
	vertical = klaxon.ShapeVertical
	sweep    = klaxon.ShapeSweep
	block    = klaxon.ShapeBlock
)

// nmapTCP has every scan that nmap makes of TCP segments, of one host.
func nmapTCP() []scenario {
	var list []scenario
	for _, x := range []struct {
		option    string
		technique klaxon.Technique
		probes    int
		quiet     int // probes that nobody answers
	}{
		{"-sS", klaxon.Syn, 3, 3}, {"-sF", klaxon.Fin, 3, 3}, {"-sN", klaxon.Null, 3, 3}, {"-sX", klaxon.Xmas, 3, 3},
		{"-sM", klaxon.Maimon, 3, 3}, {"-sA", klaxon.Ack, 3, 3}, {"-sW", klaxon.Ack, 3, 3}, {"-sT", klaxon.Connect, 0, 0},
		{"-sS --scanflags SYNFIN", klaxon.Flags, 5, 5}, {"-sS --scanflags URG", klaxon.Flags, 5, 5}, {"-sS --scanflags SYNACK", klaxon.Flags, 5, 5},
		{"-sS --scanflags RST", klaxon.Flags, 5, 5}, {"-sS --scanflags URGACKPSHRSTSYNFIN", klaxon.Flags, 5, 5},
	} {
		tool := byNmap(x.probes)
		if x.technique == klaxon.Connect {
			tool = func(w *truth.Want) { w.MaxProbes = x.probes }
		}
		name := strings.ReplaceAll(strings.TrimPrefix(x.option, "-"), " --scanflags ", "_")
		add := func(kind string, scene func(*lab), host, args string, source netip.Addr) {
			list = append(list, scenario{
				name: name + "_" + kind, need: []string{"nmap", "tcpdump"}, scene: scene,
				act:   nmap(host, "-Pn --max-retries 1 "+x.option+" "+args),
				wants: with(one(source, vertical, x.technique), tool),
			})
		}
		add("closed4", serving(), outside, "-p1-100 10.77.0.10", outside4)
		add("closed6", serving(), scanner, "-6 -p1-100 fd77::10", scanner6)
		tool = byNmap(x.quiet)
		if x.technique == klaxon.Connect {
			tool = func(w *truth.Want) { w.MaxProbes = x.quiet }
		}
		add("dropping4", dropping, scanner, "-p1-40 10.77.0.10", scanner4)
		add("rejecting6", rejecting, outside, "-6 -p1-40 fd77::10", outside6)
	}
	return list
}

// nmapConnect has scans with whole connections, which look like anybody's.
func nmapConnect() []scenario {
	twelve := "21,22,23,25,53,80,110,111,143,443,993,3306"
	var open []string
	for _, p := range strings.Split(twelve, ",") {
		open = append(open, "tcp/"+p)
	}
	nmapOf := func(name string, scene func(*lab), host, args string, wants []truth.Want) scenario {
		return scenario{name: name, need: []string{"nmap", "tcpdump"}, scene: scene, act: nmap(host, "-Pn --max-retries 1 -sT "+args), wants: wants}
	}
	proven := func(w *truth.Want) { w.Proof = klaxon.ProofHandshake }
	return []scenario{
		nmapOf("mixed", serving(), outside, "-p1-100 10.77.0.10", with(one(outside4, vertical, klaxon.Connect), proven)),
		nmapOf("five_closed", nil, outside, "-p1-5 10.77.0.10", nil),
		nmapOf("twelve_closed", nil, outside, "-p"+twelve+" 10.77.0.10", with(one(outside4, vertical, klaxon.Connect), refusals)),
		nmapOf("twelve_closed6", nil, scanner, "-6 -p"+twelve+" fd77::10", with(one(scanner6, vertical, klaxon.Connect), refusals)),
		nmapOf("thirty_open", serving(numbered("tcp", 7000, 30)...), outside, "-p7000-7029 10.77.0.10", with(one(outside4, vertical, klaxon.Connect), proven)),
		nmapOf("twelve_open", serving(open...), outside, "-p"+twelve+" 10.77.0.10", with(one(outside4, vertical, klaxon.Connect), proven)),
		nmapOf("sweep_closed", nil, outside, "-p443 10.77.0.10-29", with(one(outside4, sweep, klaxon.Connect), refusals)),
		nmapOf("sweep_open", serving("tcp/443"), outside, "-p443 10.77.0.10-29", with(one(outside4, sweep, klaxon.Connect), proven)),
		nmapOf("block", serving(), scanner, "-p20-29 10.77.0.10-19", []truth.Want{one(scanner4, block, klaxon.Connect)}),
	}
}

func numbered(transport string, first, n int) (list []string) {
	for p := first; p < first+n; p++ {
		list = append(list, transport+"/"+strconv.Itoa(p))
	}
	return list
}

// nmapFew: a raw scanner is known by its third probe.
func nmapFew() []scenario {
	few := func(name string, scene func(*lab), host, args string, source netip.Addr, shape klaxon.Shape) scenario {
		return scenario{name: name, need: []string{"nmap", "tcpdump"}, scene: scene, act: nmap(host, "-Pn --max-retries 1 "+args), wants: with(one(source, shape, klaxon.Syn), byNmap(3))}
	}
	twelve := "21,22,23,25,53,80,110,111,143,443,993,3306"
	return []scenario{
		few("five_closed", nil, outside, "-sS -p1-5 10.77.0.10", outside4, vertical),
		few("five_open", serving(numbered("tcp", 1, 5)...), outside, "-sS -p1-5 10.77.0.10", outside4, vertical),
		few("five_dropped", dropping, scanner, "-sS -p1-5 10.77.0.10", scanner4, vertical),
		few("five_rejected6", rejecting, outside, "-6 -sS -p1-5 fd77::10", outside6, vertical),
		few("twelve_open6", serving(numbered("tcp", 1, 12)...), outside, "-6 -sS -p1-12 fd77::10", outside6, vertical),
		few("twelve_closed", nil, scanner, "-sS -p"+twelve+" 10.77.0.10", scanner4, vertical),
		few("sweep_five", serving("tcp/22"), outside, "-sS -p22 10.77.0.10-14", outside4, sweep),
		few("sweep6", nil, outside, "-6 -sS -p22 fd77::10 fd77::11 fd77::12 fd77::13 fd77::14 fd77::15", outside6, sweep),
		few("block", serving(), outside, "-sS -p20-29 10.77.0.10-19", outside4, block),
		few("data", serving(), outside, "-sS --data-length 25 -p1-100 10.77.0.10", outside4, vertical),
		few("options", serving(), outside, "-sS --ip-options R -p1-40 10.77.0.10", outside4, vertical),
		few("ttl", serving(), outside, "-sS --ttl 3 -p1-40 10.77.0.10", outside4, vertical),
		few("mac", serving(), scanner, "-sS --spoof-mac 02:de:ad:be:ef:01 --send-eth -p1-40 10.77.0.10", scanner4, vertical),
	}
}

// nmapFragments: the flags may stand in the second fragment.
func nmapFragments() []scenario {
	fragments := func(name, host, args string, source netip.Addr, technique klaxon.Technique) scenario {
		return scenario{
			name: name, need: []string{"nmap", "tcpdump"}, scene: serving(), act: nmap(host, "-Pn --max-retries 1 "+args),
			wants: with(one(source, vertical, technique), func(w *truth.Want) { w.Tool, w.Marks = "nmap", []klaxon.Mark{klaxon.MarkFragmented} }),
		}
	}
	return []scenario{
		fragments("f_syn", scanner, "-sS -f -p1-40 10.77.0.10", scanner4, klaxon.Syn),
		fragments("ff_syn", scanner, "-sS -ff -p1-40 10.77.0.10", scanner4, klaxon.Syn),
		fragments("f_fin", outside, "-sF -f -p1-40 10.77.0.10", outside4, klaxon.Fin),
		fragments("f_xmas", outside, "-sX -f -p1-40 10.77.0.10", outside4, klaxon.Xmas),
	}
}

// nmapOther has the scans that are not made of TCP segments.
func nmapOther() []scenario {
	other := func(name string, scene func(*lab), host, args string, want truth.Want, more ...func(*truth.Want)) scenario {
		for _, change := range more {
			change(&want)
		}
		return scenario{name: name, need: []string{"nmap", "tcpdump"}, scene: scene, act: nmap(host, "-Pn --max-retries 1 "+args), wants: []truth.Want{want}}
	}
	udp := "-sU --defeat-icmp-ratelimit "
	return []scenario{
		other("sU_closed4", eager, outside, udp+"-p1-60 10.77.0.10", one(outside4, vertical, klaxon.Udp), refusals),
		other("sU_closed6", fast, scanner, "-6 "+udp+"-p1-60 fd77::10", one(scanner6, vertical, klaxon.Udp)),
		other("sU_limited", serving(), outside, "-sU -p1-14 10.77.0.10", one(outside4, vertical, klaxon.Udp)),
		other("sU_dropping4", dropping, outside, udp+"-p1-60 10.77.0.10", one(outside4, vertical, klaxon.Udp)),
		other("sU_rejecting4", func(l *lab) { rejecting(l); eager(l) }, scanner, udp+"-p1-60 10.77.0.10", one(scanner4, vertical, klaxon.Udp)),
		other("sU_source_port", fast, outside, udp+"-g53 -p1-60 10.77.0.10", one(outside4, vertical, klaxon.Udp)),
		other("sU_sweep", fast, outside, udp+"-p161 10.77.0.10-29", one(outside4, sweep, klaxon.Udp)),
		other("sO_closed4", fast, outside, "-sO -p20-60,100-130 10.77.0.10", one(outside4, vertical, klaxon.IPProtocol), func(w *truth.Want) { w.MaxProbes = 8 }),
		other("sO_dropping4", dropping, outside, "-sO 10.77.0.10", one(outside4, vertical, klaxon.IPProtocol), extra(klaxon.Ack, klaxon.Udp, klaxon.IcmpEcho, klaxon.SctpInit)),
		other("sO_closed6", fast, scanner, "-6 -sO -p100-130 fd77::10", one(scanner6, vertical, klaxon.IPProtocol)),
		other("sY_closed4", fast, outside, "-sY -p1-40 10.77.0.10", one(outside4, vertical, klaxon.SctpInit)),
		other("sY_dropping4", dropping, scanner, "-sY -p1-40 10.77.0.10", one(scanner4, vertical, klaxon.SctpInit)),
		other("sY_closed6", fast, scanner, "-6 -sY -p1-40 fd77::10", one(scanner6, vertical, klaxon.SctpInit)),
		other("sZ_closed4", fast, outside, "-sZ -p1-40 10.77.0.10", one(outside4, vertical, klaxon.SctpCookie), func(w *truth.Want) { w.MaxProbes = 5 }),
		other("sZ_dropping6", dropping, scanner, "-6 -sZ -p1-40 fd77::10", one(scanner6, vertical, klaxon.SctpCookie)),
	}
}

// nmapDiscovery has the ways to look for hosts.
func nmapDiscovery() []scenario {
	found := func(name string, host, args string, want truth.Want, more ...func(*truth.Want)) scenario {
		for _, change := range more {
			change(&want)
		}
		return scenario{name: name, need: []string{"nmap", "tcpdump"}, scene: fast, act: nmap(host, "-sn --max-retries 1 "+args), wants: []truth.Want{want}}
	}
	links := func(s scenario) []scenario {
		other := s
		s.at, other.at = []string{monitor}, []string{monitor}
		s.name, other.name, other.link = s.name+"_flooding", s.name+"_switching", switching
		return []scenario{s, other}
	}
	list := []scenario{
		found("PE", outside, "-PE 10.77.0.10-29", one(outside4, sweep, klaxon.IcmpEcho)),
		found("PE6", outside, "-6 -PE fd77::10 fd77::11 fd77::12 fd77::13 fd77::14 fd77::15 fd77::16 fd77::17 fd77::18 fd77::19 fd77::20 fd77::21 fd77::22 fd77::23 fd77::24 fd77::25", one(outside6, sweep, klaxon.IcmpEcho)),
		found("PE_link", scanner, "-PE --disable-arp-ping 10.77.0.10-29", one(scanner4, sweep, klaxon.IcmpEcho)),
		found("PP", outside, "-PP 10.77.0.10-29", one(outside4, sweep, klaxon.IcmpTimestamp), func(w *truth.Want) { w.MaxProbes = 5 }),
		found("PM", outside, "-PM 10.77.0.10-29", one(outside4, sweep, klaxon.IcmpMask), func(w *truth.Want) { w.MaxProbes = 5 }),
		found("PS", outside, "-PS443 10.77.0.10-29", one(outside4, sweep, klaxon.Syn), byNmap(3)),
		found("PA", outside, "-PA80 10.77.0.10-29", one(outside4, sweep, klaxon.Ack), byNmap(3)),
		found("PU", outside, "-PU40125 10.77.0.10-29", one(outside4, sweep, klaxon.Udp), refusals),
		found("PO", outside, "-PO99,100 10.77.0.10-29", one(outside4, sweep, klaxon.IPProtocol)),
		// A host that answers the echo request is asked nothing else.
		found("default", outside, "10.77.0.10-29", one(outside4, sweep, klaxon.IcmpEcho), extra(klaxon.Syn, klaxon.Ack, klaxon.IcmpTimestamp)),
	}
	list = append(list, links(found("PR", scanner, "10.77.0.100-163", one(scanner4, sweep, klaxon.Arp)))...)
	list = append(list, links(found("ND", scanner, "-6 fd77::1:0/122", one(scanner6, sweep, klaxon.Nd)))...)
	return list
}

// nmapMore has what nmap does besides scanning ports.
func nmapMore() []scenario {
	more := func(name string, scene func(*lab), host, args string, wants ...truth.Want) scenario {
		return scenario{name: name, need: []string{"nmap", "tcpdump"}, scene: scene, act: nmap(host, args), wants: wants}
	}
	fingerprints := extra(klaxon.Null, klaxon.Flags, klaxon.Xmas, klaxon.Ack, klaxon.IcmpEcho, klaxon.Udp)
	return []scenario{
		more("O", serving(), outside, "-Pn -O -p20-30,80 10.77.0.10", with(one(outside4, vertical, klaxon.Syn, klaxon.OSProbe), fingerprints)...),
		more("O6", serving(), scanner, "-6 -Pn -O -p20-30,80 fd77::10", with(one(scanner6, vertical, klaxon.Syn, klaxon.OSProbe), extra(klaxon.Null, klaxon.Flags, klaxon.Xmas, klaxon.Ack, klaxon.IcmpEcho, klaxon.Udp, klaxon.Nd))...),
		more("sV", serving(), outside, "-Pn -sV --version-light -p20-30,80 10.77.0.10", with(one(outside4, vertical, klaxon.Syn, klaxon.Version), func(w *truth.Want) { w.Proof = klaxon.ProofData })...),
		more("sT_sV", serving(), outside, "-Pn -sT -sV --version-light -p20-40,80 10.77.0.10", with(one(outside4, vertical, klaxon.Connect), extra(klaxon.Version))...),
		more("plain", serving(), outside, "10.77.0.10", with(one(outside4, vertical, klaxon.Syn), extra(klaxon.IcmpEcho, klaxon.Ack, klaxon.IcmpTimestamp))...),
		more("T3_udp_and_syn", serving(), outside, "-Pn -sSU --max-retries 1 -p T:1-40,U:1-12 10.77.0.10", one(outside4, vertical, klaxon.Syn, klaxon.Udp)),
	}
}
