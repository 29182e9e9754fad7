package policy

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
)

// named are the sources of a crowd that are told by name: those with the most probes,
// and among equals the first. Whoever does more in the midst of many is not left out
// because he came late.
type named struct {
	list  []nameOf
	least uint32 // the fewest probes of any of a full list; they may have grown since
}

type nameOf struct {
	addr   netip.Addr
	probes uint32
}

// note takes note of how many probes a source of the crowd has by now.
func (n *named) note(addr netip.Addr, probes uint64) {
	p := uint32(min(probes, math.MaxUint32))
	full := len(n.list) == crowdSources
	if full && p <= n.least {
		return
	}
	i := slices.IndexFunc(n.list, func(x nameOf) bool { return x.addr == addr })
	switch {
	case i >= 0:
		n.list[i].probes = p
	case !full:
		n.list = append(n.list, nameOf{addr, p})
	default:
		i, n.least = n.fewest()
		if p > n.least {
			n.list = append(slices.Delete(n.list, i, i+1), nameOf{addr, p})
		}
	}
}

// fewest is the place of the last of those with the fewest probes, and that number.
func (n *named) fewest() (at int, probes uint32) {
	for i, x := range n.list {
		if i == 0 || x.probes <= probes {
			at, probes = i, x.probes
		}
	}
	return at, probes
}

// addrs lists them, the busiest first.
func (n *named) addrs() []netip.Addr {
	list := slices.Clone(n.list)
	slices.SortStableFunc(list, func(x, y nameOf) int { return cmp.Compare(y.probes, x.probes) })
	addrs := make([]netip.Addr, len(list))
	for i, x := range list {
		addrs[i] = x.addr
	}
	return addrs
}
