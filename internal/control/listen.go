package control

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// door is the listener: it lets in whoever may ask, as many as there is room for.
type door struct {
	*net.UnixListener
	path string
	uids []int

	refused, turned atomic.Uint64
	leaving         atomic.Int32 // are being turned away
	mu              sync.Mutex
	inside          int
}

// socketMode lets the group connect; who may ask is judged by uid, too.
const socketMode = 0o660

// openDoor makes the socket, and replaces one that a dead klaxond left; it is an
// error when a live one answers. Its folder must exist. uid and gid, unless
// negative, own it.
func openDoor(path string, uids []int, uid, gid int) (*door, error) {
	addr := &net.UnixAddr{Name: path, Net: "unix"}
	if Alive(path) {
		return nil, fmt.Errorf("listen on %s: another klaxond answers there", path)
	}
	if info, err := os.Lstat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
		if err := os.Remove(path); err != nil {
			return nil, fmt.Errorf("replace %s: %w", path, err)
		}
	}
	// Nobody who is refused later may get in before the mode is set: their uid
	// is looked at all the same.
	l, err := net.ListenUnix("unix", addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", path, err)
	}
	// Removed by close, as whoever owns it then.
	l.SetUnlinkOnClose(false)
	d := &door{UnixListener: l, path: path, uids: uids}
	err = os.Chmod(path, socketMode)
	if err == nil && uid >= 0 {
		err = os.Lchown(path, uid, gid)
	}
	if err != nil {
		d.shut()
		return nil, fmt.Errorf("give %s to those who may ask: %w", path, err)
	}
	return d, nil
}

// Alive tells whether a klaxond listens at a path: the socket of one that is gone
// refuses.
func Alive(path string) bool {
	probe, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return false
	}
	probe.Close()
	return true
}

func (d *door) shut() error {
	err := d.UnixListener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil // by http.Server
	}
	if gone := os.Remove(d.path); err == nil && !errors.Is(gone, fs.ErrNotExist) {
		err = gone
	}
	return err
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		c, err := d.AcceptUnix()
		if err != nil {
			return nil, err
		}
		uid, err := peer(c)
		switch {
		case err != nil || !slices.Contains(d.uids, uid):
			d.refused.Add(1)
			d.turnAway(c, "403 Forbidden", "only root, the klaxon user and klaxond's own user may ask")
		case !d.enter():
			d.turned.Add(1)
			d.turnAway(c, "503 Service Unavailable", "too many ask already")
		default:
			return &visitor{UnixConn: c, door: d, uid: uid}, nil
		}
	}
}

// turnAway says why, once the question is there: a client takes an answer that
// comes before it for an error. When many are being turned away already it does not
// wait for that.
func (d *door) turnAway(c *net.UnixConn, status, why string) {
	if d.leaving.Add(1) > leavingMax {
		d.leaving.Add(-1)
		sayNo(c, status, why)
		return
	}
	go func() {
		defer d.leaving.Add(-1)
		c.SetReadDeadline(time.Now().Add(leaveMax))
		var question [headerMax]byte
		// Whatever it is, the answer is the same.
		_, _ = c.Read(question[:])
		sayNo(c, status, why)
	}()
}

// sayNo answers in one write that fits into an empty socket's buffer.
func sayNo(c *net.UnixConn, status, why string) {
	// It never waits; the deadline is there for a machine that hardly runs.
	c.SetWriteDeadline(time.Now().Add(time.Second))
	body := `{"error":"` + why + `"}` + "\n"
	fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body)
	c.Close()
}

func (d *door) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.inside >= connectionsMax {
		return false
	}
	d.inside++
	return true
}

// visitor is a connection that counts.
type visitor struct {
	*net.UnixConn
	door *door
	uid  int
	once sync.Once
}

// Close implements net.Conn.
func (v *visitor) Close() error {
	v.once.Do(func() {
		v.door.mu.Lock()
		defer v.door.mu.Unlock()
		v.door.inside--
	})
	return v.UnixConn.Close()
}
