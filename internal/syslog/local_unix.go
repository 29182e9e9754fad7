//go:build linux || openbsd || aix || dragonfly || freebsd || netbsd

package syslog

// local lists where the daemon listens.
var local = append(socketAt("/dev/log"), socketAt("/var/run/log")...)
