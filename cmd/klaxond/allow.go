package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/sandbox"
	"klaxon/internal/statefile"
)

const (
	// allowRulesMax bounds what is allowed at run time.
	allowRulesMax = 1024
	// allowEvery is how often expired rules are looked for, and the weather.
	allowEvery = 30 * time.Second
)

// allowed is who is expected: what the configuration says, and what was allowed at
// run time. Safe for concurrent use.
type allowed struct {
	path string // of the file that keeps the latter

	mu      sync.Mutex
	rules   []policy.Rule // of the configuration
	added   []policy.Rule
	broken  error // what is wrong with the file, which is then not written
	stale   bool  // the detector has not been told
	learner *policy.Learner
	lessons time.Time // when they end

	telling sync.Mutex // the detector: a newer list must not come before an older one
}

// openAllow reads what was allowed before, less what has expired, and makes its
// folder. A damaged file costs what is damaged, and is left as it is: whoever mends
// it has what was in it.
func (d *daemon) openAllow(user sandbox.Identity) {
	a := &d.allowed
	a.path, a.rules = d.paths.Allowed(), d.cfg.Allow
	if err := prepare(d.paths.State, user); err != nil {
		d.say("what klaxonctl allows will be lost at the end: %v", err)
	}
	a.added, a.broken = config.LoadAllowed(a.path)
	d.tellBroken()
	now := time.Now()
	for i := range a.rules {
		if r := &a.rules[i]; r.Over(now) {
			d.say("the rule for %s (%s) has expired, and counts no more", r.Who(), r.Reason)
		}
	}
	a.added = slices.DeleteFunc(a.added, func(r policy.Rule) bool { return r.Over(now) })
}

// tellBroken says that rules which somebody made are out of force.
func (d *daemon) tellBroken() {
	a := &d.allowed
	if a.broken == nil {
		d.trouble.set(troubleAllow, "")
		return
	}
	d.say("%v", a.broken)
	d.say("so %s in force of those of klaxonctl allow, others are not, and %s is left as it is: mend it, then reload klaxond",
		amount(len(a.added), "rule is", "rules are"), a.path)
	d.trouble.set(troubleAllow, "rules of klaxonctl allow are out of force: "+brief(a.broken))
}

// reread reads rules that were broken again, for they may be mended by now.
func (d *daemon) reread() {
	a := &d.allowed
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.broken == nil {
		return
	}
	added, err := config.LoadAllowed(a.path)
	now := time.Now()
	a.added = slices.DeleteFunc(added, func(r policy.Rule) bool { return r.Over(now) })
	a.broken, a.stale = err, true
	d.tellBroken()
}

// list is who is expected, as the detector takes it.
func (a *allowed) list() *policy.AllowList {
	a.mu.Lock()
	defer a.mu.Unlock()
	return policy.NewAllowList(slices.Concat(a.rules, a.added))
}

// allow adds a rule, and returns when it is safe on the disk and in force.
func (d *daemon) allow(ctx context.Context, r policy.Rule) error {
	if err := r.Check(); err != nil {
		return fmt.Errorf("allow %s: %w", r.Who(), err)
	}
	if r.Over(time.Now()) {
		return fmt.Errorf("allow %s: it would have expired already", r.Who())
	}
	return d.changeAllowed(ctx, func(added []policy.Rule) ([]policy.Rule, string, error) {
		if len(added) >= allowRulesMax {
			return nil, "", fmt.Errorf("allow %s: there are %d rules of klaxonctl's already: move some to klaxon.toml", r.Who(), len(added))
		}
		return append(added, r), said(&r), nil
	})
}

// disallow takes back the rules that were added for the same sources.
func (d *daemon) disallow(ctx context.Context, who string) error {
	return d.changeAllowed(ctx, func(added []policy.Rule) ([]policy.Rule, string, error) {
		left := slices.DeleteFunc(added, func(r policy.Rule) bool { return goesBy(r.Who(), who) })
		if len(left) == len(added) {
			return nil, "", fmt.Errorf("allow nobody any more as %s: no rule of klaxonctl's is about it; those of klaxon.toml are changed there", who)
		}
		return left, who + " is not expected any more", nil
	})
}

