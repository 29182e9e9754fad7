package elastic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"klaxon"
	"klaxon/internal/outbound"
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

// Of a request that was refused as a whole: that it is malformed, or that it is too
// large for the cluster or for a proxy before it.
var (
	errUnread = errors.New("a request is not read")
	errLarge  = errors.New("a request is too large")
)

// unfit are the errors of a document that does not fit the index and never will. A
// status of 400 is not enough: a cluster that can make no more shards has it too.
var unfit = []string{"document_parsing_exception", "mapper_parsing_exception", "strict_dynamic_mapping_exception", "parse_exception"}

// post sends n documents, and returns how many are there, counted from the first.
func (s *Sink) post(ctx context.Context, body []byte, n int) (int, error) {
	const path = "_bulk?filter_path=errors,items.*.status,items.*.error.type"
	reply, err := s.http.Call(ctx, http.MethodPost, path, s.typed("application/x-ndjson"), body)
	switch {
	case err != nil:
		return 0, err
	case reply.Status == http.StatusRequestEntityTooLarge:
		return 0, fmt.Errorf("%w: %w", errLarge, s.http.Err(&reply))
	case reply.Judge() == outbound.Doubtful:
		return 0, &klaxon.Doubt{Err: s.http.Err(&reply)}
	case reply.Judge() == outbound.Refused:
		return 0, fmt.Errorf("%w: %w", errUnread, s.http.Err(&reply))
	case reply.Judge() != outbound.Taken:
		return 0, s.http.Err(&reply)
	}
	var a answer
	if err := json.Unmarshal(reply.Body, &a); err != nil || a.Errors == nil {
		return 0, fmt.Errorf("%s does not answer as _bulk does: %s", s.http.Host(), s.http.Quote(reply.Body))
	}
	if !*a.Errors {
		return n, nil
	}
	return s.read(a.Items, n)
}

// read looks at each document. One that is there already, from a try before, is as
// good as new; one that does not fit the index never will; a cluster that has too much
// to do takes it later; and anything else may be about this one or about all.
func (s *Sink) read(items []map[string]outcome, n int) (out int, err error) {
	if len(items) != n {
		return 0, fmt.Errorf("%s answered for %d documents of %d", s.http.Host(), len(items), n)
	}
	for out < n {
		o := items[out]["create"]
		switch {
		case o.Status >= 200 && o.Status < 300, o.Status == http.StatusConflict:
			out++
		case o.Status == http.StatusBadRequest && slices.Contains(unfit, o.Error.Type):
			return out, &klaxon.Refusal{Count: 1, Err: s.complaint(&o)}
		case o.Status >= 400 && o.Status < 500 && o.Status != http.StatusTooManyRequests:
			return out, &klaxon.Doubt{Err: s.complaint(&o)}
		default:
			return out, s.complaint(&o)
		}
	}
	return out, nil
}

func (s *Sink) complaint(o *outcome) error {
	return fmt.Errorf("%s answered %d for a document: %s", s.http.Host(), o.Status, s.http.Quote([]byte(o.Error.Type)))
}
