package decode

// cursor reads big-endian fields off the front of a slice. Reading past the end
// yields zero and sets short; it never panics.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) len() int { return len(c.b) }

func (c *cursor) u8() uint8 {
	if len(c.b) < 1 {
		c.short = true
		return 0
	}
	v := c.b[0]
	c.b = c.b[1:]
	return v
}

func (c *cursor) u16() uint16 {
	if len(c.b) < 2 {
		c.short, c.b = true, nil
		return 0
	}
	v := uint16(c.b[0])<<8 | uint16(c.b[1])
	c.b = c.b[2:]
	return v
}

func (c *cursor) u32() uint32 {
	if len(c.b) < 4 {
		c.short, c.b = true, nil
		return 0
	}
	v := uint32(c.b[0])<<24 | uint32(c.b[1])<<16 | uint32(c.b[2])<<8 | uint32(c.b[3])
	c.b = c.b[4:]
	return v
}

func (c *cursor) bytes(dst []byte) {
	if len(c.b) < len(dst) {
		c.short, c.b = true, nil
		return
	}
	copy(dst, c.b)
	c.b = c.b[len(dst):]
}

func (c *cursor) skip(n int) {
	if n < 0 || len(c.b) < n {
		c.short, c.b = true, nil
		return
	}
	c.b = c.b[n:]
}

// limit drops everything behind the first n bytes, such as Ethernet padding.
func (c *cursor) limit(n int) {
	if n >= 0 && n < len(c.b) {
		c.b = c.b[:n]
	}
}
