//go:build solaris || illumos

package syslog

import "golang.org/x/sys/unix"

// local: /dev/log is a STREAMS device there, no socket; syslogd also takes
// datagrams on loopback.
var local = []place{{unix.SOCK_DGRAM, &unix.SockaddrInet4{Port: 514, Addr: [4]byte{127, 0, 0, 1}}}}
