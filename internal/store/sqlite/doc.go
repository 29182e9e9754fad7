// Package sqlite is a store in one SQLite file, in WAL mode and with
// synchronous FULL: what Emit counts as out survives the loss of power.
//
// One connection writes, a few read, and the readers never make the writer
// wait. The file holds each record as the JSON line that every output has,
// chained by hash (package chain), and beside it the columns that are asked
// for. Touches are one chain and all else is another, so that touches can be
// forgotten without what matters more; a number over both is the order of keeping.
//
// When a write fails the file is closed. The next Emit opens it anew, checks
// what it holds against what receipts were given for, takes back what none was
// given for, and goes on. A file that is damaged is moved aside, never deleted.
package sqlite
