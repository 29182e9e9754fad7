package firewall

import (
	"os"
	"strings"
)

// Legacy names the tables of the iptables of old, which are none of nftables: their
// rules are not read.
func Legacy() (tables []string) {
	for _, of := range []struct{ file, command string }{
		{"/proc/net/ip_tables_names", "iptables-legacy"}, {"/proc/net/ip6_tables_names", "ip6tables-legacy"},
	} {
		text, err := os.ReadFile(of.file)
		if err != nil {
			continue // there are none, or we are not root
		}
		for _, name := range strings.Fields(string(text)) {
			tables = append(tables, of.command+" -t "+name)
		}
	}
	return tables
}
