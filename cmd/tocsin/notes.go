package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/render"
	"klaxon/internal/services"
	"klaxon/internal/watch/packet"
)

// note says something on the standard error, unless nothing is wanted.
func (s *session) note(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintf(s.stderr, "tocsin: "+format+"\n", args...)
	}
}

// complain tells an error. A file may be named by a stranger, and an error may
// hold bytes of one.
func (s *session) complain(err error) {
	text := render.AppendText(nil, []byte(err.Error()), 1024)
	fmt.Fprintf(s.stderr, "tocsin: %s\n", text)
}

// greet says where it listens, and what can be heard there.
func (s *session) greet() {
	if s.recorded() {
		s.note("recorded on %s", s.settings.Sensor)
	}
	if s.live != nil {
		how := "what is for this host"
		if s.promiscuous {
			how = "promiscuously"
		}
		s.note("listening on %s, %s", packet.Describe(s.live.Interfaces()), how)
		s.note("on a switch without a mirror port that is this host's traffic, and what broadcasts tell")
	}
	if len(s.traps) > 0 {
		s.note("watched by name: %s", ports(s.traps))
	}
}

// ports lists services as "tcp 77,530, udp 69".
func ports(traps []services.Trap) string {
	var text []string
	for _, tr := range []klaxon.Transport{klaxon.TCP, klaxon.UDP} {
		var list []string
		for i := 0; i < len(traps); i++ {
			if traps[i].Transport != tr {
				continue
			}
			first := traps[i].Port
			for i+1 < len(traps) && traps[i+1].Transport == tr && traps[i+1].Port == traps[i].Port+1 {
				i++
			}
			list = append(list, span(first, traps[i].Port))
		}
		if len(list) > 0 {
			text = append(text, tr.String()+" "+strings.Join(list, ","))
		}
	}
	return strings.Join(text, ", ")
}

func span(first, last uint16) string {
	if first == last {
		return strconv.Itoa(int(first))
	}
	return fmt.Sprintf("%d-%d", first, last)
}

// closeNotes sums up.
func (s *session) closeNotes(r *wire.Summary) {
	if s.file != nil && s.file.Cut() != nil {
		s.note("%s: %v; what is before that was read", s.inputName(), s.file.Cut())
	}
	s.note("%s, %s%s", count(r.Frames, "packet"), bytes(r.Bytes), when(r))
	s.note("%s", decoded(r))
	s.note("%s", lost(r))
	s.note("%s remembered, %s forgotten for lack of room", count(r.Track.Sources, "source"), render.Grouped(r.Track.SourcesEvicted))
	s.note("%s, %s taken back, in %s%s", count(r.Alarms.Opened, "alarm"), render.Grouped(r.Alarms.Retracted), count(r.Alarms.Records, "record"), untold(r))
	c := r.Coverage
	s.note("%s contacted: the answers of %s were heard, of %s not, and %s never answered",
		count(uint64(c.Both+c.One+c.Never), "host"), render.Grouped(uint64(c.Both)), render.Grouped(uint64(c.One)), render.Grouped(uint64(c.Never)))
	if s.verbose {
		s.reasons(r)
	}
	s.note("seed %d", s.settings.Seed)
}

// when tells the time that the packets span.
func when(r *wire.Summary) string {
	if r.First == 0 {
		return ""
	}
	first, last := time.Unix(0, r.First), time.Unix(0, max(r.First, r.Last))
	return fmt.Sprintf(", in %s from %s", render.AppendSpan(nil, last.Sub(first)), first.Format(time.DateTime))
}

func decoded(r *wire.Summary) string {
	var ignored, malformed uint64
	for i, n := range r.Tally {
		switch reason := decode.Reason(i); {
		case reason.Malformed():
			malformed += n
		case reason != decode.Decoded:
			ignored += n
		}
	}
	text := fmt.Sprintf("%s looked at, %s of no interest, %s malformed", render.Grouped(r.Tally[decode.Decoded]), render.Grouped(ignored), render.Grouped(malformed))
	if r.Filtered > 0 {
		text += fmt.Sprintf(", %s filtered out", render.Grouped(r.Filtered))
	}
	return text
}

func lost(r *wire.Summary) string {
	var total uint64
	var list []string
	for _, in := range r.Interfaces {
		total += in.Drops
		if in.Drops > 0 && in.Name != "" {
			name := render.AppendToken(nil, []byte(in.Name), 32)
			list = append(list, fmt.Sprintf("%s on %s", render.Grouped(in.Drops), name))
		}
	}
	text := render.Grouped(total) + " lost by the kernel"
	if len(list) > 0 {
		text += " (" + strings.Join(list, ", ") + ")"
	}
	return text
}

func untold(r *wire.Summary) (text string) {
	for _, o := range r.Outputs {
		if o.Lost > 0 {
			text += fmt.Sprintf(", %s of them never reached %s", render.Grouped(o.Lost), o.Name)
		}
	}
	return text
}

// reasons is the summary by reason.
func (s *session) reasons(r *wire.Summary) {
	row := func(name string, n uint64) {
		if n > 0 {
			s.note("  %-22s %15s", name, render.Grouped(n))
		}
	}
	for i, n := range r.Tally {
		row(decode.Reason(i).String(), n)
	}
	row("filtered", r.Filtered)
	row("older than the last", r.Backwards)
	t := r.Track
	row("copies", t.Copies)
	row("to no single host", t.NotOne)
	row("answers to nothing", t.Strays)
	row("contacts", t.Contacts)
	row("contacts forgotten", t.ContactsEvicted)
	row("judged early", t.Late)
	row("pauses over 2 s", t.Jumps)
	row("alarms closed early", r.Alarms.Refused)
}

// count writes "1 packet" or "2,051 packets".
func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return render.Grouped(n) + " " + what + "s"
}

// bytes writes 123456 as "123 kB".
func bytes(n uint64) string {
	units := []string{"kB", "MB", "GB", "TB", "PB", "EB"}
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	v := float64(n)
	for _, unit := range units {
		if v /= 1000; v < 999.5 {
			if v < 9.95 {
				return fmt.Sprintf("%.1f %s", v, unit)
			}
			return fmt.Sprintf("%.0f %s", v, unit)
		}
	}
	return fmt.Sprintf("%.0f EB", v)
}
