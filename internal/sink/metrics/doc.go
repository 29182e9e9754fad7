// Package metrics counts records and serves the counts, with what else a sensor
// tells of itself, to Prometheus: text format 0.0.4, on a listener of its own.
//
// Labels are of fixed lists of ours, so that no stranger can grow them: addresses,
// ports and names are in none. What does not stand on a list is "other".
package metrics
