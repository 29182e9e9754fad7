package policy

import (
	"slices"

	"klaxon"
)

// drill tells a scan that a fire drill made. It goes to the records alone, whoever
// its source is and whatever is expected of it, and nothing is learnt from it.
func drill(s *klaxon.Scan) bool { return slices.Contains(s.Marks, klaxon.MarkDrill) }
