package main

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"klaxon/internal/control"
	"klaxon/internal/policy"
)

// Where a rule comes from, as klaxonctl shows it.
const (
	fromFile = "configuration"
	fromHand = "klaxonctl"
)

// Allow implements control.Expecter.
func (k *desk) Allow(ctx context.Context, a control.Allowance) (control.Allowance, error) {
	r, err := ruleOf(&a, time.Now())
	if err == nil {
		err = r.Check()
	}
	if err != nil {
		how := strings.ReplaceAll(err.Error(), "add force = true", "say -force")
		return control.Allowance{}, control.Refuse(control.ErrInvalid, "allow %s: %s", a.Source, how)
	}
	if err := k.d.allow(ctx, r); err != nil {
		return control.Allowance{}, err
	}
	made := allowanceOf(&r, fromHand)
	made.By = a.By
	return made, nil
}

// Disallow implements control.Expecter.
func (k *desk) Disallow(ctx context.Context, what string) (gone []control.Allowance, err error) {
	before, err := k.Allowed(ctx)
	if err != nil {
		return nil, err
	}
	gone = slices.DeleteFunc(before, func(a control.Allowance) bool { return a.Origin != fromHand || a.Source != what })
	if len(gone) == 0 {
		return nil, control.Refuse(control.ErrNotFound, "no rule of klaxonctl allow is about %.60s; those of the configuration are changed there", what)
	}
	return gone, k.d.disallow(ctx, what)
}

// Allowed implements control.Expecter.
func (k *desk) Allowed(context.Context) (list []control.Allowance, err error) {
	a := &k.d.allowed
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.rules {
		list = append(list, allowanceOf(&a.rules[i], fromFile))
	}
	for i := range a.added {
		list = append(list, allowanceOf(&a.added[i], fromHand))
	}
	return list, nil
}

// Learn implements control.Expecter.
func (k *desk) Learn(_ context.Context, span time.Duration) (control.Lesson, error) {
	now := time.Now()
	if span > 0 {
		if err := k.d.learn(now, span); err != nil {
			return control.Lesson{}, control.Refuse(control.ErrInvalid, "%v", err)
		}
	}
	lines, over := k.d.lesson(now)
	l := control.Lesson{Running: !over}
	for line := range strings.Lines(lines) {
		l.Lines = append(l.Lines, strings.TrimSuffix(line, "\n"))
	}
	return l, nil
}

// ruleOf is the rule that a person asks for, from now on.
func ruleOf(a *control.Allowance, now time.Time) (r policy.Rule, err error) {
	p, err := netip.ParsePrefix(a.Source)
	if err != nil {
		addr, bad := netip.ParseAddr(a.Source)
		if bad != nil || addr.Zone() != "" {
			return r, fmt.Errorf("%q is neither address nor network", a.Source)
		}
		addr = addr.Unmap()
		p = netip.PrefixFrom(addr, addr.BitLen())
	}
	r = policy.Rule{Sources: []netip.Prefix{p.Masked()}, Reason: a.Why, Force: a.Force}
	if a.For > 0 {
		r.Until = now.Add(time.Duration(a.For)).Truncate(time.Second)
	}
	r.Services, err = policy.ServicesOf(strings.Fields(a.Ports))
	return r, err
}

// allowanceOf is a rule as a person is told of it.
func allowanceOf(r *policy.Rule, origin string) control.Allowance {
	a := control.Allowance{ID: r.Who(), Source: r.Who(), Why: text(r.Reason), Origin: origin, Force: r.Force}
	for i := range r.Services {
		a.Ports = strings.TrimSpace(a.Ports + " " + r.Services[i].String())
	}
	if !r.Until.IsZero() {
		until := r.Until.UTC()
		a.Expires = &until
	}
	return a
}
