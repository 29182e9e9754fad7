// Package owed keeps, for one output, which records it has still to deliver, in a
// file that outlives kill -9 and the loss of power. It holds no records, only their
// names: a store has the records.
//
// Add and the questions take memory alone, so that who stages records never waits
// for a disk. Flush writes what was added and is still owed, and returns when that
// is safe: it comes before the store takes the records, so that whatever is in the
// store is either done or owed. Done writes the cursor, and waits for no disk: a
// process that is killed leaves what it wrote, and what the loss of power takes of
// it is delivered again.
//
// The file is a head of one entry's size with the cursor, and entries behind it.
// Nobody else should write it: entries that are damaged are left out and counted, a
// damaged head repeats what was done, and what is no list is put aside.
package owed
