package syslog

// local is where syslogd of macOS listens.
var local = []place{{"unixgram", "/var/run/syslog"}}