// changeAllowed changes what was added: first on the disk, then for the detector,
// and then it is told.
func (d *daemon) changeAllowed(ctx context.Context, change func([]policy.Rule) ([]policy.Rule, string, error)) error {
	a := &d.allowed
	a.mu.Lock()
	added, detail, err := change(slices.Clone(a.added))
	if err == nil && a.broken != nil {
		err = fmt.Errorf("what was allowed before cannot be read, and would be lost: mend %s, or move it away, then reload klaxond: %s", a.path, brief(a.broken))
	}
	if err == nil {
		err = statefile.Write(a.path, config.WriteAllow(added))
	}
	if err == nil {
		a.added, a.stale = added, true
	}
	a.mu.Unlock()
	if err != nil {
		return err
	}
	d.tellAllowed(1, detail)
	return d.enforce(ctx)
}

// reallow takes the rules of a configuration that was read again.
func (d *daemon) reallow(ctx context.Context, rules []policy.Rule) {
	a := &d.allowed
	a.mu.Lock()
	now := time.Now()
	gone, come := missing(a.rules, rules, now), missing(rules, a.rules, now)
	a.rules, a.stale = rules, a.stale || len(gone)+len(come) > 0
	a.mu.Unlock()
	for i := range gone {
		d.tellAllowed(1, gone[i].Who()+" is not expected any more ("+gone[i].Reason+")")
	}
	for i := range come {
		d.tellAllowed(1, said(&come[i]))
	}
	if err := d.enforce(ctx); err != nil {
		d.say("%v", err)
	}
}

// missing lists the rules of a list that another has not, less those that expired.
func missing(list, other []policy.Rule, now time.Time) (out []policy.Rule) {
	for i := range list {
		if !list[i].Over(now) && !slices.ContainsFunc(other, func(r policy.Rule) bool { return r.Equal(&list[i]) }) {
			out = append(out, list[i])
		}
	}
	return out
}

// expire drops the rules that were added and have expired.
func (d *daemon) expire(ctx context.Context, now time.Time) {
	a := &d.allowed
	a.mu.Lock()
	over := slices.DeleteFunc(slices.Clone(a.added), func(r policy.Rule) bool { return !r.Over(now) })
	if len(over) > 0 {
		a.added, a.stale = slices.DeleteFunc(slices.Clone(a.added), func(r policy.Rule) bool { return r.Over(now) }), true
		// What is not written expires again at the next start.
		if a.broken == nil {
			if err := statefile.Write(a.path, config.WriteAllow(a.added)); err != nil {
				d.say("%v", err)
			}
		}
	}
	a.mu.Unlock()
	for i := range over {
		d.tellAllowed(1, over[i].Who()+" is not expected any more: the time is over")
	}
	if err := d.enforce(ctx); err != nil {
		d.say("%v", err)
	}
}

// enforce tells the detector what it does not know yet.
func (d *daemon) enforce(ctx context.Context) error {
	a := &d.allowed
	a.telling.Lock()
	defer a.telling.Unlock()
	a.mu.Lock()
	stale := a.stale
	a.stale = false
	a.mu.Unlock()
	if !stale {
		return nil
	}
	list := a.list()
	err := d.watch.Ask(ctx, func(det *detect.Detector) { det.SetAllow(list) })
	if err != nil {
		a.mu.Lock()
		a.stale = true // the next tick tries again
		a.mu.Unlock()
		return fmt.Errorf("the new rules are kept, and not in force yet: %w", err)
	}
	return nil
}

func (d *daemon) tellAllowed(count uint64, detail string) {
	d.pipe.Health(klaxon.Health{What: klaxon.HealthAllow, Since: time.Now(), Count: count, Detail: detail})
}

// said says what a rule says, in one sentence.
func said(r *policy.Rule) string {
	s := r.Who() + " is expected"
	if r.Role != "" {
		s += " as " + string(r.Role)
	}
	if !r.Until.IsZero() {
		s += " until " + r.Until.UTC().Format(time.RFC3339)
	}
	return s + ": " + r.Reason
}
