package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"klaxon"
	"klaxon/internal/outbound"
	"klaxon/internal/render"
)

// answer is what _bulk says, of which only this is asked for.
type answer struct {
	Errors *bool                `json:"errors"`
	Items  []map[string]outcome `json:"items"`
}

type outcome struct {
	Status int `json:"status"`
	Error  struct {
		Type string `json:"type"`
	} `json:"error"`
}

// errUnread is that a request was refused as a whole.
var errUnread = errors.New("a request is not read")

// post sends n documents, and returns how many are there, counted from the first.
func (s *Sink) post(ctx context.Context, body []byte, n int) (int, error) {
	const path = "_bulk?filter_path=errors,items.*.status,items.*.error.type"
	reply, err := s.http.Call(ctx, http.MethodPost, path, s.typed("application/x-ndjson"), body)
	switch {
	case err != nil:
		return 0, err
	case reply.Judge() == outbound.Refused:
		return 0, fmt.Errorf("%w: %w", errUnread, s.http.Err(&reply))
	case reply.Judge() != outbound.Taken:
		return 0, s.http.Err(&reply)
	}
	var a answer
	if err := json.Unmarshal(reply.Body, &a); err != nil || a.Errors == nil {
		return 0, fmt.Errorf("%s does not answer as _bulk does: %s", s.http.Host(), render.AppendText(nil, reply.Body, 120))
	}
	if !*a.Errors {
		return n, nil
	}
	return s.read(a.Items, n)
}

// read looks at each document. One that is there already, from a try before, is as
// good as new; one that does not fit the index never will; anything else may pass.
func (s *Sink) read(items []map[string]outcome, n int) (out int, err error) {
	if len(items) != n {
		return 0, fmt.Errorf("%s answered for %d documents of %d", s.http.Host(), len(items), n)
	}
	for out < n {
		o := items[out]["create"]
		switch {
		case o.Status >= 200 && o.Status < 300, o.Status == http.StatusConflict:
			out++
		case o.Status == http.StatusBadRequest:
			return out, &klaxon.Refusal{Count: 1, Err: s.complaint(&o)}
		default:
			return out, s.complaint(&o)
		}
	}
	return out, nil
}

func (s *Sink) complaint(o *outcome) error {
	return fmt.Errorf("%s answered %d for a document: %s", s.http.Host(), o.Status, render.AppendText(nil, []byte(o.Error.Type), 120))
}
