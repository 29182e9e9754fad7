// Package store says what it is to keep records: to take them durably, to be
// asked for them, to prove that nobody touched them, and to forget the oldest.
// Implementations are folders beside it; storetest is the suite that each
// passes.
package store
