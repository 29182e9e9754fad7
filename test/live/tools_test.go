//go:build linux

package live

import (
	"strings"
	"time"

	"klaxon"
	"klaxon/test/truth"
)

// tool runs another scanner from a host, for at most a few seconds: some of
// them do not end by themselves.
func tool(host, line string) func(l *lab) {
	return func(l *lab) {
		l.t.Helper()
		l.try(host, l.limited(patience, strings.Fields(line)...)...)
	}
}

const patience = 4 * time.Second

func by(name string) func(*truth.Want) {
	return func(w *truth.Want) { w.Tool = name }
}

// masscanScans sends everything by its own stack, to the router.
func masscanScans() []scenario {
	masscan := func(name, args string, want truth.Want, more ...func(*truth.Want)) scenario {
		for _, change := range more {
			change(&want)
		}
		return scenario{name: name, need: []string{"masscan", "tcpdump"}, scene: fast,
			act: tool(outside, "masscan --wait 1 --rate 1000 "+args), wants: []truth.Want{want}}
	}
	known := func(w *truth.Want) { w.Tool, w.MaxProbes = "masscan", 3 }
	return []scenario{
		masscan("vertical", "-p1-100 10.77.0.10", one(outside4, vertical, klaxon.Syn), known),
		masscan("sweep", "-p22 10.77.0.10-10.77.0.29", one(outside4, sweep, klaxon.Syn), known),
		masscan("block", "-p1-40 10.77.0.10-10.77.0.29", one(outside4, block, klaxon.Syn), known),
		masscan("open", "-p22,80 10.77.0.10-10.77.0.19", one(outside4, sweep, klaxon.Syn), known),
		masscan("banners", "-p22,80 --banners 10.77.0.10-10.77.0.19", one(outside4, sweep, klaxon.Syn), known, extra(klaxon.Version)),
		masscan("vertical6", "-p1-100 --range fd77::10 --adapter-ip 2001:db8:66::66 --router-mac-ipv6 "+uplinkMAC, one(outside6, vertical, klaxon.Syn)),
		masscan("udp", "-pU:1-60 10.77.0.10", one(outside4, vertical, klaxon.Udp)),
		masscan("ping", "--ping 10.77.0.10-10.77.0.29", one(outside4, sweep, klaxon.IcmpEcho)),
	}
}

func zmapScans() []scenario {
	zmap := func(name, args string, want truth.Want, more ...func(*truth.Want)) scenario {
		for _, change := range more {
			change(&want)
		}
		// It crashes with some of the orders that it may draw, so it is given one.
		line := "zmap --seed 42 -C /dev/null -b /dev/null -i eth0 -G " + uplinkMAC + " -r 500 -c 1 -q " + args + " 10.77.0.0/27"
		return scenario{name: name, need: []string{"zmap", "tcpdump"}, scene: fast,
			act: func(l *lab) { l.run(outside, strings.Fields(line)...) }, wants: []truth.Want{want}}
	}
	return []scenario{
		zmap("syn", "-p 80", one(outside4, sweep, klaxon.Syn), by("zmap")),
		zmap("syn_open", "-p 22", one(outside4, sweep, klaxon.Syn), by("zmap")),
		zmap("echo", "-M icmp_echoscan", one(outside4, sweep, klaxon.IcmpEcho)),
		zmap("udp", "-M udp -p 161 --probe-args=text:hello", one(outside4, sweep, klaxon.Udp)),
	}
}

func hpingScans() []scenario {
	hping := func(name, args string, wants ...truth.Want) scenario {
		return scenario{name: name, need: []string{"hping3", "tcpdump"}, scene: fast, act: tool(outside, "hping3 -q -n "+args), wants: wants}
	}
	flood := func(technique klaxon.Technique) truth.Want {
		return truth.Want{Shape: klaxon.ShapeFlood, Techniques: []klaxon.Technique{technique}, Victim: target4}
	}
	return []scenario{
		hping("scan_syn", "-S --scan 1-100 10.77.0.10", with(one(outside4, vertical, klaxon.Syn), by("hping3"))...),
		hping("count_syn", "-S -p ++1 -i u5000 -c 60 10.77.0.10", with(one(outside4, vertical, klaxon.Syn), by("hping3"))...),
		hping("count_fin", "-F -p ++1 -i u5000 -c 30 10.77.0.10", with(one(outside4, vertical, klaxon.Fin), func(w *truth.Want) { w.MaxProbes = 5 })...),
		hping("count_xmas", "-F -P -U -p ++1 -i u5000 -c 30 10.77.0.10", with(one(outside4, vertical, klaxon.Xmas), func(w *truth.Want) { w.MaxProbes = 5 })...),
		hping("count_ack", "-A -p ++1 -i u5000 -c 60 10.77.0.10", one(outside4, vertical, klaxon.Ack)),
		hping("count_udp", "--udp -p ++1 -i u5000 -c 60 10.77.0.10", one(outside4, vertical, klaxon.Udp)),
		hping("flood_spoofed", "-S -p 80 --rand-source -i u200 -c 4000 10.77.0.10", flood(klaxon.Syn)),
		hping("flood_closed", "-S -p 81 --rand-source -i u200 -c 4000 10.77.0.10", flood(klaxon.Syn)),
		hping("flood_one_source", "-S -p 80 -i u200 -c 4000 10.77.0.10", flood(klaxon.Syn)),
		hping("flood_udp", "--udp -p 9999 --rand-source -d 100 -i u200 -c 4000 10.77.0.10", flood(klaxon.Udp)),
		hping("busy_udp", "--udp -p 53 --rand-source -d 100 -i u200 -c 4000 10.77.0.10"), // as a resolver that many ask
		hping("flood_ack", "-A -p 80 --rand-source -i u200 -c 4000 10.77.0.10"),
		hping("flood_echo", "-1 --rand-source -i u200 -c 4000 10.77.0.10"),
	}
}
