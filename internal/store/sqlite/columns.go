package sqlite

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/store"
)

// lineFields are what the columns repeat of a line.
type lineFields struct {
	Type      store.Type
	Time      string
	ID        string
	Src       struct{ IP string }
	Sources   []string
	Severity  int64
	Technique []klaxon.Technique
	SHA256    string
}

// amiss says what beside the line is not what the line says, "" when all is
// well. The chain is over lines alone: a column that was changed would hide a
// record from whoever asks.
func (l *link) amiss() string {
	var f lineFields
	if err := json.Unmarshal(l.line, &f); err != nil {
		return "it is no JSON"
	}
	if f.Type != l.typ {
		return fmt.Sprintf("it is of type %.20q, and stands among those of type %s", string(f.Type), l.typ)
	}
	var at time.Time
	if f.Time != "" {
		var err error
		if at, err = time.Parse(time.RFC3339Nano, f.Time); err != nil {
			return "it has no time that can be read"
		}
	}
	if nanos(at) != l.at {
		return "its column time says " + moment(l.at).Format(time.RFC3339Nano)
	}
	switch l.typ {
	case store.TypeTouch:
		return l.amissOf(&f, nil)
	case store.TypeAlarm:
		if l.severity.Int64 != f.Severity {
			return fmt.Sprintf("its column severity says %d", l.severity.Int64)
		}
		if techniquesOf(f.Technique) != l.techniques.String {
			return fmt.Sprintf("its column techniques says %q", l.techniques.String)
		}
		return l.amissOf(&f, f.Sources)
	case store.TypeEvidence:
		if f.SHA256 != fmt.Sprintf("%x", sha256.Sum256(l.data)) {
			return "its packets are not those that were kept"
		}
		return l.amissOf(&f, nil)
	}
	return ""
}

// amissOf looks at who it was.
func (l *link) amissOf(f *lineFields, sources []string) string {
	if l.id.String != f.ID {
		return fmt.Sprintf("its column id says %.40q", l.id.String)
	}
	src, srcs := columnsOf(f.Src.IP, sources)
	if !bytes.Equal(src, l.src) || !bytes.Equal(srcs, l.srcs) {
		return "its columns of sources say others"
	}
	return ""
}

func columnsOf(ip string, sources []string) (src, srcs []byte) {
	if a := addressIn(ip); a.IsValid() {
		src = withFamily(a)
	}
	for _, text := range sources {
		if a := addressIn(text); a.IsValid() {
			b := a.As16()
			srcs = append(srcs, b[:]...)
		}
	}
	return src, srcs
}

// addressIn reads an address as JSON has it; the zone is in no column.
func addressIn(text string) netip.Addr {
	ip, _, _ := strings.Cut(text, "%")
	a, _ := netip.ParseAddr(ip) // what is none has no column
	return a
}
