package format

import (
	"slices"

	"klaxon"
	"klaxon/internal/render"
)

// Format is one dialect. The zero value is of no use; see ByName.
type Format struct {
	Name      string // as in klaxon.toml
	MediaType string // of several lines, for HTTP

	// Append appends a record as one line, without its newline.
	Append func(dst []byte, r klaxon.Record) []byte
}

const ndjson = "application/x-ndjson"

// formats is sorted by name.
func formats() []Format {
	return []Format{
		{"cef", "text/plain", appendCEF},
		{"ecs", ndjson, appendECS},
		{"json", ndjson, render.AppendJSON},
		{"log", "text/plain", appendLog},
		{"ocsf", ndjson, appendOCSF},
		{"opencanary", ndjson, appendOpenCanary},
	}
}

// ByName returns a dialect by its name in klaxon.toml.
func ByName(name string) (Format, bool) {
	all := formats()
	i := slices.IndexFunc(all, func(f Format) bool { return f.Name == name })
	if i < 0 {
		return Format{}, false
	}
	return all[i], true
}

// Names returns the names of all dialects, sorted.
func Names() []string {
	var names []string
	for _, f := range formats() {
		names = append(names, f.Name)
	}
	return names
}
