package main

import (
	"slices"

	"klaxon"
)

// ofDrill tells a record of a fire drill. It is kept, to show that it arrived, and
// left out wherever people look for what rang.
func ofDrill(r klaxon.Record) bool {
	switch r := r.(type) {
	case *klaxon.Touch:
		return slices.Contains(r.Marks, klaxon.MarkDrill)
	case *klaxon.Alarm:
		return slices.Contains(r.Marks, klaxon.MarkDrill)
	}
	return false
}
