// Package install tests what `make dist` makes: that two builds are the same,
// that the packages hold what they should, and that a machine without Go has its
// first alarm in the first minutes.
package install
