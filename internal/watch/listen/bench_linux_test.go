package listen

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"

	"klaxon"
)

// Each iteration is one connection made by another process, from one of 1,000
// sources. BenchmarkBareAccept is what BenchmarkTouch is measured against: Go
// listeners, one goroutine each, that accept and close.

func BenchmarkTouch(b *testing.B) {
	eachTrapCount(b, func(b *testing.B, traps []Trap) {
		count := newCountdown(b.N)
		s, err := Open(Config{Traps: traps, Addrs: addrs("127.0.0.1")}, func(t *klaxon.Touch, c Conn) {
			c.Close()
			count.down()
		})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		if len(s.sockets) != len(traps) {
			b.Skipf("%d of %d traps armed", len(s.sockets), len(traps))
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go s.Run(ctx)
		count.measure(b, traps)
	})
}

func BenchmarkBareAccept(b *testing.B) {
	eachTrapCount(b, func(b *testing.B, traps []Trap) {
		count := newCountdown(b.N)
		for _, trap := range traps {
			var lc net.ListenConfig
			lc.SetMultipathTCP(false)
			l, err := lc.Listen(context.Background(), "tcp4", fmt.Sprintf("127.0.0.1:%d", trap.Port))
			if err != nil {
				b.Skip(err)
			}
			defer l.Close()
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					c.Close()
					count.down()
				}
			}()
		}
		count.measure(b, traps)
	})
}

func eachTrapCount(b *testing.B, f func(*testing.B, []Trap)) {
	for _, n := range []int{1, 64, 1000} {
		b.Run(fmt.Sprintf("traps=%d", n), func(b *testing.B) { f(b, ports(n)) })
	}
}

type countdown struct {
	left atomic.Int64
	zero chan struct{}
}

func newCountdown(n int) *countdown {
	c := &countdown{zero: make(chan struct{})}
	c.left.Store(int64(n))
	return c
}

func (c *countdown) down() {
	if c.left.Add(-1) == 0 {
		close(c.zero)
	}
}

// measure has b.N connections made and waits for the last to be taken. Beside
// the rate it reports the processor time that this process spent on each.
func (c *countdown) measure(b *testing.B, traps []Trap) {
	storm := startClient(b, "storm", traps[0].Port, b.N)
	before := processorTime()
	b.ResetTimer()
	storm.begin(b)
	<-c.zero
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "touches/s")
	b.ReportMetric(float64(processorTime()-before)/float64(b.N), "cpu-ns/op")
}

func processorTime() int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
