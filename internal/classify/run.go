package classify

import (
	"slices"
	"strings"

	"klaxon"
	"klaxon/internal/track"
)

// membersTold is how many members of a run are looked at for techniques and
// tool: they are all of one process.
const membersTold = 8

// Run judges a run of a tool from several addresses. A flood has many of them,
// and few targets.
func (j *Judge) Run(r *track.Run) Verdict {
	if r.Distinct() < 3 || r.Total < 2 || r.Total > 8*r.Distinct() {
		return Verdict{}
	}
	return Verdict{Scan: true, Confidence: klaxon.Established, Why: whyRun(r)}
}

func whyRun(r *track.Run) string {
	if decoys(r) {
		return "one process sends the same probes from " + count(r.Total, "address", "addresses") + ", of which all but one are forged"
	}
	return "the probes of " + count(r.Total, "address", "addresses") + " share what one process of a tool has for itself"
}

// decoys tells whether the members probe the same services at the same time.
// One that uses its addresses in turn probes each service once.
func decoys(r *track.Run) bool { return uint32(r.Total-1)*r.Probes <= uint32(r.Total)*r.Twins*2 }

// DescribeRun tells what is known of a run. lookUp finds the record of a member.
func (j *Judge) DescribeRun(r *track.Run, verdict Verdict, lookUp func(track.Member) (track.View, bool)) klaxon.Scan {
	s := klaxon.Scan{
		First: stamp(r.First), Last: stamp(r.Last),
		SourcesTotal: r.Total,
		Confidence:   verdict.Confidence,
		Why:          verdict.Why,
		Probes:       uint64(r.Probes),
	}
	var proven []string
	j.techniques.reset()
	for i, m := range r.Members {
		s.Sources = append(s.Sources, addr(&m.Addr, m.V6))
		v, ok := lookUp(m)
		if !ok {
			continue
		}
		if i < membersTold {
			j.techniques.sharing(v, segments, 1)
			if s.Tool.Name == "" {
				s.Tool = toolByPackets(v)
			}
		}
		if v.Proof >= klaxon.ProofHandshake && len(proven) < membersTold {
			proven = append(proven, addr(&m.Addr, m.V6).String())
		}
	}
	s.Techniques = slices.Clone(j.techniques.list())
	finishRun(&s, r, proven)
	return s
}

func finishRun(s *klaxon.Scan, r *track.Run, proven []string) {
	if r.Report != nil {
		targetsOf(r.Report, &s.Targets)
	}
	s.Shape = shapeOf(s.Targets)
	if decoys(r) {
		s.Marks = append(s.Marks, klaxon.MarkDecoy, klaxon.MarkSpoofedMaybe)
	} else {
		s.Marks = append(s.Marks, klaxon.MarkDistributed)
	}
	if len(proven) > 0 {
		s.Why += "; " + strings.Join(proven, " and ") + " proved to be real"
	}
}
