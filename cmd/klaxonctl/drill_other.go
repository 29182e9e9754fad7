//go:build !linux

package main

import "errors"

func (q *question) drillAnother(string) error {
	return errors.New("probes are sent from Linux alone, so far: run it on another host")
}
