// Package flood hides scanners in floods of millions of forged sources, and
// looks whether they are found all the same, what is told, and what it costs.
// Packets are made one by one where they are judged and none is kept, so that a
// flood of ten million takes seconds.
package flood
