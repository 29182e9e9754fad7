package inbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"klaxon"
)

// Inbox is the socket. Use Open.
type Inbox struct {
	conn  *net.UnixConn
	path  string
	judge judge
}

// Open makes the socket, writable for everybody, and replaces one that a dead
// klaxond left; it is an error when a live one answers. Its directory must
// exist. klaxonUID is believed beside root.
func Open(path string, klaxonUID int) (*Inbox, error) {
	addr := &net.UnixAddr{Name: path, Net: "unixgram"}
	if probe, err := net.DialUnix("unixgram", nil, addr); err == nil {
		probe.Close()
		return nil, fmt.Errorf("listen on %s: another klaxond listens there", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace %s: %w", path, err)
		}
	}
	conn, err := net.ListenUnixgram("unixgram", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	in := &Inbox{conn: conn, path: path, judge: judge{klaxonUID: klaxonUID}}
	if err := in.prepare(); err != nil {
		conn.Close()
		return nil, err
	}
	return in, nil
}

func (in *Inbox) prepare() error {
	if err := os.Chmod(in.path, 0o666); err != nil {
		return fmt.Errorf("open %s to everybody: %w", in.path, err)
	}
	raw, err := in.conn.SyscallConn()
	if err != nil {
		return err
	}
	var optErr error
	if err := raw.Control(func(fd uintptr) {
		optErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_PASSCRED, 1)
	}); err != nil {
		return err
	}
	if optErr != nil {
		return fmt.Errorf("ask for the senders of %s: %w", in.path, optErr)
	}
	return nil
}

// Run delivers touches until ctx ends or the socket fails. deliver must not
// keep the touch's payload.
func (in *Inbox) Run(ctx context.Context, deliver func(*klaxon.Touch)) error {
	defer context.AfterFunc(ctx, func() { in.conn.SetReadDeadline(time.Unix(1, 0)) })()
	buf, oob := make([]byte, maxDatagram+1), make([]byte, unix.CmsgSpace(unix.SizeofUcred))
	for {
		n, oobn, _, _, err := in.conn.ReadMsgUnix(buf, oob)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, syscall.EINTR):
			continue
		case err != nil:
			return fmt.Errorf("receive on %s: %w", in.path, err)
		}
		if n > maxDatagram {
			in.judge.counts.refused.Add(1)
			continue
		}
		if t := in.judge.take(buf[:n], sender(oob[:oobn]), time.Now()); t != nil {
			deliver(t)
		}
	}
}

// sender returns the uid that the kernel vouches for, -1 when it does not.
func sender(oob []byte) int {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) != 1 {
		return -1
	}
	cred, err := unix.ParseUnixCredentials(&messages[0])
	if err != nil {
		return -1
	}
	return int(cred.Uid)
}

// Counters returns a snapshot; it is safe while Run runs.
func (in *Inbox) Counters() Counters { return in.judge.counts.snapshot() }

// Close closes the socket and removes its file.
func (in *Inbox) Close() error {
	err := in.conn.Close()
	if rmErr := os.Remove(in.path); err == nil && !errors.Is(rmErr, os.ErrNotExist) {
		err = rmErr
	}
	return err
}
