package outbound

import (
	"context"
	"time"

	"klaxon"
)

// Patience bounds a call of Emit of most sinks; the pipeline calls Deliver, with a
// deadline of its own.
const Patience = 10 * time.Second

// Emit is klaxon.Sink's, of a sink that delivers to a peer.
func Emit(patience time.Duration, deliver func(context.Context, []klaxon.Record) (int, error), batch []klaxon.Record) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return deliver(ctx, batch)
}

// Fill makes the body of a request of as many records as fit into limit bytes, and
// of one at least.
func Fill(batch []klaxon.Record, limit int, write func([]byte, klaxon.Record) []byte) (body []byte, n int) {
	for _, r := range batch {
		before := len(body)
		body = write(body, r)
		if n > 0 && len(body) > limit {
			return body[:before], n
		}
		n++
	}
	return body, n
}
