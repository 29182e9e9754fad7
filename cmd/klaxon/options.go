package main

import (
	"errors"
	"strings"
	"time"
)

// options are what the line in inetd.conf says.
type options struct {
	service string
	ident   bool
	timeout time.Duration // for ident; 0: its default
	names   bool
	help    bool
	version bool
}

// Bounds of the contract and of good sense.
const (
	maxService = 64               // bytes
	maxTimeout = 60 * time.Second // inetd's own patience
)

var (
	errService = errors.New("want one SERVICE of 1 to 64 bytes")
	errTimeout = errors.New("-timeout wants a time up to 60s, such as 3s")
)

func parse(args []string, ident bool) (options, error) {
	o := options{ident: ident}
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		name, value, has := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
		args = args[1:]
		switch {
		case name == "ident" && !has:
			o.ident = true
		case name == "names" && !has:
			o.names = true
		case (name == "h" || name == "help") && !has:
			o.help = true
		case name == "version" && !has:
			o.version = true
		case name == "timeout":
			if !has && len(args) > 0 {
				value, args = args[0], args[1:]
			}
			d, err := time.ParseDuration(value)
			if err != nil || d <= 0 || d > maxTimeout {
				return o, errTimeout
			}
			o.timeout = d
		default:
			return o, errors.New("unknown option -" + name)
		}
	}
	if o.help || o.version {
		return o, nil
	}
	if len(args) != 1 || args[0] == "" || len(args[0]) > maxService {
		return o, errService
	}
	o.service = args[0]
	return o, nil
}
