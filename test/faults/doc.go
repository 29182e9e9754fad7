// Package faults holds a whole klaxond, as it is built, against what befalls a
// machine: it is killed, its disk is full, read only, slow or lies, its clock is
// set, its descriptors run out, an output hangs. Whatever happens, traps ring, the
// gap is told and counted, and nothing that was receipted is lost.
package faults
