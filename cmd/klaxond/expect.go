package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"klaxon/internal/config"
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
		return control.Allowance{}, control.Refuse(control.ErrInvalid, "%s", how)
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
	gone = slices.DeleteFunc(before, func(a control.Allowance) bool { return a.Origin != fromHand || !goesBy(a.Source, what) })
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
	if l.Running {
		l.Until = k.d.allowed.end()
	}
	for line := range strings.Lines(lines) {
		l.Lines = append(l.Lines, strings.TrimSuffix(line, "\n"))
	}
	return l, nil
}

// ruleOf is the rule that a person asks for, from now on.
func ruleOf(a *control.Allowance, now time.Time) (r policy.Rule, err error) {
	r = policy.Rule{Reason: a.Why, Force: a.Force, Role: policy.Role(a.Role)}
	if a.Source != "" || a.MAC == "" {
		p, err := control.ParseSource(a.Source)
		if err != nil {
			return r, err
		}
		r.Sources = []netip.Prefix{p}
	}
	if a.MAC != "" {
		if r.MAC, err = config.ParseMAC(a.MAC); err != nil {
			return r, err
		}
	}
	if a.Hours != "" {
		if r.From, r.To, err = config.ParseHours(a.Hours); err != nil {
			return r, err
		}
	}
	for _, name := range strings.Fields(a.Days) {
		day, ok := policy.DayOf(name)
		if !ok {
			return r, fmt.Errorf("%q is no day; want some of mon, tue, wed, thu, fri, sat and sun", name)
		}
		r.Days |= day
	}
	if a.For > 0 {
		r.Until = now.Add(time.Duration(a.For)).Truncate(time.Second)
	}
	r.Services, err = policy.ServicesOf(strings.Fields(a.Ports))
	return r, err
}

// goesBy tells whether what a person typed is the source of a rule, or one of the two
// that it goes by.
func goesBy(who, typed string) bool {
	if mac, err := config.ParseMAC(typed); err == nil {
		typed = net.HardwareAddr(mac[:]).String()
	}
	return who == typed || slices.Contains(strings.Split(who, ", "), typed)
}

// allowanceOf is a rule as a person is told of it.
func allowanceOf(r *policy.Rule, origin string) control.Allowance {
	a := control.Allowance{ID: r.Who(), Source: r.Who(), Why: text(r.Reason), Origin: origin, Force: r.Force, Role: string(r.Role)}
	if r.MAC != [6]byte{} {
		a.MAC = net.HardwareAddr(r.MAC[:]).String()
	}
	if r.From != r.To {
		a.Hours = fmt.Sprintf("%02d:%02d-%02d:%02d", r.From/60, r.From%60, r.To/60, r.To%60)
	}
	for day := range time.Weekday(7) {
		if r.Days != 0 && r.Days.Has(day) {
			a.Days = strings.TrimSpace(a.Days + " " + strings.ToLower(day.String()[:3]))
		}
	}
	for i := range r.Services {
		a.Ports = strings.TrimSpace(a.Ports + " " + r.Services[i].String())
	}
	if !r.Until.IsZero() {
		until := r.Until.UTC()
		a.Expires = &until
	}
	return a
}
