package main

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"klaxon"
	"klaxon/internal/control"
	"klaxon/internal/store"
)

// An alarm opens in the moment of its touch: the detector's time may be some seconds
// ahead of that. One source's touches of that time are looked through, the last first.
const (
	touchBefore = 10 * time.Second
	touchesSeen = 64
)

// complete gives alarms that touches opened these back, which are records of their
// own in the store: formats tell the touch's port, what it sent and who it claimed to
// be.
func (f *finder) complete(ctx context.Context) error {
	for ; len(f.bare) > 0; f.bare = f.bare[1:] {
		a := f.bare[0]
		page, err := f.store.Query(ctx, store.Filter{Types: kinds[0], Source: placeOf(a.Source.Addr),
			Since: a.Time.Add(-touchBefore), Until: a.Time.Add(time.Millisecond), Limit: touchesSeen})
		if err != nil {
			return err
		}
		for i := range page.Records {
			r, err := control.Recall(page.Records[i].Line)
			if t, ok := r.(*klaxon.Touch); err == nil && ok && opened(t, a) {
				a.Touch = t
				break
			}
		}
	}
	return nil
}

// bareOf is an alarm that a touch opened, without that touch.
func bareOf(r klaxon.Record) (a *klaxon.Alarm, ok bool) {
	a, ok = r.(*klaxon.Alarm)
	return a, ok && a.Event == klaxon.EventOpen && a.Shape == klaxon.ShapeTouch && a.Touch == nil && a.Source.Addr.IsValid()
}

// placeOf is where a source's touches come from: over IPv6 it may be known by another
// address of its network.
func placeOf(a netip.Addr) netip.Prefix {
	if a.Is6() {
		return netip.PrefixFrom(a, 64).Masked()
	}
	return netip.PrefixFrom(a, a.BitLen())
}

// opened tells whether a touch of an alarm's source came before it in the same run, and
// is of what the alarm names.
func opened(t *klaxon.Touch, a *klaxon.Alarm) bool {
	ports := a.Targets.TCP
	if t.Transport == klaxon.UDP {
		ports = a.Targets.UDP
	}
	return t.Boot == a.Boot && t.Seq < a.Seq && slices.Contains(a.Targets.Dst, t.Target.Addr.Unmap().WithZone("")) &&
		slices.ContainsFunc(ports, func(r klaxon.PortRange) bool { return r.First <= t.Target.Port && t.Target.Port <= r.Last })
}
