// Package format writes records in the dialects that other tools read: one file
// a dialect, each from one record to one line. docs/outputs.md shows a true
// example of each and says how the updates of one alarm are to be read.
//
// Fixed words, numbers and addresses are written as they are; whatever may hold
// bytes of a stranger goes through render, as inert text: printable ASCII
// without markup, formulas or the separators of any of the dialects.
package format
