// Package nstest runs tests in namespaces of their own: two hosts, target and
// attacker, joined by a cable, with private /etc, /run, /dev and processes.
// Nothing that such a test does is seen by the machine that it runs on, and
// everything it started dies with it. Linux only; for tests only.
//
//	func TestTouch(t *testing.T) {
//		nstest.Run(t, func(t *testing.T, n *nstest.Net) {
//			// Here /etc may be written, ports below 1024 are free, and the
//			// only network is the cable.
//			err := n.Attacker(func() error { … dial nstest.Target4 … })
//		})
//	}
//
// Run works for root, and for others where the kernel lets them make user
// namespaces. Elsewhere the test is skipped, with the reason.
package nstest

import "testing"

// The addresses on the cable: prefixes 10.9.0.0/24 and fd00:9::/64. The
// attacker has also .3 to .9 and ::3 to ::9, the target .10 and ::a.
// On eth0, which both have, their link-local addresses are fe80::1 and fe80::2.
const (
	Target4   = "10.9.0.1"
	Target6   = "fd00:9::1"
	Attacker4 = "10.9.0.2"
	Attacker6 = "fd00:9::2"
)

// SkipPrefix begins the reason of every test that this machine cannot run, so
// that a reader of the output of `go test -v` can collect them.
const SkipPrefix = "SKIPPED: "

// Skip skips t and tells the reason in the form that `make test` collects.
func Skip(t testing.TB, reason string) {
	t.Helper()
	t.Skip(SkipPrefix + reason)
}
