package firewall_test

// ruleset is one of the table, with what becomes of probes: "open", "blocked",
// "limited" or "unclear", for IPv4 and IPv6 where they differ. What the words open
// and blocked say is tried out; of limited, that one of two sources gets through
// and the other does not, unless same says that both fare alike.
type ruleset struct {
	name  string
	rules string
	want  map[string]string
	same  bool
	says  string // part of what is told of the first port that is not open
}

const head = "type filter hook input priority 0\n"

// inet makes a table of one base chain out of its rules.
func inet(policy, rules string) string {
	return "table inet t {\nchain input {\n" + head + "policy " + policy + "\n" + rules + "\n}\n}\n"
}

var rulesets = []ruleset{
	{name: "nothing", want: map[string]string{"tcp/23": "open", "udp/69": "open"}},
	{name: "drop one", rules: inet("accept", "tcp dport 23 drop"),
		want: map[string]string{"tcp/23": "blocked", "tcp/80": "open", "udp/69": "open"},
		says: "rule 1 (handle 2) of inet t input: tcp dport 23 drop"},
	{name: "reject one", rules: inet("accept", "tcp dport 80 counter reject with tcp reset\nudp dport 69 reject"),
		want: map[string]string{"tcp/23": "open", "tcp/80": "blocked", "udp/69": "blocked"}, says: "tcp dport 80 reject"},
	{name: "policy drop", rules: inet("drop", "ct state established,related accept\niifname \"lo\" accept\ntcp dport { 22, 80-90 } accept\nmeta l4proto { icmp, ipv6-icmp } accept"),
		want: map[string]string{"tcp/23": "blocked", "tcp/80": "open", "udp/69": "blocked"}, says: "policy drop of inet t input"},
	{name: "catch-all reject", rules: inet("accept", "ct state vmap { established : accept, related : accept, invalid : drop }\niif lo accept\nudp dport 69 accept\nreject with icmpx type admin-prohibited"),
		want: map[string]string{"tcp/23": "blocked", "udp/69": "open"}, says: "reject"},
	{name: "named set with ranges", rules: "table inet t {\nset bad { type inet_service; flags interval; elements = { 20-25, 79, 81-2000 }\n}\nchain input {\n" + head + "tcp dport @bad drop\n}\n}",
		want: map[string]string{"tcp/23": "blocked", "tcp/80": "open", "tcp/2323": "open"}, says: "tcp dport @bad drop"},
	{name: "range", rules: inet("accept", "tcp dport 20-80 drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "blocked", "tcp/2323": "open"}, says: "input: tcp dport 20-80 drop"},
	{name: "not range", rules: inet("accept", "tcp dport != 20-80 drop"), want: map[string]string{"tcp/23": "open", "tcp/80": "open", "tcp/2323": "blocked"}},
	{name: "not set", rules: inet("accept", "tcp dport != { 23, 80 } drop"), want: map[string]string{"tcp/23": "open", "tcp/80": "open", "tcp/2323": "blocked"}},
	{name: "less", rules: inet("accept", "tcp dport < 80 drop\ntcp dport > 2000 drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "open", "tcp/2323": "blocked"}},
	{name: "at most", rules: inet("accept", "tcp dport <= 80 drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "blocked", "tcp/2323": "open"}},
	{name: "verdict map", rules: "table inet t {\nchain other {\ntcp dport 2323 reject\n}\nchain input {\n" + head + "tcp dport vmap { 23 : drop, 80 : accept, 2323 : jump other }\n}\n}",
		want: map[string]string{"tcp/23": "blocked", "tcp/80": "open", "tcp/2323": "blocked", "udp/69": "open"}},
	{name: "interval verdict map", rules: inet("drop", "tcp dport vmap { 0-22 : drop, 23-79 : accept, 80-65535 : drop }"),
		want: map[string]string{"tcp/23": "open", "tcp/80": "blocked", "udp/69": "blocked"}},
	{name: "one family", rules: "table ip t {\nchain input {\n" + head + "tcp dport 23 drop\n}\n}\ntable ip6 t {\nchain input {\n" + head + "tcp dport 80 drop\n}\n}",
		want: map[string]string{"tcp/23": "blocked open", "tcp/80": "open blocked"}},
	{name: "nfproto", rules: inet("accept", "meta nfproto ipv6 tcp dport 23 drop"), want: map[string]string{"tcp/23": "open blocked"}, says: "meta nfproto ipv6 tcp dport 23 drop"},
	{name: "jump and return", rules: "table inet t {\nchain some {\ntcp dport 80 return\ndrop\n}\nchain input {\n" + head + "jump some\ntcp dport 80 accept\n}\n}",
		want: map[string]string{"tcp/23": "blocked", "tcp/80": "open", "udp/69": "blocked"}, says: "of inet t some: drop"},
	{name: "goto", rules: "table inet t {\nchain some {\ntcp dport 80 accept\n}\nchain input {\n" + head + "policy drop\ngoto some\naccept\n}\n}",
		want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}, says: "policy drop"},
	{name: "zones of interfaces", rules: "table inet t {\nchain public {\ntcp dport 80 accept\nreject\n}\nchain zones {\niifname \"eth0\" goto public\ngoto public\n}\nchain input {\n" + head + "iifname \"lo\" accept\njump zones\nct state invalid drop\nreject\n}\n}",
		want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}, says: "of inet t public: reject"},
	{name: "sources", rules: inet("drop", "ip saddr 10.9.0.2 tcp dport 23 accept\nip6 saddr fd00:9::2 tcp dport 23 accept"),
		want: map[string]string{"tcp/23": "limited", "tcp/80": "blocked"}, says: "only from some sources: policy drop of inet t input, but for rule 1 (handle 2) of inet t input: ip saddr 10.9.0.2 tcp dport 23 accept"},
	{name: "prefix", rules: inet("drop", "ip saddr 10.9.0.2/31 tcp dport 23 accept\nip6 saddr fd00:9::/64 tcp dport 80 accept"),
		want: map[string]string{"tcp/23": "limited blocked", "tcp/80": "blocked limited"}, same: true, says: "ip saddr 10.9.0.2/31 tcp dport 23 accept"},
	{name: "blocked sources", rules: "table inet t {\nset evil { type ipv4_addr; flags interval; elements = { 10.9.0.3, 192.0.2.0/24 }\n}\nchain input {\n" + head + "ip saddr @evil drop\ntcp dport 80 drop\n}\n}",
		want: map[string]string{"tcp/23": "limited open", "tcp/80": "blocked"}, says: "not from some sources: rule 1 (handle 3) of inet t input: ip saddr @evil drop"},
	{name: "concatenation", rules: inet("accept", "ip saddr . tcp dport { 10.9.0.3 . 23, 10.9.0.4 . 80 } drop"),
		want: map[string]string{"tcp/23": "limited open", "tcp/2323": "open"}, says: "input: ip saddr . tcp dport { 10.9.0."},
	{name: "concatenation with ranges", rules: "table inet t {\nset both { type ipv4_addr . inet_service; flags interval; elements = { 10.9.0.3-10.9.0.9 . 20-30, 0.0.0.0/0 . 2000-3000 }\n}\nchain input {\n" + head + "ip saddr . tcp dport @both drop\n}\n}",
		want: map[string]string{"tcp/23": "limited open", "tcp/80": "open", "tcp/2323": "blocked open"}},
	{name: "source returns", rules: "table inet t {\nchain some {\nip saddr 10.9.0.2 return\ndrop\n}\nchain input {\n" + head + "meta nfproto ipv4 jump some\n}\n}",
		want: map[string]string{"tcp/23": "limited open"}, says: "only from some sources"},
	{name: "other interface", rules: inet("drop", "iifname \"eth7\" accept\niifname \"lo\" accept"), want: map[string]string{"tcp/23": "limited"}, same: true, says: "on some interfaces"},
	{name: "not loopback", rules: inet("accept", "iifname != \"lo\" tcp dport 23 drop\niif != lo udp dport 69 drop"), want: map[string]string{"tcp/23": "blocked", "udp/69": "blocked", "tcp/80": "open"}},
	{name: "loopback's own", rules: inet("accept", "iifname { \"lo\" } drop\niiftype loopback drop"), want: map[string]string{"tcp/23": "open"}},
	{name: "flags", rules: inet("drop", "tcp flags & (fin | syn | rst | ack) == syn tcp dport 23 accept\ntcp flags syn tcp dport 80 accept"), want: map[string]string{"tcp/23": "open", "tcp/80": "open", "tcp/2323": "blocked"}},
	{name: "not syn", rules: inet("accept", "tcp flags & (fin | syn | rst | ack) != syn ct state new drop\nct state invalid drop"), want: map[string]string{"tcp/23": "open"}},
	{name: "established alone", rules: inet("accept", "ct state established,related accept\nct state new tcp dport 23 drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}, says: "ct state new tcp dport 23 drop"},
	{name: "not new", rules: inet("accept", "ct state != new drop\nct status dnat drop\nct direction original tcp dport 23 drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}},
	{name: "rate", rules: inet("drop", "tcp dport 23 limit rate 1000/second accept"), want: map[string]string{"tcp/23": "limited", "tcp/80": "blocked"}, same: true, says: "at some rate"},
	{name: "local addresses", rules: inet("accept", "fib daddr type != local drop\nfib daddr type local tcp dport 23 drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}, says: "fib daddr type local tcp dport 23 drop"},
	{name: "way back", rules: "table inet t {\nchain pre {\ntype filter hook prerouting priority filter\nfib saddr . iif oif missing drop\n}\n}", want: map[string]string{"tcp/23": "open"}},
	{name: "prerouting", rules: "table inet t {\nchain pre {\ntype filter hook prerouting priority raw\ntcp dport 23 drop\n}\nchain input {\n" + head + "accept\n}\n}", want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}, says: "of inet t pre"},
	{name: "accepted twice", rules: inet("accept", "tcp dport 23 accept") + "table inet u {\nchain input {\ntype filter hook input priority 10\ntcp dport 23 drop\n}\n}", want: map[string]string{"tcp/23": "blocked"}, says: "of inet u input"},
	{name: "no tracking", rules: "table inet t {\nchain pre {\ntype filter hook prerouting priority raw\ntcp dport 23 notrack\n}\nchain input {\n" + head + "policy drop\nct state new accept\n}\n}", want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}},
	{name: "no tracking accepted", rules: "table inet t {\nchain pre {\ntype filter hook prerouting priority raw\ntcp dport 23 notrack\n}\nchain input {\n" + head + "policy drop\nct state untracked accept\n}\n}", want: map[string]string{"tcp/23": "open", "tcp/80": "blocked"}},
	{name: "before tracking", rules: "table inet t {\nchain pre {\ntype filter hook prerouting priority raw\nct state new tcp dport 23 drop\nct state invalid tcp dport 80 drop\n}\n}", want: map[string]string{"tcp/23": "open", "tcp/80": "blocked"}},
	{name: "redirect", rules: "table inet n {\nchain pre {\ntype nat hook prerouting priority dstnat\ntcp dport 23 redirect to :9\ntcp dport 80 redirect to :80\n}\n}", want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}, says: "redirect"},
	{name: "container", rules: "table ip n {\nchain pre {\ntype nat hook prerouting priority dstnat\nfib daddr type local jump docker\n}\nchain docker {\niifname \"docker0\" return\niifname != \"docker0\" tcp dport 23 dnat to 172.17.0.2:23\n}\n}", want: map[string]string{"tcp/23": "limited open", "tcp/80": "open"}, same: true, says: "dnat"},
	{name: "sent away", rules: "table ip n {\nchain pre {\ntype nat hook prerouting priority dstnat\ntcp dport 23 dnat to 172.17.0.2\ntcp dport 80 dnat to 10.9.0.1:80\n}\n}", want: map[string]string{"tcp/23": "blocked open", "tcp/80": "open"}},
	{name: "mark", rules: "table inet t {\nchain pre {\ntype filter hook prerouting priority mangle\nip saddr 10.9.0.0/24 meta mark set 7\n}\nchain input {\n" + head + "meta mark 7 tcp dport 23 drop\n}\n}", want: map[string]string{"tcp/23": "unclear", "tcp/80": "open"}, says: "is not understood"},
	{name: "option of tcp", rules: inet("accept", "tcp option maxseg size 1-500 drop\ntcp dport 80 drop"), want: map[string]string{"tcp/23": "unclear", "tcp/80": "blocked", "udp/69": "open"}, says: "is not understood"},
	{name: "a hash of the source", rules: inet("accept", "tcp dport 23 jhash ip saddr mod 2 0 drop"), want: map[string]string{"tcp/23": "unclear open", "tcp/80": "open"}},
	{name: "half of the probes", rules: inet("accept", "tcp dport 23 numgen random mod 2 0 drop"), want: map[string]string{"tcp/23": "limited", "tcp/80": "open"}, same: true, says: "at some rate"},
	{name: "shifted", rules: inet("accept", "ip dscp cs1 tcp dport 23 drop"), want: map[string]string{"tcp/23": "unclear open", "tcp/80": "open"}},
	{name: "extension headers", rules: inet("accept", "exthdr frag exists drop\nfrag more-fragments 1 drop\nexthdr dst missing tcp dport 23 drop"), want: map[string]string{"tcp/23": "open blocked", "tcp/80": "open"}},
	{name: "raw payload", rules: inet("accept", "@th,16,16 23 drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}},
	{name: "th dport", rules: inet("accept", "meta l4proto { tcp, udp } th dport { 23, 69 } drop"), want: map[string]string{"tcp/23": "blocked", "udp/69": "blocked", "tcp/80": "open"}},
	{name: "protocol", rules: inet("accept", "ip protocol udp drop\nip6 nexthdr udp drop"), want: map[string]string{"udp/69": "blocked", "tcp/23": "open"}},
	{name: "dormant", rules: "table inet t {\nflags dormant\nchain input {\n" + head + "policy drop\n}\n}", want: map[string]string{"tcp/23": "open"}},
	{name: "forward and output", rules: "table inet t {\nchain passing {\ntype filter hook forward priority 0\npolicy drop\n}\nchain aside {\ndrop\n}\n}", want: map[string]string{"tcp/23": "open"}},
	{name: "device", rules: "table netdev t {\nchain in {\ntype filter hook ingress device eth0 priority 0\ntcp dport 23 drop\n}\nchain lo {\ntype filter hook ingress device lo priority 0\ndrop\n}\n}", want: map[string]string{"tcp/23": "limited", "tcp/80": "open"}, same: true, says: "not on some interfaces: rule 1 (handle 3) of netdev t in: tcp dport 23 drop"},
	{name: "seen set", rules: "table inet t {\nset seen { type ipv4_addr; size 9; flags dynamic,timeout; timeout 1m\n}\nchain input {\n" + head + "tcp dport 23 update @seen { ip saddr } drop\n}\n}", want: map[string]string{"tcp/23": "blocked open", "tcp/80": "open"}},
	{name: "hardware address", rules: inet("drop", "ether saddr 02:00:00:00:00:01 tcp dport 23 accept"), want: map[string]string{"tcp/23": "limited", "tcp/80": "blocked"}, same: true, says: "only from some sources"},
	{name: "value map", rules: inet("accept", "tcp dport 23 meta mark set tcp dport map { 23 : 1, 80 : 2 } drop\ntcp dport 80 meta mark set tcp dport map { 9 : 1 } drop"), want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}},
}

// tables are the commands of iptables-nft and ip6tables-nft, likewise.
var tables = []struct {
	ruleset
	four, six []string
}{
	{ruleset: ruleset{name: "one port", want: map[string]string{"tcp/23": "blocked", "tcp/80": "open"}, says: "of ip filter INPUT: tcp dport 23 drop"},
		four: []string{"-A INPUT -p tcp --dport 23 -j DROP"}, six: []string{"-A INPUT -p tcp --dport 23 -j DROP"}},
	{ruleset: ruleset{name: "several ports", want: map[string]string{"tcp/23": "blocked open", "tcp/80": "open", "tcp/2323": "blocked open"}},
		four: []string{"-A INPUT -p tcp -m multiport --dports 20:30,2323 -j REJECT"}},
	{ruleset: ruleset{name: "not several", want: map[string]string{"tcp/23": "open", "tcp/2323": "blocked open", "udp/69": "open"}},
		four: []string{"-A INPUT -p tcp -m multiport ! --dports 20:30,80 -j DROP"}},
	{ruleset: ruleset{name: "states", want: map[string]string{"tcp/23": "blocked open", "tcp/80": "open", "udp/69": "blocked open"}, says: "policy drop of ip filter INPUT"},
		four: []string{"-P INPUT DROP", "-A INPUT -i lo -j ACCEPT", "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT", "-A INPUT -m state --state INVALID -j DROP",
			"-A INPUT -p tcp -m tcp --dport 80 -m conntrack --ctstate NEW -m comment --comment web -j ACCEPT", "-A INPUT -p icmp --icmp-type 8 -j ACCEPT"}},
	{ruleset: ruleset{name: "sources", want: map[string]string{"tcp/23": "limited open", "tcp/80": "blocked open"}},
		four: []string{"-N mine", "-A INPUT -s 10.9.0.2/32 -p tcp --dport 23 -j mine", "-A mine -j ACCEPT", "-A INPUT -j REJECT --reject-with icmp-host-prohibited"}},
	{ruleset: ruleset{name: "ranges of sources", want: map[string]string{"tcp/23": "limited open"}},
		four: []string{"-A INPUT -m iprange --src-range 10.9.0.3-10.9.0.9 -j DROP"}},
	{ruleset: ruleset{name: "types", want: map[string]string{"tcp/23": "blocked open", "tcp/80": "open"}},
		four: []string{"-A INPUT -m addrtype ! --dst-type LOCAL -j DROP", "-A INPUT -m addrtype --dst-type LOCAL -p tcp --dport 23 -j DROP", "-A INPUT -m pkttype --pkt-type multicast -j DROP"}},
	{ruleset: ruleset{name: "limit", same: true, want: map[string]string{"tcp/23": "limited open"}},
		four: []string{"-A INPUT -p tcp --dport 23 -m limit --limit 100/s -j ACCEPT", "-A INPUT -j DROP"}},
	{ruleset: ruleset{name: "redirected", want: map[string]string{"tcp/23": "unclear open", "tcp/80": "open"}},
		four: []string{"-t nat -A PREROUTING -p tcp --dport 23 -j REDIRECT --to-ports 9"}},
	{ruleset: ruleset{name: "not understood", want: map[string]string{"tcp/23": "unclear open", "tcp/80": "open"}, says: "xt match string"},
		four: []string{"-A INPUT -p tcp --dport 23 -m string --algo bm --string x -j DROP"}},
	{ruleset: ruleset{name: "syn", want: map[string]string{"tcp/23": "blocked open", "tcp/80": "open"}},
		four: []string{"-A INPUT -p tcp ! --syn -m conntrack --ctstate NEW -j DROP", "-A INPUT -p tcp --syn --dport 23 -j DROP"}},
	{ruleset: ruleset{name: "way back", want: map[string]string{"tcp/23": "open"}},
		four: []string{"-t raw -A PREROUTING -m rpfilter --invert -j DROP"}},
	{ruleset: ruleset{name: "source ports", same: true, want: map[string]string{"tcp/23": "limited open", "udp/69": "limited open"}},
		four: []string{"-A INPUT -p tcp --sport 1:1023 --dport 23 -j DROP", "-A INPUT -p udp -m multiport --sports 53,123 -j DROP"}},
}
