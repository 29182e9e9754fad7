package wire

import (
	"context"
	"time"
)

// ticks is what there is without a wire: time passes, and touches come.
type ticks struct{}

func (ticks) run(ctx context.Context, f *feed) error {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		case <-f.touches.wake:
		}
		f.watchClock()
		f.reach(f.clock.now())
		f.flush()
	}
}
