package capture

// The options that are read or written (draft-ietf-opsawg-pcapng sections 3.5,
// 4.2 and 4.6).
const (
	optEnd     = 0
	optComment = 1

	optName       = 2
	optIPv4       = 4
	optIPv6       = 5
	optResolution = 9
	optOffset     = 14

	optReceived  = 4
	optDevDrops  = 5
	optHostDrops = 7
)

// options calls f for every option in b, whose offset in the file is off. An
// absent end mark is no fault; an option that leaves the block is.
func options(o order, b []byte, off int64, f func(code uint16, value []byte)) error {
	for range maxOptions {
		if len(b) < 4 {
			return nil
		}
		code, n := o.u16(b), int(o.u16(b[2:]))
		if code == optEnd {
			return nil
		}
		padded := 4 + (n+3)&^3
		if padded > len(b) {
			return damaged(off, "option %d of %d bytes leaves its block", code, n)
		}
		f(code, b[4:4+n])
		b = b[padded:]
		off += int64(padded)
	}
	return nil
}
