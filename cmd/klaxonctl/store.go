//go:build !(aix || dragonfly || illumos || solaris)

package main

import "klaxon/internal/store/sqlite"

func openStore(file string) (chained, error) { return sqlite.OpenReader(file), nil }
