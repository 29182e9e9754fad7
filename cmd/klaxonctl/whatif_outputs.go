package main

import (
	"fmt"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/pipeline"
)

// would is an output of the configuration, and the alarms that it would have got.
// Budgets and digests are left out: they depend on the day.
type would struct {
	name   string
	keep   bool
	wants  func(klaxon.Record) bool
	alarms map[string]bool
}

// wouldGet are the outputs that have a table: what the others get is the sum itself.
func wouldGet(c *config.Config) (list []would) {
	for i := range c.Outputs {
		o := &c.Outputs[i]
		if !o.Enabled || o.Type == "metrics" {
			continue
		}
		f := pipeline.Filter{Severity: o.MinSeverity, Confidence: o.Confidence, Proof: o.Proof, Zones: o.Zones, Services: o.Services, Sources: o.Sources}
		list = append(list, would{o.Name, o.Touches, f.Chooser(), map[string]bool{}})
	}
	return list
}

func (o *would) take(a *klaxon.Alarm) {
	if (o.keep || !a.Quiet) && len(o.alarms) < whatIfMax && o.wants(a) {
		o.alarms[a.ID] = true
	}
}

// outputs says what each output would have got of the alarms.
func (w *whatIf) outputs() (err error) {
	for i := range w.would {
		o := &w.would[i]
		of := len(w.told)
		if o.keep {
			of += len(w.quiet)
		}
		if _, err = fmt.Fprintf(w.stdout, "output %s: %d of %s\n", shown(o.name), len(o.alarms), amount(of, "alarm", "alarms")); err != nil {
			return err
		}
	}
	return nil
}
