package syslog

// local is where syslogd of macOS listens.
var local = socketAt("/var/run/syslog")
