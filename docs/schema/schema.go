// Package schema holds the JSON Schemas (draft 2020-12) of every record that
// Klaxon writes, one file per type. They are for readers of the JSON lines; in
// this tree the tests alone use them.
package schema

import "embed"

// Files holds TYPE.schema.json for every type of record.
//
//go:embed *.schema.json
var Files embed.FS

// Formats holds formats/FORMAT.schema.json for every foreign dialect of JSON that
// internal/format writes, with the names and values of the schema it follows.
//
//go:embed formats/*.schema.json
var Formats embed.FS
