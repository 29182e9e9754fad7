package packet

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

// Capture yields the frames of several interfaces in the order of their time.
type Capture struct {
	ifaces []capture.Interface
	rings  []*ring
	given  *ring // whose frame was returned last and is still in use
	floor  int64 // no frame is returned that is older, but for clocks set back
	fds    []unix.PollFd
	polled []*ring // that fds are of
}

// Open opens every interface behind the filter. It needs CAP_NET_RAW, and
// nothing needs it afterwards.
func Open(cfg Config) (*Capture, error) {
	chosen, err := cfg.links()
	if err != nil {
		return nil, err
	}
	c := &Capture{}
	for _, l := range chosen {
		if err := c.add(l, &cfg); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	for i, l := range chosen {
		if err := c.rings[i].start(l.index, cfg.Promiscuous); err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// links returns what the configuration names, each once.
func (cfg *Config) links() ([]link, error) {
	if cfg.RingBytes < 0 || cfg.RingBytes > maxRing {
		return nil, fmt.Errorf("open a ring of %d bytes: want at most %d", cfg.RingBytes, maxRing)
	}
	names := cfg.Interfaces
	if len(names) == 0 {
		var err error
		if names, err = Default(); err != nil {
			return nil, err
		}
	}
	all, err := links()
	if err != nil {
		return nil, err
	}
	var chosen []link
	for _, name := range names {
		l, err := find(all, name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(chosen, l) {
			chosen = append(chosen, l)
		}
	}
	if len(chosen) > maxCaptured {
		return nil, fmt.Errorf("watch %d interfaces: the most is %d", len(chosen), maxCaptured)
	}
	return chosen, nil
}

func (c *Capture) add(l link, cfg *Config) error {
	kind, _, err := l.linkType()
	if err != nil {
		return err
	}
	if len(cfg.Extra) > 0 && len(c.ifaces) > 0 && c.ifaces[0].Link != kind {
		return fmt.Errorf("watch %s and %s: a filter fits one of them, their frames begin differently: watch them apart", c.ifaces[0].Name, l.name)
	}
	program, err := cfg.program(kind)
	if err != nil {
		return err
	}
	size := cfg.RingBytes
	if size == 0 {
		size = defaultRing
	}
	r, err := openRing(l, program, size)
	if err != nil {
		return err
	}
	r.index = len(c.rings)
	c.rings = append(c.rings, r)
	c.ifaces = append(c.ifaces, capture.Interface{Name: l.name, Link: kind, Addrs: l.addresses()})
	return nil
}

// program is the filter that the kernel runs.
func (cfg *Config) program(kind decode.Link) ([]bpf.RawInstruction, error) {
	ours, err := filter(kind, cfg.Mirrors)
	if err != nil || len(cfg.Extra) == 0 {
		return ours, err
	}
	return both(cfg.Extra, ours)
}

// Interfaces returns what is watched; the index is Frame.Interface.
func (c *Capture) Interfaces() []capture.Interface { return slices.Clone(c.ifaces) }

// Next returns the next frame of any interface, or ErrIdle when none came
// within wait. The frame's Data is valid until the next call.
func (c *Capture) Next(wait time.Duration) (capture.Frame, error) {
	if c.given != nil {
		c.given.next()
		c.given = nil
	}
	var deadline time.Time
	for left := max(wait, 0); ; left = time.Until(deadline) {
		r, hold := c.pick()
		if r != nil && hold == 0 {
			return c.yield(r), nil
		}
		if left < 0 {
			return capture.Frame{}, ErrIdle
		}
		if deadline.IsZero() {
			deadline = time.Now().Add(left)
		}
		if r != nil {
			left = min(left, hold)
		}
		if err := c.poll(left); err != nil {
			return capture.Frame{}, err
		}
	}
}

// pick finds the ring with the oldest frame, and how long that frame must wait
// for rings that may yet come up with an older one.
func (c *Capture) pick() (*ring, time.Duration) {
	r := c.oldest()
	if r == nil || len(c.rings) == 1 {
		return r, 0
	}
	for {
		younger := c.unsettled(r.time())
		if younger == nil {
			return r, 0
		}
		younger.settle()
		if younger.ready() {
			r = c.oldest()
			continue
		}
		// A frame from the future is one of a clock that was set back: no
		// bound will ever reach it.
		short := r.time() - younger.bound
		if short <= 0 || short > int64(holdAtMost+settleAfter) {
			return r, 0
		}
		return r, time.Duration(short)
	}
}

// oldest is the ring whose frame at hand is the oldest, nil when none has one.
func (c *Capture) oldest() (first *ring) {
	for _, r := range c.rings {
		if r.ready() && (first == nil || r.time() < first.time()) {
			first = r
		}
	}
	return first
}

// unsettled is a ring that has no frame at hand and may yet yield one from
// before a time.
func (c *Capture) unsettled(t int64) *ring {
	for _, r := range c.rings {
		if r.left == 0 && r.bound < t {
			return r
		}
	}
	return nil
}

// yield hands out a ring's frame.
func (c *Capture) yield(r *ring) capture.Frame {
	c.given = r
	c.raise(r.time())
	inbound := !r.loop && !r.outgoing()
	data, length := r.frame()
	return capture.Frame{Time: c.floor, Link: r.link, Interface: r.index, Length: max(length, len(data)), Inbound: inbound, Data: data}
}

// raise makes t the floor. Small disorder, as of packets that two processors
// stamp at once, does not lower it; a clock that was set back does.
func (c *Capture) raise(t int64) {
	if t > c.floor || c.floor-t > int64(clockStep) {
		c.floor = t
	}
}

// Now returns a time before which no further frame will be returned, unless
// the clock is set back.
func (c *Capture) Now() int64 {
	if c.given != nil {
		return c.floor
	}
	least := int64(0)
	for i, r := range c.rings {
		r.settle()
		t := r.bound
		if r.left > 0 {
			t = r.time()
		}
		if i == 0 || t < least {
			least = t
		}
	}
	c.raise(least)
	return c.floor
}

// poll waits for a block of any ring that has none at hand. A ring that has one
// would always be reported.
func (c *Capture) poll(left time.Duration) error {
	if err := c.lost(); err != nil {
		return err
	}
	c.fds, c.polled = c.fds[:0], c.polled[:0]
	for _, r := range c.rings {
		if r.left == 0 && !r.gone {
			c.fds = append(c.fds, unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN})
			c.polled = append(c.polled, r)
		}
	}
	timeout := unix.NsecToTimespec(int64(left))
	if _, err := unix.Ppoll(c.fds, &timeout, nil); err != nil && !errors.Is(err, unix.EINTR) {
		return fmt.Errorf("wait for packets: %w", err)
	}
	for i := range c.fds {
		if c.fds[i].Revents&^unix.POLLIN != 0 {
			if err := c.polled[i].trouble(); err != nil {
				return err
			}
		}
	}
	return nil
}

// lost tells of interfaces that were removed after they went down, each once,
// and again when none is left.
func (c *Capture) lost() error {
	left := 0
	for _, r := range c.rings {
		if err := r.vanished(); err != nil {
			return err
		}
		if !r.gone {
			left++
		}
	}
	if left == 0 {
		return fmt.Errorf("watch %s: %w", c.rings[0].name, ErrGone)
	}
	return nil
}

// Drops returns how many frames the kernel had no room for, in all.
func (c *Capture) Drops(i int) uint64 { return c.rings[i].countDrops() }

// Close gives back sockets and rings. No frame may be in use.
func (c *Capture) Close() error {
	var all []error
	for _, r := range c.rings {
		all = append(all, r.close())
	}
	c.rings, c.given = nil, nil
	return errors.Join(all...)
}
