//go:build solaris || illumos

package syslog

// local: /dev/log is a STREAMS device there, no socket; syslogd also takes
// datagrams on loopback. illumos builds this file too.
var local = []place{{"udp", "127.0.0.1:514"}}
