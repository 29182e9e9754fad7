package main

import (
	"context"
	"time"

	"klaxon/internal/control"
)

// errNoList is the answer of a klaxond that keeps no list of what is expected.
var errNoList = control.Refuse(control.ErrUnavailable, "this klaxond keeps no list of what is expected")

// Allow implements control.Expecter.
func (k *desk) Allow(context.Context, control.Allowance) (control.Allowance, error) {
	return control.Allowance{}, errNoList
}

// Disallow implements control.Expecter.
func (k *desk) Disallow(context.Context, string) ([]control.Allowance, error) { return nil, errNoList }

// Allowed implements control.Expecter.
func (k *desk) Allowed(context.Context) ([]control.Allowance, error) { return nil, errNoList }

// Learn implements control.Expecter.
func (k *desk) Learn(context.Context, time.Duration) (control.Lesson, error) {
	return control.Lesson{}, errNoList
}
