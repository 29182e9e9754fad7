package metrics

import (
	"math"
	"strconv"
	"strings"
)

// Kind is a type of metric, in the words of the text format.
type Kind string

// The kinds.
const (
	Counter Kind = "counter"
	Gauge   Kind = "gauge"
)

// Family is a metric with all of its samples.
type Family struct {
	Name    string // begins in klaxon_; a counter's ends in _total
	Help    string
	Kind    Kind
	Samples []Sample
}

// Sample is one value. Labels are names and values in turn.
type Sample struct {
	Labels []string
	Value  float64
}

// One is a family of one sample without labels.
func One(name, help string, kind Kind, value float64) Family {
	return Family{name, help, kind, []Sample{{Value: value}}}
}

// appendFamily appends the text format. A family without samples is left out.
func appendFamily(dst []byte, f *Family) []byte {
	if len(f.Samples) == 0 {
		return dst
	}
	dst = append(dst, "# HELP "+f.Name+" "+escapeHelp.Replace(f.Help)+"\n"...)
	dst = append(dst, "# TYPE "+f.Name+" "+string(f.Kind)+"\n"...)
	for _, s := range f.Samples {
		dst = append(dst, f.Name...)
		for i := 0; i+1 < len(s.Labels); i += 2 {
			before := byte(',')
			if i == 0 {
				before = '{'
			}
			dst = append(dst, before)
			dst = append(dst, s.Labels[i]+`="`+escapeLabel.Replace(s.Labels[i+1])+`"`...)
		}
		if len(s.Labels) > 1 {
			dst = append(dst, '}')
		}
		dst = append(dst, ' ')
		dst = appendValue(dst, s.Value)
		dst = append(dst, '\n')
	}
	return dst
}

func appendValue(dst []byte, v float64) []byte {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return strconv.AppendInt(dst, int64(v), 10)
	}
	return strconv.AppendFloat(dst, v, 'g', -1, 64)
}

var (
	escapeHelp  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	escapeLabel = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)
