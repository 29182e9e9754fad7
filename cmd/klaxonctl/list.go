package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"klaxon/internal/services"
	"klaxon/internal/services/grade"
)

// entry returns what is known of a trap: its row of the catalogue, or what can
// be said of any port.
func entry(t services.Trap) services.Service {
	if s, ok := services.ByPort(t.Transport, t.Port); ok {
		return s
	}
	return services.Service{Name: t.Label, Transport: t.Transport, Port: t.Port, Ident: grade.Of(t.Transport, t.Port)}
}

func writeTable(w io.Writer, s *setup) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "NAME\tSERVICE\tIDENT\tBROWSERS\tPROFILES\tWHY")
	for _, t := range s.traps {
		e := entry(t)
		browsers := "-"
		if e.Browser {
			browsers = "refuse"
		}
		fmt.Fprintf(tw, "%s\t%s/%d\t%s\t%s\t%s\t%s\n", e.Name, e.Transport, e.Port, e.Ident, browsers,
			orDash(strings.Join(e.Profiles, ",")), orDash(e.Why))
	}
	tw.Flush() // its errors are those of w, which keeps them
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// jsonService is one line of -json. Nothing in it comes from the network, so
// Go's own encoder will do.
type jsonService struct {
	V              int      `json:"v"`
	Name           string   `json:"name"`
	Aliases        []string `json:"aliases,omitempty"`
	Transport      string   `json:"transport"`
	Port           uint16   `json:"port"`
	Ident          string   `json:"ident"`
	BrowsersRefuse bool     `json:"browsers_refuse"`
	Profiles       []string `json:"profiles,omitempty"`
	Why            string   `json:"why,omitempty"`
}

func writeJSON(w io.Writer, s *setup) {
	enc := json.NewEncoder(w)
	for _, t := range s.traps {
		e := entry(t)
		enc.Encode(jsonService{1, e.Name, e.Aliases, e.Transport.String(), e.Port, string(e.Ident), e.Browser, e.Profiles, e.Why})
	}
}
