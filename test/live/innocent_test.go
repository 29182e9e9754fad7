//go:build linux

package live

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"klaxon/test/truth"
)

// hosts lists addresses with a port, like 10.77.0.50:80.
func hosts(first, last int, port string) (list []string) {
	for n := first; n <= last; n++ {
		list = append(list, fmt.Sprintf("10.77.0.%d:%s", n, port))
	}
	return list
}

// daemon starts a program that stays, on a host, and waits until it serves.
func (l *lab) daemon(host, service string, argv ...string) {
	l.t.Helper()
	l.log = append(l.log, host+": "+strings.Join(argv, " "))
	cmd := l.command(host, argv...)
	out, err := os.Create(filepath.Join(l.dir, filepath.Base(argv[0])+".log"))
	l.must(err)
	cmd.Stdout, cmd.Stderr = out, out
	l.must(cmd.Start())
	transport, port, _ := strings.Cut(service, "/")
	for range 100 {
		if l.listens(host, transport, port) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := os.ReadFile(out.Name())
	l.t.Fatalf("%s does not serve %s:\n%s", argv[0], service, text)
}

// listens tells whether a host has a socket for a service.
func (l *lab) listens(host, transport, port string) (yes bool) {
	var n int
	fmt.Sscan(port, &n)
	l.must(l.net.On(host, func() error {
		for _, family := range []string{transport, transport + "6"} {
			text, err := os.ReadFile("/proc/thread-self/net/" + family)
			if err != nil {
				return err
			}
			for _, line := range strings.Split(string(text), "\n")[1:] {
				fields := strings.Fields(line)
				if len(fields) > 3 && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", n)) && (transport == "udp" || fields[3] == "0A") {
					yes = true
				}
			}
		}
		return nil
	}))
	return yes
}

func (l *lab) write(name, format string, args ...any) string {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	l.must(os.WriteFile(path, fmt.Appendf(nil, format, args...), 0o644))
	return path
}

// web is a server of pages on all its addresses, and of some other things.
func web(l *lab) {
	l.play(server, "serve", "tcp/80", "tcp/8080", "tcp/443", "tcp/22", "tcp/25", "udp/123", "udp/5004", "udp/443")
}

