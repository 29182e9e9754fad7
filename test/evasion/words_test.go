package evasion

import (
	"fmt"
	"strings"
	"time"

	"klaxon/internal/decode"
)

// words tells a strategy in a few of them.
func (s *strategy) words() string {
	w := []string{s.method(), s.ground(), s.speed()}
	w = append(w, s.company()...)
	return strings.Join(w, "; ")
}

func (s *strategy) method() string {
	switch {
	case s.UDP:
		m := "a datagram"
		if s.Datagrams > 1 {
			m = fmt.Sprintf("%d datagrams back to back", s.Datagrams)
		}
		if s.Data > 0 {
			m += fmt.Sprintf(" of %d bytes", s.Data)
		}
		return m + s.fromPort()
	case s.Flags != 0:
		return "lone segments with " + flagNames(s.Flags)
	}
	end := [...]string{byFIN: "connect and close", byReset: "connect and reset", byData: "connect and say something", byHold: "connect and stay", byHalf: "half-open"}[s.End]
	switch s.Stack {
	case rawStack:
		end += ", raw SYNs"
	case copyStack:
		end += ", raw SYNs like a kernel's"
	}
	if s.Late {
		end += " in two fragments 5 s apart"
	}
	return end + s.fromPort()
}

func (s *strategy) fromPort() string {
	if s.From == 0 {
		return ""
	}
	return fmt.Sprintf(" from port %d", s.From)
}

func flagNames(f decode.Flags) string {
	var list []string
	for i, n := range []string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"} {
		if f&(1<<i) != 0 {
			list = append(list, n)
		}
	}
	return strings.Join(list, "+")
}

func (s *strategy) ground() string {
	g := [...]string{refusing: "ports that refuse", walled: "ports that are dropped", patchy: "ports that refuse or are dropped"}[s.Terrain]
	if s.OpenOf > 0 {
		g += fmt.Sprintf(", one in %d open", s.OpenOf)
	}
	if s.Base != 0 {
		g += fmt.Sprintf(", from %d on", s.Base)
	}
	if s.Hosts > 1 {
		g += fmt.Sprintf(", of %d hosts %s", s.Hosts, [...]string{byHost: "one after the other", byPort: "port by port", diagonal: "ever another of both"}[s.Order])
	}
	return g
}

func (s *strategy) speed() string {
	p := "spread over the day"
	if s.Pause > 0 {
		p = "every " + brief(s.Pause)
	}
	if s.Again > 0 {
		p += fmt.Sprintf(", each %d times %s apart", s.Again+1, brief(s.Pace))
	}
	if s.Burst > 0 {
		p += fmt.Sprintf(", %d and then a rest of %s", s.Burst, brief(s.Rest))
	}
	return p
}

// brief is a duration without zeros behind it.
func brief(d time.Duration) string {
	t := d.String()
	if strings.HasSuffix(t, "m0s") {
		t = strings.TrimSuffix(t, "0s")
	}
	if strings.HasSuffix(t, "h0m") {
		t = strings.TrimSuffix(t, "0m")
	}
	return t
}

// company is what else is sent.
func (s *strategy) company() (w []string) {
	if s.Padding != noPadding && (s.PadEvery > 0 || s.PadFirst > 0) {
		where := [...]string{noPadding: "", sameService: "one service of the host", hostServices: "the host's known services", siteServices: "known services all over the site"}[s.Padding]
		end := [...]string{byFIN: "closed without a word", byReset: "reset", byData: "with data", byHold: "left open", byHalf: ""}[s.PadEnd]
		var when []string
		if s.PadFirst > 0 {
			when = append(when, fmt.Sprintf("%d before", s.PadFirst))
		}
		if s.PadEvery > 0 {
			when = append(when, fmt.Sprintf("%d after every %d", max(s.PadN, 1), s.PadEvery))
		}
		w = append(w, fmt.Sprintf("successes with %s, %s, %s", where, end, strings.Join(when, " and ")))
	}
	if s.Scatter > 0 {
		w = append(w, fmt.Sprintf("%d contacts with other ports of other hosts before", s.Scatter))
	}
	for _, x := range []struct {
		is   bool
		text string
	}{
		{s.Hops, "hop limits of a traceroute"}, {s.Rotate, "ever another address of a /64"}, {s.V6 && !s.Rotate, "IPv6"},
		{s.Lured, "the host had sent a datagram before"}, {s.Decoys > 0, fmt.Sprintf("%d decoys", s.Decoys)}, {s.Cover, "a flood of forged SYNs beside it"},
	} {
		if x.is {
			w = append(w, x.text)
		}
	}
	return w
}
