// Package evasion asks what it costs not to be seen: it plays thousands of ways
// to scan a host past the detector and keeps those that no alarm named. The
// answer, docs/evasion.md, is written by the test run.
package evasion
