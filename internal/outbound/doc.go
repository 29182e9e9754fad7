// Package outbound makes the connections that klaxond opens of its own accord, to
// the peers of its outputs. The peer is not trusted: what it answers is read up to
// a cap, a redirection is not followed, and every call has a deadline. No proxy is
// taken from the environment.
package outbound
