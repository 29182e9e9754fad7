package outbound

import (
	"fmt"
	"net/http"

	"klaxon/internal/render"
)

// shown is how much of an answer an error quotes.
const shown = 120

// Verdict says what an answer means for what was posted.
type Verdict int

// The verdicts.
const (
	Taken   Verdict = iota
	Later           // it may be taken another time, or when the configuration is mended
	Refused         // this will never be taken: it, and not the way there, was judged
)

// Judge reads a status. Only what is said of the body itself is final: a wrong
// password or path is for the operator to mend, and records wait for that.
func (r *Reply) Judge() Verdict {
	switch s := r.Status; {
	case s >= 200 && s < 300:
		return Taken
	case s == http.StatusBadRequest, s == http.StatusRequestEntityTooLarge, s == http.StatusUnsupportedMediaType,
		s == http.StatusUnprocessableEntity:
		return Refused
	}
	return Later
}

// Err says in one line what a peer answered that did not take something.
func (h *HTTP) Err(r *Reply) error {
	if r.Status >= 300 && r.Status < 400 {
		return fmt.Errorf("%s answered %d, a redirection, which is not followed: name the place it leads to", h.host, r.Status)
	}
	return fmt.Errorf("%s answered %d %s: %s", h.host, r.Status, http.StatusText(r.Status), render.AppendText(nil, r.Body, shown))
}
