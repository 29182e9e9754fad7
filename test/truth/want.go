package truth

import (
	"net/netip"

	"klaxon"
)

// Want is one scan, or one flood, that must be told: exactly once, unless Lives
// says otherwise.
type Want struct {
	Source     netip.Addr         // invalid for flood, decoy and distributed
	Prefix     netip.Prefix       // instead of Source: any address in it, for one that rotates
	Techniques []klaxon.Technique // all must be named, and no other but those of Extra
	Extra      []klaxon.Technique // may be named besides
	Shape      klaxon.Shape       // "" = do not care
	Tool       string             // "" = do not care; "-" = none may be named
	Marks      []klaxon.Mark      // all must be there; others may
	Proof      klaxon.Proof       // at least this
	MaxProbes  int                // the alarm must open by this many probes; 0 = do not care
	Records    int                // at most this many; 0 = 3 with a single source, 12 without
	Lives      int                // at most this many alarms, one after the other; 0 = 1

	Hosts, Services int // exactly so many targets; 0 = do not care

	Victim  netip.Addr   // must be among the targets; that of a flood tells floods apart
	Sources []netip.Addr // must be among the candidates of a decoy or distributed scan
}

// Option changes what Check accepts.
type Option func(*check)

// AllowFlood accepts floods that were not wanted, whatever their victim.
func AllowFlood() Option { return func(c *check) { c.allowFlood = true } }

// WantSuspect demands that the source was at least suspected. It needs a
// detector whose floor is suspect.
func WantSuspect(source netip.Addr) Option {
	return func(c *check) { c.suspects = append(c.suspects, source) }
}

// Innocent names hosts that must not be blamed even as a suspect: the scanned
// ones, above all.
func Innocent(hosts ...netip.Addr) Option {
	return func(c *check) { c.innocent = append(c.innocent, hosts...) }
}
