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
	s.head(&b, batch, s.subject(batch), now)
	if len(pictures) == 0 {
		plainPart(&b, body)
		return b.Bytes()
	}
	boundary := "klaxon-" + s.tag(batch)
	field(&b, "Content-Type", "multipart/mixed; boundary=\""+boundary+"\"")
	b.WriteString("\n--" + boundary + "\n")
	plainPart(&b, body)
	for _, p := range pictures {
		b.WriteString("\n--" + boundary + "\n")
		p.write(&b)
	}
	b.WriteString("\n--" + boundary + "--\n")
	return b.Bytes()
}

func (s *Sink) head(b *bytes.Buffer, batch []klaxon.Record, subject string, now time.Time) {
	field(b, "From", "klaxon <"+s.o.From+">")
	field(b, "To", strings.Join(s.o.To, ",\n "))
	field(b, "Subject", subject)
	field(b, "Date", now.In(s.o.Location).Format(time.RFC1123Z))
	field(b, "Message-ID", s.id(batch))
	field(b, "Auto-Submitted", "auto-generated") // RFC 3834: nobody's holiday answers it
	field(b, "MIME-Version", "1.0")
}

func field(b *bytes.Buffer, name, value string) { b.WriteString(name + ": " + value + "\n") }

func plainPart(b *bytes.Buffer, body []byte) {
	b.WriteString("Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\n\n")
	b.Write(body)
}

// body is one entry a record: those of one alarm together, in their order, and below
// the last of them how to see it all.
func (s *Sink) body(batch []klaxon.Record, missed []string) []byte {
	var b bytes.Buffer
	listed, rest := worthListing(batch, s.o.Listed)
	records := grouped(listed)
	for i, r := range records {
		s.entry(&b, r)
		if id := alarmOf(r); id != "" && (i+1 == len(records) || alarmOf(records[i+1]) != id) {
			b.WriteString("    klaxonctl show " + string(render.AppendToken(nil, []byte(id), 64)) + "\n")
		}
	}
	appendRest(&b, rest)
	s.foot(&b, batch, missed)
	return b.Bytes()
}

func (s *Sink) foot(b *bytes.Buffer, batch []klaxon.Record, missed []string) {
	b.WriteString("\n-- \nklaxon on " + sensorOf(batch) + "; klaxonctl tells more\n")
	for _, m := range missed {
		fold(b, m)
	}
}

// alarmOf is the alarm that a record is about, "" for none.
func alarmOf(r klaxon.Record) string {
	if a, ok := r.(*klaxon.Alarm); ok {
		return a.ID
	}
	return ""
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

// entry is "* " and what a person is called with, and below it when that was and how
// grave it is.
func (s *Sink) entry(b *bytes.Buffer, r klaxon.Record) {
	fold(b, "* "+string(render.AppendNotice(nil, r, s.o.Location)))
	when := func(t time.Time) string { return t.In(s.o.Location).Format("Mon _2 Jan 2006 15:04:05 MST") }
	switch r := r.(type) {
	case *klaxon.Touch:
		b.WriteString("    " + when(r.Time) + "\n")
	case *klaxon.Health:
		b.WriteString("    " + when(r.Time) + "\n")
	case *klaxon.Alarm:
		b.WriteString("    " + when(r.Time) + "\n")
		fold(b, "    severity "+gravity(r)+", "+r.Confidence.String()+"; proof of the address: "+r.Proof.String())
	}
}

// gravity says how grave an alarm is, and of how many, and where it comes from.
func gravity(a *klaxon.Alarm) string {
	text := fmt.Sprintf("%d of 5", severity(a))
	if a.Zone != "" {
		text += ", " + string(render.AppendToken(nil, []byte(a.Zone), 64))
	}
	return text
}

func severity(a *klaxon.Alarm) int { return min(max(a.Severity, 0), 5) }

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

// subject says what is gravest: of an alarm how grave it is, where it comes from and
// what it is about; and how much there is beside it:
//
//	[klaxon gate] 5/5 inside: 10.9.0.2 scans 200 ports (nmap), and 2 more alarms
func (s *Sink) subject(batch []klaxon.Record) string {
	m := summed(batch)
	subject := "[klaxon " + sensorOf(batch) + "] "
	if m.drill {
		subject += "DRILL: "
	}
	if a, ok := m.lead.(*klaxon.Alarm); ok {
		zone := ""
		if a.Zone != "" {
			zone = " " + string(render.AppendToken(nil, []byte(a.Zone), 64))
		}
		subject += fmt.Sprintf("%d/5%s: %s", severity(a), zone, render.AppendSubject(nil, a, s.o.Location))
	} else {
		subject += string(render.AppendNotice(nil, m.lead, s.o.Location))
	}
	more := m.more()
	return shortened(subject, subjectCap-len(more)) + more
}

// shortened cuts a line behind a word.
func shortened(line string, limit int) string {
	if len(line) <= limit {
		return line
	}
	const dots = "..."
	line = line[:limit-len(dots)]
	if at := strings.LastIndexByte(line, ' '); at > limit/2 {
		line = line[:at]
	}
	return line + dots
}

// sums is what a subject says of a mail.
type sums struct {
	lead   klaxon.Record // the newest record of what is gravest
	alarms int
	others int
	drill  bool // all alarms are of drills, and there are some
}

func summed(batch []klaxon.Record) (m sums) {
	newest := map[string]klaxon.Record{}
	m.drill = true
	for _, r := range batch {
		if a, ok := r.(*klaxon.Alarm); ok {
			newest[a.ID] = r
			m.drill = m.drill && isDrill(a)
		} else {
			m.others++
		}
	}
	for _, r := range batch {
		if id := alarmOf(r); id != "" && newest[id] != r {
			continue
		}
		if m.lead == nil || gravest(r) > gravest(m.lead) {
			m.lead = r
		}
	}
	m.alarms = len(newest)
	m.drill = m.drill && m.alarms > 0
	return m
}

// gravest ranks records: alarms by severity, and among them what the sensor says of
// itself. One that does not detect would tell of no alarm; and an alarm that is taken back
// is none.
func gravest(r klaxon.Record) int {
	switch r := r.(type) {
	case *klaxon.Alarm:
		if r.Event == klaxon.EventRetract {
			return 1
		}
		return 2 * severity(r)
	case *klaxon.Health:
		switch {
		case r.What == klaxon.HealthSilence && r.Count > 0:
			return 11
		case r.What == klaxon.HealthDisk, r.What == klaxon.HealthWire:
			return 7
		}
	}
	return 0
}

// more says what there is beside the lead.
func (m *sums) more() string {
	alarms, others := m.alarms, m.others
	if alarmOf(m.lead) != "" {
		alarms--
	} else {
		others--
	}
	switch {
	case alarms == 1:
		return ", and 1 more alarm"
	case alarms > 1:
		return fmt.Sprintf(", and %d more alarms", alarms)
	case others == 1 && m.alarms == 0:
		return ", and 1 more note"
	case others > 1 && m.alarms == 0:
		return fmt.Sprintf(", and %d more notes", others)
	}
	return ""
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

// pictures are those of the gravest alarms that open. A touch has none: it would be one
// point in an empty field.
func (s *Sink) pictures(batch []klaxon.Record) (out []picture) {
	if s.o.Picture == nil {
		return nil
	}
	for severity := 5; severity >= 1; severity-- {
		for _, r := range batch {
			a, ok := r.(*klaxon.Alarm)
			if !ok || a.Event != klaxon.EventOpen || a.Shape == klaxon.ShapeTouch || a.Severity != severity || len(out) == maxPictures {
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
