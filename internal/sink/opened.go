package sink

import (
	"klaxon"
	"klaxon/internal/render"
)

// opened returns what a sink of lines writes in place of a record.
func opened(r klaxon.Record) klaxon.Record { return render.Opened(r) }
