package evasion

import "testing"

func TestExplore(t *testing.T) {
	list, n := searchAll(40, 1)
	for i := range list {
		f := &list[i]
		t.Logf("%-36s %4d a day, %.1f packets a port: %+v | %s", f.Strategy.Family, f.rate(), f.price(), f.Strategy, f.Stopped)
	}
	t.Log(n, "strategies")
}
