//go:build linux || openbsd || aix || dragonfly || freebsd || netbsd

package syslog

// local lists where the daemon listens: datagrams first, since all daemons of
// today take them, then streams.
var local = []place{
	{"unixgram", "/dev/log"}, {"unix", "/dev/log"},
	{"unixgram", "/var/run/log"}, {"unix", "/var/run/log"},
}
