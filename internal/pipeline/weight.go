package pipeline

import (
	"unsafe"

	"klaxon"
)

// weigh is how much memory a record holds while it waits, but for texts that many
// records share. It must not change while the record does.
func weigh(r klaxon.Record) int {
	switch r := r.(type) {
	case *klaxon.Touch:
		n := int(unsafe.Sizeof(*r)) + len(r.Source.Name) + idSize
		if r.Payload != nil {
			n += int(unsafe.Sizeof(*r.Payload)) + len(r.Payload.Sample)
		}
		return n
	case *klaxon.Alarm:
		n := int(unsafe.Sizeof(*r)) + len(r.Why) + idSize + lists(&r.Scan)
		if r.Touch != nil {
			n += weigh(r.Touch)
		}
		return n
	case *klaxon.Health:
		return int(unsafe.Sizeof(*r)) + len(r.Detail) + idSize
	}
	return 0
}

// lists is what the lists of a scan hold.
func lists(s *klaxon.Scan) int {
	t := &s.Targets
	return len(s.Sources)*int(unsafe.Sizeof(s.Source.Addr)) + len(t.Dst)*int(unsafe.Sizeof(s.Source.Addr)) +
		(len(s.Techniques)+len(s.Marks))*int(unsafe.Sizeof("")) +
		(len(t.TCP)+len(t.UDP)+len(t.SCTP)+len(t.Protocols))*int(unsafe.Sizeof(klaxon.PortRange{})) +
		len(t.Open)*int(unsafe.Sizeof(klaxon.Port{}))
}
