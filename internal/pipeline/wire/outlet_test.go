package wire

import (
	"errors"
	"testing"

	"klaxon"
)

// gate is a sink that waits until it is opened, and fails as it is told.
type gate struct {
	open chan struct{}
	took int
	fail func(n int) error
}

func (*gate) Name() string { return "gate" }
func (*gate) Close() error { return nil }
func (g *gate) Emit(batch []klaxon.Record) (int, error) {
	<-g.open
	for i := range batch {
		if g.fail != nil && g.fail(g.took) != nil {
			err := g.fail(g.took)
			g.took++
			return i, err
		}
		g.took++
	}
	return len(batch), nil
}

// TestOutletNeverBlocks: what a sink that hangs has no room for is counted.
func TestOutletNeverBlocks(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	o := newOutlet(g, false, nil)
	const n = outletCap + outletBatch + 1000
	for range n {
		o.offer(&klaxon.Alarm{})
	}
	close(g.open)
	c := o.close()
	if c.Written+c.Lost != n || c.Lost < 1000 || c.Written < outletCap {
		t.Errorf("%+v of %d", c, n)
	}
}

// TestPatientOutletLosesNothing, though its sink begins late.
func TestPatientOutletLosesNothing(t *testing.T) {
	g := &gate{open: make(chan struct{})}
	o := newOutlet(g, true, nil)
	const n = 3 * outletCap
	go func() {
		for len(o.queue) < outletCap {
		}
		close(g.open)
	}()
	for range n {
		o.offer(&klaxon.Alarm{})
	}
	if c := o.close(); c != (OutputCounts{"gate", n, 0}) {
		t.Errorf("%+v", c)
	}
}

// TestOutletThatFails: every record is written or lost, and each failure is
// told once.
func TestOutletThatFails(t *testing.T) {
	g := &gate{open: make(chan struct{}), fail: func(n int) error {
		if n >= 100 && n < 400 {
			return errors.New("no")
		}
		return nil
	}}
	close(g.open)
	told := 0
	o := newOutlet(g, true, func(name string, err error) {
		if told++; name != "gate" || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	})
	const n = 100_000
	for range n {
		o.offer(&klaxon.Alarm{})
	}
	c := o.close()
	if c.Written+c.Lost != n || c.Lost < 1 || c.Written < 100 || told < 1 {
		t.Errorf("%+v, told %d times", c, told)
	}
}
