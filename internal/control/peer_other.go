//go:build !linux

package control

import (
	"errors"
	"net"
)

// peer fails, so that nobody is let in where nobody is vouched for.
func peer(*net.UnixConn) (uid int, err error) { return -1, errors.ErrUnsupported }
