package firewall

import (
	"cmp"
	"slices"

	"golang.org/x/sys/unix"
)

// end is where the way of a probe may end within one base chain.
type end struct {
	verdict
	chain *chain
	rule  *rule // nil: the policy of the chain
	hangs why   // 0: where it ends unless one of the others comes first
}

// walker follows a probe through chains.
type walker struct {
	machine
	ends  []end // of the base chain that it is in
	steps int
	tired bool // it was cut short
}

// hooks lists the base chains that a packet for this host passes, in order.
func (rs *ruleset) hooks(v6 bool) (list []*chain) {
	for _, c := range rs.chains {
		if _, ok := c.stage(v6); ok && c.base && !rs.dormant[c.key.tableKey] && !c.loopback {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *chain) int {
		x, _ := a.stage(v6)
		y, _ := b.stage(v6)
		return cmp.Or(cmp.Compare(x, y), cmp.Compare(a.priority, b.priority),
			cmp.Compare(a.key.family, b.key.family), cmp.Compare(a.key.tableKey.name, b.key.tableKey.name), cmp.Compare(a.key.name, b.key.name))
	})
	return list
}

// The stages of a packet's way to this host.
const (
	stageIngress = iota
	stageBridgePrerouting
	stageBridgeInput
	stagePrerouting
	stageInput
)

// stage says where a base chain stands on that way, false for nowhere.
func (c *chain) stage(v6 bool) (int, bool) {
	const inetIngress = 5
	switch f := c.key.family; {
	case f == unix.NFPROTO_NETDEV && c.hook == unix.NF_NETDEV_INGRESS, f == unix.NFPROTO_INET && c.hook == inetIngress:
		return stageIngress, true
	case f == unix.NFPROTO_BRIDGE && c.hook == unix.NF_INET_PRE_ROUTING:
		return stageBridgePrerouting, true
	case f == unix.NFPROTO_BRIDGE && c.hook == unix.NF_INET_LOCAL_IN:
		return stageBridgeInput, true
	case f == unix.NFPROTO_INET, f == unix.NFPROTO_IPV6 && v6, f == unix.NFPROTO_IPV4 && !v6:
		return stagePrerouting + int(c.hook&1), c.hook == unix.NF_INET_PRE_ROUTING || c.hook == unix.NF_INET_LOCAL_IN
	}
	return 0, false
}

// enter prepares the probe for a base chain, and returns what it hangs on that it
// comes there.
func (w *walker) enter(c *chain) why {
	const tracking = -200
	stage, _ := c.stage(w.probe.v6)
	w.probe.tracked = stage == stageInput || stage == stagePrerouting && c.priority > tracking
	w.ends = nil
	if stage < stagePrerouting {
		return byInterface
	}
	return 0
}

// base runs a base chain and its policy.
func (w *walker) base(c *chain) []end {
	under := w.enter(c)
	if f := w.run(c, under, 0); f.falls {
		w.ends = append(w.ends, end{verdict: c.policy, chain: c, hangs: f.hangs})
	}
	if under != 0 {
		w.ends = append(w.ends, end{verdict: verdict{code: accept}, chain: c}) // others do not come here
	}
	return w.ends
}

// flow tells whether a packet may leave a chain at its end, or by return.
type flow struct {
	falls bool
	hangs why
}

// add adds one more way out of a chain that is entered under a condition.
func (f *flow) add(hangs, under why) {
	switch {
	case !f.falls, hangs == under:
		f.falls, f.hangs = true, hangs
	case f.hangs != under:
		f.hangs |= hangs
	}
}

// run runs the rules of a chain that is entered under a condition.
func (w *walker) run(c *chain, under why, depth int) (out flow) {
	here := under
	for _, r := range c.rules {
		if w.steps++; w.steps > stepsMax || depth > depthMax {
			w.tired = true
			return flow{}
		}
		w.under = here
		for _, o := range w.apply(r) {
			next, done := w.follow(r, o, here, under, depth, &out)
			if done {
				return out
			}
			here = next
		}
	}
	out.add(here, under)
	return out
}

// follow does what a rule may come to. It returns under which condition the next
// rule is run, and whether none is.
func (w *walker) follow(r *rule, o option, here, under why, depth int, out *flow) (why, bool) {
	hangs, certain := here|o.hangs, o.hangs == 0
	switch o.code {
	case goOn:
		return here, false
	case leave:
		out.add(hangs, under)
		return here, certain
	case jump, hop:
		return w.into(r, o, here, under, depth, out)
	}
	w.ends = append(w.ends, end{verdict: o.verdict, chain: r.chain, rule: r, hangs: hangs})
	return here, certain
}

// into enters another chain, to come back from it or not.
func (w *walker) into(r *rule, o option, here, under why, depth int, out *flow) (why, bool) {
	hangs, certain := here|o.hangs, o.hangs == 0
	target := w.rs.chains[innerKey{r.chain.key.tableKey, o.chain}]
	if target == nil {
		w.ends = append(w.ends, end{verdict: verdict{code: unclear, note: "a chain that is missing"}, chain: r.chain, rule: r, hangs: hangs})
		return here, certain
	}
	f := w.run(target, hangs, depth+1)
	if o.code == hop {
		if f.falls {
			out.add(f.hangs, under)
		}
		return here, certain
	}
	if !certain {
		return here, false
	}
	return f.hangs, !f.falls
}
