//go:build unix && !linux

package ident

import (
	"hash/fnv"
	"net/netip"
	"os"
	"strconv"
	"syscall"
)

// lockSlots files hold the locks of all peers, so that a stranger with many
// addresses cannot fill a disk. Peers that fall on one file exclude each
// other: what that costs is one query not made.
const lockSlots = 256

// Lock takes the right to ask peer, which one query at a time may hold among
// all processes of this user; ok is false when another holds it. The caller
// must call unlock, once; the right ends with the process too.
//
// The lock is held on a file in a directory that is this user's alone. The
// files stay: removing one would let two processes hold locks on two files of
// the same name.
func Lock(peer netip.Addr) (unlock func(), ok bool) {
	dir, ok := lockDir(os.TempDir())
	if !ok {
		return nil, false
	}
	h := fnv.New32a()
	h.Write([]byte(peer.Unmap().String()))
	name := dir + "/" + strconv.Itoa(int(h.Sum32()%lockSlots))
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, false
	}
	if !lockFile(f) {
		f.Close()
		return nil, false
	}
	return func() { f.Close() }, true
}

// lockDir makes the directory if need be. Its name can be foreseen, so what is
// found there counts only when it is a directory, no link, and nobody else can
// write to it; the sticky bit of the directory above keeps it so.
func lockDir(above string) (dir string, ok bool) {
	uid := os.Geteuid()
	dir = above + "/klaxon-ident-" + strconv.Itoa(uid)
	if err := os.Mkdir(dir, 0o700); err != nil && !os.IsExist(err) {
		return "", false
	}
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return "", false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return dir, ok && int(st.Uid) == uid
}
