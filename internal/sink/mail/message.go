package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/render"
)

// compose writes a mail. It is 7-bit text of our own words and of what package
// render wrote, lines and header fields of ours alone.
func (s *Sink) compose(batch []klaxon.Record, missed []string, now time.Time) []byte {
	body := s.body(batch, missed)
	pictures := s.pictures(batch)
	var b bytes.Buffer
	field := func(name, value string) { b.WriteString(name + ": " + value + "\n") }
	field("From", "klaxon <"+s.o.From+">")
	field("To", strings.Join(s.o.To, ",\n "))
	field("Subject", s.subject(batch))
	field("Date", now.In(s.o.Location).Format(time.RFC1123Z))
	field("Message-ID", s.id(batch))
	field("Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday answers it
	field("MIME-Version", "1.0")
	if len(pictures) == 0 {
		plainPart(&b, body)
		return b.Bytes()
	}
	boundary := "klaxon-" + s.tag(batch)
	field("Content-Type", "multipart/mixed; boundary=\""+boundary+"\"")
	b.WriteString("\n--" + boundary + "\n")
	plainPart(&b, body)
	for _, p := range pictures {
		b.WriteString("\n--" + boundary + "\n")
		p.write(&b)
	}
	b.WriteString("\n--" + boundary + "--\n")
	return b.Bytes()
}

func plainPart(b *bytes.Buffer, body []byte) {
	b.WriteString("Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\n")
	b.Write(body)
}

// body is one entry a record: those of one alarm together, in their order.
func (s *Sink) body(batch []klaxon.Record, missed []string) []byte {
	var b bytes.Buffer
	for _, r := range grouped(batch) {
		s.entry(&b, r)
	}
	b.WriteString("\n-- \nklaxon on " + sensorOf(batch) + "; klaxonctl tells more\n")
	for _, m := range missed {
		fold(&b, "This mail was refused for "+m)
	}
	return b.Bytes()
}

// grouped puts the records of one alarm behind its first one.
func grouped(batch []klaxon.Record) []klaxon.Record {
	groups := make([][]klaxon.Record, 0, len(batch))
	of := map[string]int{}
	for _, r := range batch {
		a, ok := r.(*klaxon.Alarm)
		if !ok {
			groups = append(groups, []klaxon.Record{r})
			continue
		}
		i, known := of[a.ID]
		if !known {
			i = len(groups)
			of[a.ID] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], r)
	}
	out := make([]klaxon.Record, 0, len(batch))
	for _, g := range groups {
		out = append(out, g...)
	}
	return out
}

// entry is "* " and the line of a terminal, with what is good to know below it.
func (s *Sink) entry(b *bytes.Buffer, r klaxon.Record) {
	fold(b, "* "+string(render.AppendHuman(nil, r, s.o.Location)))
	a, ok := r.(*klaxon.Alarm)
	if !ok || a.Event != klaxon.EventOpen {
		return
	}
	fmt.Fprintf(b, "    severity %d, %s; proof of the address: %s\n", min(max(a.Severity, 0), 5), a.Confidence, a.Proof)
	if a.ID != "" {
		b.WriteString("    klaxonctl show " + string(render.AppendToken(nil, []byte(a.ID), 64)) + "\n")
	}
}

// fold writes a line, its continuations indented. A word longer than a line is
// broken.
func fold(b *bytes.Buffer, line string) {
	const indent = "    "
	for limit := width; len(line) > limit; limit = width - len(indent) {
		at := strings.LastIndexByte(line[:limit+1], ' ')
		if at <= len(indent) {
			at = limit
		}
		b.WriteString(line[:at] + "\n" + indent)
		line = strings.TrimPrefix(line[at:], " ")
	}
	b.WriteString(line + "\n")
}

func (s *Sink) subject(batch []klaxon.Record) string {
	alarms, worst, drill := 0, 0, true
	for _, r := range batch {
		if a, ok := r.(*klaxon.Alarm); ok {
			alarms++
			worst = max(worst, min(a.Severity, 5))
			drill = drill && isDrill(a)
		}
	}
	subject := "[klaxon " + sensorOf(batch) + "] "
	if alarms > 0 && drill {
		subject += "DRILL: "
	}
	switch {
	case len(batch) == 1:
		const clock = len("15:04:05  ")
		subject += string(render.AppendHuman(nil, batch[0], s.o.Location)[clock:])
	case alarms == 0:
		subject += fmt.Sprintf("%d notes", len(batch))
	default:
		subject += fmt.Sprintf("%d records of alarms, highest severity %d", alarms, worst)
	}
	if len(subject) > subjectCap {
		subject = subject[:subjectCap] + "~"
	}
	return subject
}

func isDrill(a *klaxon.Alarm) bool {
	for _, m := range a.Marks {
		if m == klaxon.MarkDrill {
			return true
		}
	}
	return false
}

func sensorOf(batch []klaxon.Record) string {
	name := ""
	switch r := batch[0].(type) {
	case *klaxon.Touch:
		name = r.Sensor
	case *klaxon.Alarm:
		name = r.Sensor
	case *klaxon.Health:
		name = r.Sensor
	}
	return string(render.AppendToken(nil, []byte(name), 64))
}

// tag is the same for each try of one batch.
func (s *Sink) tag(batch []klaxon.Record) string {
	h := sha256.New()
	for _, r := range batch {
		h.Write(render.AppendJSON(nil, r))
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}

func (s *Sink) id(batch []klaxon.Record) string {
	_, domain, _ := strings.Cut(s.o.From, "@")
	return "<klaxon." + s.tag(batch) + "@" + domain + ">"
}

type picture struct {
	name string
	png  []byte
}

// pictures are those of the gravest alarms that open.
func (s *Sink) pictures(batch []klaxon.Record) (out []picture) {
	if s.o.Picture == nil {
		return nil
	}
	for severity := 5; severity >= 1; severity-- {
		for _, r := range batch {
			a, ok := r.(*klaxon.Alarm)
			if !ok || a.Event != klaxon.EventOpen || a.Severity != severity || len(out) == maxPictures {
				continue
			}
			if png := s.o.Picture(a); len(png) > 0 && len(png) <= maxPicture {
				out = append(out, picture{string(render.AppendToken(nil, []byte(a.ID), 64)) + ".png", png})
			}
		}
	}
	return out
}

func (p *picture) write(b *bytes.Buffer) {
	b.WriteString("Content-Type: image/png\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"" + p.name + "\"\n\n")
	coded := base64.StdEncoding.EncodeToString(p.png)
	for len(coded) > 76 {
		b.WriteString(coded[:76] + "\n")
		coded = coded[76:]
	}
	b.WriteString(coded + "\n")
}
