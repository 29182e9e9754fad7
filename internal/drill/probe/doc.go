// Package probe sends what a fire drill consists of: datagrams, connections and
// raw segments, from one address of this host to one service. It works on Linux.
package probe
