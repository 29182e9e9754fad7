//go:build !(aix || dragonfly || illumos || solaris)

package main

import (
	"klaxon/internal/store"
	"klaxon/internal/store/sqlite"
)

// It answers all that a klaxond that does not run cannot.
var _ store.Reader = (*sqlite.Reader)(nil)

func openStore(file string) (chained, error) { return sqlite.OpenReader(file), nil }
