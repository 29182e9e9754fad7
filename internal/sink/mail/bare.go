package mail

import (
	"bytes"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// bare writes a mail about a record whose text the server refused: what klaxon tells
// of is what filters look for. It has nothing in it that a stranger could choose.
func (s *Sink) bare(r klaxon.Record, missed []string, now time.Time) []byte {
	batch := []klaxon.Record{r}
	what, id := "A touch", ""
	switch r := r.(type) {
	case *klaxon.Touch:
		id = r.ID
	case *klaxon.Alarm:
		what, id = "An alarm", r.ID
	case *klaxon.Health:
		what = "A statement about the sensor"
	}
	var body bytes.Buffer
	fold(&body, "* "+what+", whose text the mail server refused: a filter did not like an address or a name in it.")
	if id != "" {
		body.WriteString("    klaxonctl show " + string(render.AppendToken(nil, []byte(id), 64)) + "\n")
	}
	s.foot(&body, batch, missed)
	var b bytes.Buffer
	s.head(&b, batch, "[klaxon "+sensorOf(batch)+"] "+what+", whose text was refused", now)
	plainPart(&b, body.Bytes())
	return b.Bytes()
}
