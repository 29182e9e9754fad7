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
	Taken    Verdict = iota
	Later            // it may be taken another time, or when the configuration is mended
	Refused          // it was judged, and not the way there
	Doubtful         // it may be this body alone that is not taken, or everything
)

// Judge reads a status. A wrong password and a peer that is busy are for everything;
// but a filter on the way may say almost anything of one body, and a peer that falls
// over it too.
func (r *Reply) Judge() Verdict {
	switch s := r.Status; {
	case s >= 200 && s < 300:
		return Taken
	case s == http.StatusBadRequest, s == http.StatusRequestEntityTooLarge, s == http.StatusUnsupportedMediaType,
		s == http.StatusUnprocessableEntity:
		return Refused
	case s >= 300 && s < 400, s == http.StatusUnauthorized, s == http.StatusProxyAuthRequired, s == http.StatusRequestTimeout,
		s == http.StatusTooEarly, s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		return Later
	}
	return Doubtful
}

// Err says in one line what a peer answered that did not take something.
func (h *HTTP) Err(r *Reply) error {
	if r.Status >= 300 && r.Status < 400 {
		return fmt.Errorf("%s answered %d, a redirection, which is not followed: name the place it leads to", h.host, r.Status)
	}
	return fmt.Errorf("%s answered %d %s: %s", h.host, r.Status, http.StatusText(r.Status), h.Quote(r.Body))
}

// Quote is what may be shown of something that a peer said: printable, short, and
// without the secrets that it was sent.
func (h *HTTP) Quote(said []byte) []byte { return render.AppendText(nil, h.veil.Hide(said), shown) }
