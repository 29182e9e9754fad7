package control

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// Errors that a Host tells apart. What a client is told is their text.
var (
	// ErrNotFound says that what was asked for is not there, or no longer.
	ErrNotFound = errors.New("not found")
	// ErrUnavailable says that this klaxond cannot do what was asked.
	ErrUnavailable = errors.New("not available")
	// ErrInvalid says that what was asked makes no sense.
	ErrInvalid = errors.New("not valid")
)

// Refusal is an answer that is no: its text says all, and its kind is one of the
// errors above.
type Refusal struct {
	text string
	kind error
}

// Refuse makes a Refusal.
func Refuse(kind error, format string, args ...any) error {
	return &Refusal{fmt.Sprintf(format, args...), kind}
}

func (r *Refusal) Error() string { return r.text }

// Unwrap is the kind.
func (r *Refusal) Unwrap() error { return r.kind }

// Host is what a Server asks. Its methods are called by several goroutines, at
// most questionsMax at a time, and must heed their context.
type Host interface {
	Status(ctx context.Context) (Status, error)
	// Why tells what is known of a source; of an unknown one it is no error.
	Why(ctx context.Context, addr netip.Addr) (Why, error)
	// Records answers from the store.
	Records(ctx context.Context, f store.Filter) (store.Page, error)
	Alarm(ctx context.Context, id string) (store.Alarm, error)
	Evidence(ctx context.Context, id string) ([]byte, error)
	Verify(ctx context.Context) (chain.Report, error)

	Expecter
}

// Expecter keeps the list of what is expected.
type Expecter interface {
	Allow(ctx context.Context, a Allowance) (Allowance, error)
	// Disallow ends what Allow began, by its id or its source.
	Disallow(ctx context.Context, what string) ([]Allowance, error)
	Allowed(ctx context.Context) ([]Allowance, error)
	// Learn watches for a time; with 0 it tells how far the last lesson is.
	Learn(ctx context.Context, span time.Duration) (Lesson, error)
}
