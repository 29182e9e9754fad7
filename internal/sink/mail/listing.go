package mail

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"klaxon"
)

// worthListing splits a batch that is longer than anybody reads: those to be listed, in
// their order, and how many of each severity are not. What the sensor says of itself
// is of severity 3 at least.
func worthListing(batch []klaxon.Record, most int) (listed []klaxon.Record, rest [6]int) {
	if most <= 0 || len(batch) <= most {
		return batch, rest
	}
	order := make([]int, len(batch))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(severityOf(batch[b]), severityOf(batch[a])) })
	for _, i := range order[most:] {
		rest[severityOf(batch[i])]++
	}
	order = order[:most]
	slices.Sort(order)
	for _, i := range order {
		listed = append(listed, batch[i])
	}
	return listed, rest
}

func severityOf(r klaxon.Record) int {
	switch r := r.(type) {
	case *klaxon.Alarm:
		return severity(r)
	case *klaxon.Health:
		return min(max(gravest(r)/2, 3), 5)
	}
	return 1
}

// appendRest says how many more there are.
func appendRest(b *bytes.Buffer, rest [6]int) {
	for s := len(rest) - 1; s >= 0; s-- {
		if rest[s] > 0 {
			fmt.Fprintf(b, "* and %d more of severity %d: klaxonctl alarms\n", rest[s], s)
		}
	}
}
