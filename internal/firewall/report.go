package firewall

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"klaxon"
)

// Report tells of all traps that not everybody reaches: one line for each rule and
// family, which names all the traps that it is about.
func Report(findings []Finding) (lines []string) {
	type place struct {
		reach Reach
		why   string
		over  string
	}
	ports := map[place][]klaxon.Port{}
	var order []place
	for port, over := range byPort(findings) {
		for _, f := range over {
			p := place{f.Reach, f.Why, f.over}
			if ports[p] == nil {
				order = append(order, p)
			}
			ports[p] = append(ports[p], port)
		}
	}
	slices.SortFunc(order, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.reach, b.reach), comparePorts(ports[a][0], ports[b][0]), cmp.Compare(a.over, b.over))
	})
	for _, p := range order {
		lines = append(lines, sentence(p.reach, Ports(ports[p])+p.over, p.why))
	}
	return lines
}

func sentence(r Reach, what, why string) string {
	switch r {
	case Blocked:
		return fmt.Sprintf("no probe reaches %s: %s", what, why)
	case Limited:
		return fmt.Sprintf("probes reach %s %s", what, why)
	}
	return fmt.Sprintf("whether probes reach %s cannot be told: %s", what, why)
}

// overFamily is a finding with the words for the families that it is true of.
type overFamily struct {
	Finding
	over string
}

// byPort yields the ports in order, each with what is not open of it.
func byPort(findings []Finding) func(func(klaxon.Port, []overFamily) bool) {
	all := map[klaxon.Port][]Finding{}
	for _, f := range findings {
		all[f.Port] = append(all[f.Port], f)
	}
	ports := make([]klaxon.Port, 0, len(all))
	for p := range all {
		ports = append(ports, p)
	}
	slices.SortFunc(ports, comparePorts)
	return func(yield func(klaxon.Port, []overFamily) bool) {
		for _, p := range ports {
			if !yield(p, families(all[p])) {
				return
			}
		}
	}
}

// families joins the findings of one port where both families fare alike.
func families(list []Finding) (out []overFamily) {
	alike := true
	for _, f := range list {
		alike = alike && f.Reach == list[0].Reach && f.Why == list[0].Why
	}
	for i, f := range list {
		over := " over IPv4"
		if f.V6 {
			over = " over IPv6"
		}
		if alike {
			over = ""
		}
		if f.Reach != Open && (i == 0 || !alike) {
			out = append(out, overFamily{f, over})
		}
	}
	return out
}

func comparePorts(a, b klaxon.Port) int {
	return cmp.Or(cmp.Compare(a.Transport, b.Transport), cmp.Compare(a.Number, b.Number))
}

// Ports lists ports in short: "tcp/20-23,80,udp/69". Of very many the first stand
// for the rest, which is counted.
func Ports(list []klaxon.Port) string {
	list = slices.SortedFunc(slices.Values(list), comparePorts)
	var parts []string
	for i := 0; i < len(list); {
		if len(parts) == portsMax {
			parts = append(parts, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		j := i
		for j+1 < len(list) && list[j+1].Transport == list[i].Transport && list[j+1].Number == list[j].Number+1 {
			j++
		}
		part := fmt.Sprint(list[i].Number)
		if i == 0 || list[i-1].Transport != list[i].Transport {
			part = list[i].Transport.String() + "/" + part
		}
		if j > i {
			part += fmt.Sprintf("-%d", list[j].Number)
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}