// innocents has real programs that do nothing wrong.
func innocents() []scenario {
	quiet := func(name string, least int, scene func(*lab), act func(*lab), need ...string) scenario {
		return scenario{name: name, least: least, need: append(need, "tcpdump"), at: []string{monitor, server}, scene: scene, act: act}
	}
	role := func(name string, args ...string) func(*lab) {
		return func(l *lab) { l.act(client, name, args...) }
	}
	line := func(host, text string) func(*lab) {
		return func(l *lab) { l.run(host, l.limited(90*time.Second, strings.Fields(text)...)...) }
	}
	list := []scenario{
		quiet("pages", 600, web, line(client, "curl -s -Z --parallel-max 30 http://10.77.0.[50-59]:80/[1-8] http://10.77.0.[50-59]:8080/[1-4]"), "curl"),
		quiet("pages6", 100, web, line(client, "curl -s -Z --parallel-max 30 http://\\[fd77::50\\]/[1-20] http://\\[fd77::51\\]/[1-20]"), "curl"),
		quiet("pages_from_outside", 400, web, line(outside, "curl -s -Z --parallel-max 30 http://10.77.0.[50-59]:80/[1-8]"), "curl"),
		quiet("load", 12000, web, role("load", "2000", "10.77.0.50:80")),
		quiet("ftp_passive", 300, ftp, line(client, "curl -s ftp://10.77.0.50/file[1-30]"), "curl", "vsftpd"),
		quiet("ftp_active", 300, ftp, line(client, "curl -s --ftp-port - --disable-eprt ftp://10.77.0.50/file[1-30]"), "curl", "vsftpd"),
		quiet("tftp", 180, tftp, func(l *lab) {
			for n := 1; n <= 20; n++ {
				l.run(client, "curl", "-s", fmt.Sprintf("tftp://10.77.0.50/file%d", n))
			}
		}, "curl", "dnsmasq"),
		quiet("mail", 120, web, role("mail", append(hosts(50, 59, "25"), hosts(10, 13, "25")...)...)),
		quiet("names", 300, resolver, role("lookup", "10.77.0.50:53", "150"), "dnsmasq"),
		quiet("names_unanswered", 50, func(l *lab) { l.firewall(server, "udp dport 53 drop") }, role("lookup", "10.77.0.50:53", "40")),
		quiet("bulk_tcp", 300, iperf, line(client, "iperf3 -c 10.77.0.50 -t 1 -P 8 -b 8M"), "iperf3"),
		quiet("bulk_reverse", 300, iperf, line(client, "iperf3 -R -c 10.77.0.50 -t 1 -P 8 -b 8M"), "iperf3"),
		quiet("bulk_udp", 400, iperf, line(client, "iperf3 -u -c 10.77.0.50 -t 1 -P 4 -b 2M"), "iperf3"),
		quiet("checks", 200, web, role("check", append([]string{"7", "2s"}, hosts(50, 59, "80")...)...)),
		quiet("checks_reset", 500, web, role("reset", append([]string{"20", "200ms"}, hosts(50, 59, "80")...)...)),
		quiet("checks_of_one_host", 110, web, role("check", "6", "400ms", "10.77.0.50:22", "10.77.0.50:25", "10.77.0.50:80", "10.77.0.50:443", "10.77.0.50:8080")),
		quiet("haproxy", 500, haproxy, func(*lab) { time.Sleep(4 * time.Second) }, "haproxy"),
		quiet("traceroute_udp", 18, web, line(client, "traceroute -n -w 1 10.77.0.50"), "traceroute"),
		quiet("traceroute_icmp", 20, web, line(client, "traceroute -n -I -w 1 10.77.0.50"), "traceroute"),
		quiet("traceroute_tcp", 30, web, line(client, "traceroute -n -T -p 80 -w 1 10.77.0.50"), "traceroute"),
		quiet("traceroute_tcp_closed", 20, web, line(client, "traceroute -n -T -p 81 -w 1 10.77.0.50"), "traceroute"),
		quiet("traceroute6", 16, web, line(outside, "traceroute -6 -n -w 1 fd77::50"), "traceroute"),
		quiet("traceroute_in", 300, web, func(l *lab) {
			for _, kind := range []string{"", "-I", "-T"} {
				for n := 50; n < 56; n++ {
					l.run(outside, append(strings.Fields("traceroute -n -w 1 "+kind), fmt.Sprintf("10.77.0.%d", n))...)
				}
			}
		}, "traceroute"),
		quiet("traceroute_out", 18, web, line(server, "traceroute -n -w 1 203.0.113.66"), "traceroute"),
		quiet("dead_service", 200, web, role("retry", "60", "40ms", "10.77.0.50:9999", "10.77.0.50:9998", "10.77.0.51:9999")),
		quiet("dead_host", 20, web, role("retry", "5", "100ms", "10.77.0.200:80", "10.77.0.201:80", "10.77.0.202:443")),
		quiet("ping", 30, web, line(client, "ping -c 20 -i 0.1 10.77.0.50"), "ping"),
		quiet("ping6", 30, web, line(client, "ping -c 20 -i 0.1 fd77::50"), "ping"),
		quiet("ping_dead", 8, web, func(l *lab) { l.try(client, "ping", "-c", "10", "-i", "0.2", "-W", "1", "10.77.0.200") }, "ping"),
		quiet("ping_flood", 3000, web, line(client, "ping -f -c 3000 10.77.0.50"), "ping"),
		quiet("ping_many", 50, web, func(l *lab) {
			for n := 50; n < 60; n++ {
				l.run(client, "ping", "-c", "3", "-i", "0.05", fmt.Sprintf("10.77.0.%d", n))
			}
		}, "ping"),
		quiet("eyeballs_dropped", 70, func(l *lab) { web(l); l.firewall(server, "meta nfproto ipv6 tcp dport 80 drop") }, eyeballs, "curl", "nft"),
		quiet("eyeballs_refused", 70, func(l *lab) { web(l); l.firewall(server, "meta nfproto ipv6 tcp dport 80 reject with tcp reset") }, eyeballs, "curl", "nft"),
		quiet("quic_refused", 90, func(l *lab) { l.play(server, "serve", "tcp/443"); l.sysctl(server, "net/ipv4/icmp_ratelimit=0") }, role("quic", hosts(50, 59, "443")...)),
		quiet("quic_dropped", 70, func(l *lab) { web(l); l.firewall(server, "udp dport 443 drop") }, role("quic", hosts(50, 59, "443")...), "nft"),
		quiet("session", 70, web, role("type", "3", "10.77.0.50:22", "10.77.0.51:22")),
		quiet("clocks", 60, web, role("clock", append(hosts(50, 57, "123"), "10.77.0.10:123", "10.77.0.11:123")...)),
		quiet("chrony", 19, chrony, func(l *lab) {
			l.run(client, "chronyd", "-x", "-Q", "-u", "root", "-t", "8", "server 10.77.0.50 iburst", "server 10.77.0.51 iburst")
		}, "chronyd"),
		quiet("one_closed_port", 5, web, func(l *lab) { l.try(client, "curl", "-s", "http://10.77.0.50:8000/") }, "curl"),
		quiet("knocking", 12, web, role("check", "1", "10ms", "10.77.0.50:7000", "10.77.0.50:8001", "10.77.0.50:9001", "10.77.0.50:6001", "10.77.0.50:22")),
		quiet("media", 200, web, role("media", append([]string{"50"}, hosts(50, 53, "5004")...)...)),
		quiet("media_late", 50, web, role("media", "20", "10.77.0.50:16000", "10.77.0.50:16001", "10.77.0.50:16002", "10.77.0.50:16003")),
		quiet("logging", 50, web, role("log", "10.77.0.50:514", "10.77.0.51:514")),
		quiet("sip", 110, sip, line(client, "sipp -sn uac -m 30 -r 30 -d 200 -i 10.77.0.40 10.77.0.50"), "sipp"),
		quiet("snmp_retired", 30, web, func(l *lab) {
			each(append(hosts(50, 55, "161"), hosts(200, 203, "161")...), func(addr string) {
				l.try(client, "snmpget", "-m", "", "-v2c", "-c", "public", "-r", "2", "-t", "0.3", addr, "1.3.6.1.2.1.1.1.0")
			})
		}, "snmpget"),
		quiet("backup", 200, backup, role("retry", append(append(append([]string{"1", "10ms"}, hosts(50, 59, "22")...), hosts(10, 29, "22")...), hosts(100, 129, "22")...)...)),
		quiet("peers", 110, swarm, role("peers", swarmed()...)),
		quiet("chatter", 40, web, role("chatter")),
		quiet("router_for_outside_sweep", 300, func(l *lab) { web(l); l.addresses(outside, 100, 131) }, func(l *lab) {
			for n := 100; n <= 131; n++ {
				l.run(outside, "curl", "-s", "--interface", fmt.Sprintf("203.0.113.%d", n), "http://10.77.0.50/")
			}
			nmap(outside, "-sn -PE --max-retries 1 10.77.0.130-193")(l)
		}, "curl", "nmap"),
	}
	list = append(list, quiet("backscatter", 5000, web, func(l *lab) {
		tool(outside, "hping3 -q -n -S -p 80 --rand-source -i u300 -c 3000 10.77.0.50")(l)
	}, "hping3"))
	list[len(list)-1].options = []truth.Option{truth.AllowFlood()}
	return list
}

// innocentsSwitched: behind a switch the monitor sees what is for all.
func innocentsSwitched() []scenario {
	quiet := func(name string, least int, scene func(*lab), act func(*lab), need ...string) scenario {
		return scenario{name: name, least: least, need: append(need, "tcpdump"), link: switching, at: []string{monitor}, scene: scene, act: act}
	}
	return []scenario{
		quiet("pages", 1, web, func(l *lab) { l.act(client, "load", "200", "10.77.0.50:80") }),
		quiet("chatter", 90, web, func(l *lab) {
			l.play(server, "chatter")
			l.act(client, "chatter")
		}),
		quiet("backup", 40, backup, func(l *lab) {
			l.act(client, "retry", append(append([]string{"1", "10ms"}, hosts(10, 29, "22")...), hosts(100, 119, "22")...)...)
		}),
		quiet("avahi", 20, nil, func(l *lab) {
			l.avahi(client)
			l.act(server, "chatter")
			time.Sleep(2 * time.Second)
		}, "avahi-daemon"),
		quiet("own_traffic", 1, web, func(l *lab) { l.act(monitor, "load", "100", "10.77.0.50:80") }),
	}
}
