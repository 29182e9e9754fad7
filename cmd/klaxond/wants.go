package main

import (
	"klaxon/internal/classify"
	"klaxon/internal/pipeline"
)

// wants has the detector look for the services that filters of outputs name, in all
// that a source probed, and says to each filter which bit of an alarm is its own. It
// comes before the detector is made.
func wants(sinks []pipeline.Output) (lists [][]classify.Want) {
	for _, o := range sinks {
		if o.Filter == nil || len(o.Filter.Services) == 0 || len(lists) == 64 {
			continue
		}
		o.Filter.Bit = 1 << len(lists)
		var list []classify.Want
		for _, s := range o.Filter.Services {
			list = append(list, classify.Want{Transport: s.Transport, First: s.First, Last: s.Last})
		}
		lists = append(lists, list)
	}
	return lists
}
