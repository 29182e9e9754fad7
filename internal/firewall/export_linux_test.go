package firewall

import "fmt"

// Contradictions reads the kernel's rules, makes one expression after the other one
// that nobody knows, and lists where that makes us claim anything else than before:
// with less that is understood there may be less to say, and nothing new.
func Contradictions(traps []Trap, h Host) (list []string, err error) {
	rs, err := read()
	if err != nil {
		return nil, err
	}
	return rs.contradictions(traps, h), nil
}

func (rs *ruleset) contradictions(traps []Trap, h Host) (list []string) {
	before := rs.judge(traps, h)
	for _, c := range rs.chains {
		for _, r := range c.rules {
			for i := range r.exprs {
				known := r.exprs[i]
				r.exprs[i] = expression{name: "nobody-knows"}
				for j, f := range rs.judge(traps, h) {
					if f.Reach != before[j].Reach && f.Reach != Unclear {
						list = append(list, fmt.Sprintf("rule %d of %s without its %s: %v, and with it %v", r.position, nameOf(c), known.name, f, before[j]))
					}
				}
				r.exprs[i] = known
			}
		}
	}
	return list
}
