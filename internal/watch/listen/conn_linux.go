package listen

import "golang.org/x/sys/unix"

// Close closes the connection; on the zero Conn it does nothing.
func (c Conn) Close() error {
	if c.fd == 0 {
		return nil
	}
	return unix.Close(c.fd)
}
