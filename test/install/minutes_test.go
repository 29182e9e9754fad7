//go:build linux

package install

import (
	"fmt"
	"net"
	"testing"
	"time"

	"klaxon/internal/nstest"
)

// TestFirstFiveMinutes: a bare machine, the package, klaxond, a touch from
// another host, and the alarm of it. How long that took is told and not judged.
func TestFirstFiveMinutes(t *testing.T) {
	onMachine(t, func(t *testing.T, n *nstest.Net, m machine) {
		if out, err := m.try("go", "version"); err == nil {
			t.Fatalf("this machine has Go: %s", out)
		}
		start := time.Now()
		fmt.Println(m.install(t))
		d := m.start(t)
		err := n.Attacker(func() error {
			c, err := net.DialTimeout("tcp4", nstest.Target4+":512", patience)
			if err != nil {
				return err
			}
			return c.Close()
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		fmt.Println(m.run(t, "klaxonctl", "alarms"))
		fmt.Println(m.run(t, "klaxonctl", "status"))
		t.Logf("FIGURE: from package to alarm in %s", time.Since(start).Round(100*time.Millisecond))
		d.stop(t)
		fmt.Println(d.said(t))
	})
}
