// Package chain makes a row of records tamper-evident: each record is hashed
// together with the hash of the one before it, so that the newest hash, the
// head, stands for all of them. Heads that are written elsewhere every few
// seconds, as anchors, tie down what was before them: whoever edits, deletes or
// reorders a record afterwards, and hashes all that follow anew, still misses
// the anchor.
//
// What it cannot show: what happened to records after the last anchor, and what
// an intruder does who also rewrites the anchors. Anchors belong on another
// machine.
//
// A store has two of them: only the beginning of a chain can be given up, and
// touches are given up before alarms are.
//
// It is pure: no files, no clock.
package chain
