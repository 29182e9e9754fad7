//go:build linux

package live

import (
	"net/netip"
	"time"

	"klaxon"
	"klaxon/test/truth"
)

// tricks has scans that hide who makes them, or come back.
func tricks() []scenario {
	zombieIP := netip.AddrFrom4(zombieAddr)
	nmapOf := func(name string, at []string, scene func(*lab), act func(*lab), want truth.Want, more ...string) scenario {
		return scenario{name: name, need: append(more, "nmap", "tcpdump"), at: at, scene: scene, act: act, wants: []truth.Want{want}}
	}
	everywhere, onWire := []string{monitor, target}, []string{monitor}
	decoys := nmapOf("decoys", everywhere, serving(), nmap(scanner, "-Pn -D 10.77.0.140,10.77.0.141,ME,10.77.0.142 -p1-40 10.77.0.10"), truth.Want{
		Shape: vertical, Techniques: []klaxon.Technique{klaxon.Syn}, Marks: []klaxon.Mark{klaxon.MarkDecoy}, Tool: "nmap",
		Sources: []netip.Addr{scanner4, netip.MustParseAddr("10.77.0.141")},
	})
	idle := nmapOf("idle", onWire, func(l *lab) { serving()(l); l.play(client, "zombie") },
		nmap(scanner, "-Pn -sI 10.77.0.99 --max-retries 1 -p20-30,80 10.77.0.10"),
		truth.Want{Source: scanner4, Shape: vertical, Techniques: []klaxon.Technique{klaxon.Syn}, Extra: []klaxon.Technique{klaxon.Flags}, Marks: []klaxon.Mark{klaxon.MarkIdle}})
	idle.options = []truth.Option{truth.Innocent(zombieIP)}
	return []scenario{
		decoys,
		idle,
		nmapOf("source_port", everywhere, serving(), nmap(outside, "-Pn -sS -g53 -p1-100 10.77.0.10"), truth.Want{
			Source: outside4, Shape: vertical, Techniques: []klaxon.Technique{klaxon.Syn}, Marks: []klaxon.Mark{klaxon.MarkSourcePort}, Tool: "nmap",
		}),
		nmapOf("bounce", everywhere, func(l *lab) { serving()(l); l.play(server, "bouncer") },
			nmap(scanner, "-Pn -b anonymous:@10.77.0.50 --max-retries 0 -p20-60 10.77.0.10"),
			truth.Want{Source: server4, Shape: vertical, Techniques: []klaxon.Technique{klaxon.Connect}, Marks: []klaxon.Mark{klaxon.MarkBounce}}),
		nmapOf("contact", everywhere, serving(), func(l *lab) {
			nmap(outside, "-Pn -sS --max-retries 1 -p20-30,80 10.77.0.10")(l)
			time.Sleep(6 * time.Second) // sooner it is part of the scan
			l.run(outside, "curl", "-s", "-o", "/dev/null", "http://10.77.0.10/")
		}, truth.Want{
			Source: outside4, Shape: vertical, Techniques: []klaxon.Technique{klaxon.Syn}, Extra: []klaxon.Technique{klaxon.Version},
			Marks: []klaxon.Mark{klaxon.MarkContact}, Proof: klaxon.ProofData,
		}, "curl"),
	}
}

// switched has scans of which the monitor sees what a switch lets it see.
func switched() []scenario {
	sees := func(name string, act func(*lab), wants ...truth.Want) scenario {
		return scenario{name: name, need: []string{"nmap", "tcpdump"}, link: switching, at: []string{monitor}, scene: serving(), act: act, wants: wants}
	}
	return []scenario{
		sees("of_another", nmap(scanner, "-Pn -sS -p1-100 10.77.0.10")),
		sees("of_the_monitor", nmap(scanner, "-Pn -sS -p1-100 10.77.0.2"), with(one(scanner4, vertical, klaxon.Syn), byNmap(3))...),
		sees("of_the_monitor_from_outside", nmap(outside, "-6 -Pn -sF -p1-100 fd77::2"), with(one(outside6, vertical, klaxon.Fin), byNmap(3))...),
		sees("of_dark_addresses", nmap(scanner, "-Pn -sS -p22 --max-retries 1 10.77.0.100-163"), one(scanner4, sweep, klaxon.Arp)),
		sees("of_a_mixed_block", nmap(scanner, "-sn --max-retries 1 10.77.0.2-129"), one(scanner4, sweep, klaxon.Arp)),
	}
}

// slow has scans that take minutes, and large ones.
func slow() []scenario {
	long := func(name string, act func(*lab), want truth.Want, need string) scenario {
		return scenario{name: name, need: []string{need, "tcpdump"}, scene: fast, act: act, wants: []truth.Want{want}, soak: true}
	}
	marked := truth.Want{Source: outside4, Shape: vertical, Techniques: []klaxon.Technique{klaxon.Syn}, Tool: "nmap", MaxProbes: 3, Marks: []klaxon.Mark{klaxon.MarkSlow}}
	return []scenario{
		long("every_15_s", nmap(outside, "-Pn -sS --max-retries 0 --scan-delay 15s -p1-12 10.77.0.10"), marked, "nmap"),
		long("polite_connect", nmap(outside, "-T2 -Pn -sT -p100-200 10.77.0.10"), one(outside4, vertical, klaxon.Connect), "nmap"),
		long("all_ports", nmap(outside, "-Pn -sS --max-retries 1 -p- 10.77.0.10"), one(outside4, vertical, klaxon.Syn), "nmap"),
		long("large_block", func(l *lab) {
			l.try(outside, l.limited(40*time.Second, "masscan", "--wait", "1", "--rate", "2000", "-p1-1000", "10.77.0.0/26")...)
		}, truth.Want{Source: outside4, Shape: block, Techniques: []klaxon.Technique{klaxon.Syn}, Tool: "masscan", MaxProbes: 3}, "masscan"),
		long("everything", nmap(outside, "-A --version-light --script-timeout 5s -p20-30,80 10.77.0.10"), with(one(outside4, vertical, klaxon.Syn, klaxon.OSProbe, klaxon.Version),
			extra(klaxon.Null, klaxon.Flags, klaxon.Xmas, klaxon.Ack, klaxon.IcmpEcho, klaxon.Udp, klaxon.IcmpTimestamp, klaxon.Connect))[0], "nmap"),
	}
}
