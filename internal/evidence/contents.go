package evidence

import "slices"

// contents holds the bytes of frames, by the numbers of the frames. What goes beyond
// headMax, as of tunnels and of datagrams that say something, has a place of its
// own, of which there are fewer.
type contents struct {
	short []byte
	long  []byte
	free  []int32 // places in long
}

// newContents has room for so many frames.
func newContents(frames int) contents {
	return contents{
		short: make([]byte, frames*headMax),
		long:  make([]byte, poolLong*(DataMax-headMax)),
		free:  numbers(poolLong),
	}
}

// room tells whether there is room for the bytes of one more frame.
func (c *contents) room(data []byte) bool { return len(data) <= headMax || len(c.free) > 0 }

// keep stores the bytes of a frame, for which there is room.
func (c *contents) keep(i int32, data []byte, f *frame) {
	data = data[:min(len(data), DataMax)]
	f.size, f.rest = uint16(len(data)), none
	n := copy(c.short[int(i)*headMax:][:headMax], data)
	if n == len(data) {
		return
	}
	last := len(c.free) - 1
	f.rest = c.free[last]
	c.free = c.free[:last]
	copy(c.restOf(f), data[n:])
}

// bytes is a copy of what was stored.
func (c *contents) bytes(i int32, f *frame) []byte {
	data := slices.Clone(c.short[int(i)*headMax:][:min(f.size, headMax)])
	if f.rest != none {
		data = append(data, c.restOf(f)[:f.size-headMax]...)
	}
	return data
}

func (c *contents) restOf(f *frame) []byte {
	return c.long[int(f.rest)*(DataMax-headMax):][:DataMax-headMax]
}

// drop lets go of the place of a frame.
func (c *contents) drop(f *frame) {
	if f.rest != none {
		c.free = append(c.free, f.rest)
	}
}
