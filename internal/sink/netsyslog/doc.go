// Package netsyslog writes to a syslog daemon in the form of RFC 5424 or RFC 3164:
// to a unix socket, in datagrams (RFC 5426), or over TCP and TLS in frames that
// say their length (RFC 6587, RFC 5425), so that nothing in a message can begin
// another.
//
// Syslog has no receipts: what was written to a connection that breaks may be
// lost with it. A connection is looked at before it is used again, which finds
// those that the daemon has closed.
package netsyslog
