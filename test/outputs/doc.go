// Package outputs has klaxond tell what it saw to peers of every kind, good and
// dead ones, over loopback.
package outputs
