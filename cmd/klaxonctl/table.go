package main

import (
	"flag"
	"io"
	"maps"
	"slices"
	"strings"
)

type flagSet = *flag.FlagSet

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// table aligns columns. Cells are made safe here, and an empty one is a dash.
type table struct{ rows [][]string }

func newTable(head ...string) *table { return &table{rows: [][]string{head}} }

func (t *table) add(cells ...string) {
	for i := range cells {
		cells[i] = orDash(shown(cells[i]))
	}
	t.rows = append(t.rows, cells)
}

func (t *table) write(w io.Writer) {
	wide := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			wide[i] = max(wide[i], len(cell))
		}
	}
	for _, row := range t.rows {
		var line []byte
		for i, cell := range row {
			line = append(line, cell...)
			if i < len(row)-1 {
				line = append(line, strings.Repeat(" ", wide[i]-len(cell)+2)...)
			}
		}
		w.Write(append(line, '\n')) // its errors are those of w, which keeps them
	}
}
