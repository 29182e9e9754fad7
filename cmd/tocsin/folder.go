package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"klaxon/internal/evidence"
	"klaxon/internal/sandbox"
	"klaxon/internal/watch/capture"
)

// Our own bounds on a folder of evidence. Files have at most 22 KiB, so that it
// takes at most 90 MB of a disk, whoever rings how many alarms; the oldest go
// first.
const (
	evidenceFiles = 4096
	evidenceQueue = 64 // that wait to be written, 1 MiB

	evidenceSuffix = ".pcapng"
	evidenceName   = 26 + len(evidenceSuffix)
	scratch        = ".writing"
)

// folder is where evidence is written, by a goroutine of its own. It is opened
// while there is privilege, and nothing outside it can be reached by it.
type folder struct {
	path    string
	root    *os.Root
	patient bool     // wait for the disk: what is read can wait
	names   []string // of the files, the oldest first
	queue   chan leaf
	done    chan struct{}
	err     error  // the first; the writing goroutine's until done
	lost    uint64 // never written, because the disk was too slow
}

// leaf is a file to be written.
type leaf struct {
	name    string
	comment string
	ifaces  []capture.Interface
	frames  []evidence.Frame
}

// openFolder opens a folder, and makes it if there is none.
func openFolder(path string) (*folder, error) {
	err := os.Mkdir(path, 0o750)
	if err == nil {
		err = handOver(path)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make a folder for evidence: %w", err)
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("open the folder for evidence: %w", err)
	}
	return &folder{path: path, root: root}, nil
}

// handOver gives a folder that root made to whom it becomes.
func handOver(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	user, err := sandbox.Lookup(runAs)
	if err != nil {
		return err
	}
	return os.Lchown(path, user.UID, user.GID)
}

// start finds what is there already, makes sure that files can be written, and
// begins to write them.
func (d *folder) start() error {
	f, err := d.create()
	if err != nil {
		return fmt.Errorf("write evidence in %s: %w; started as root, tocsin is user %s by now", d.path, err, runAs)
	}
	f.Close()
	d.root.Remove(scratch)
	if err := d.list(); err != nil {
		return fmt.Errorf("list the evidence in %s: %w", d.path, err)
	}
	d.queue, d.done = make(chan leaf, evidenceQueue), make(chan struct{})
	go d.run()
	return nil
}

// list finds files of earlier runs, so that all together are bounded.
func (d *folder) list() error {
	entries, err := fs.ReadDir(d.root.FS(), ".")
	if err != nil {
		return err
	}
	age := make(map[string]int64)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || len(e.Name()) != evidenceName || filepath.Ext(e.Name()) != evidenceSuffix {
			continue
		}
		age[e.Name()] = info.ModTime().UnixNano()
		d.names = append(d.names, e.Name())
	}
	slices.SortFunc(d.names, func(a, b string) int { return cmp.Or(cmp.Compare(age[a], age[b]), strings.Compare(a, b)) })
	return nil
}

// create makes the file that is then given its name.
func (d *folder) create() (*os.File, error) {
	if err := d.root.Remove(scratch); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return d.root.OpenFile(scratch, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
}

// offer takes a file to be written; false when the disk is too slow.
func (d *folder) offer(l leaf) bool {
	if d.patient {
		d.queue <- l
		return true
	}
	select {
	case d.queue <- l:
		return true
	default:
		d.lost++
		return false
	}
}

func (d *folder) run() {
	defer close(d.done)
	for l := range d.queue {
		if err := d.write(&l); err != nil && d.err == nil {
			d.err = fmt.Errorf("write evidence in %s: %w", d.path, err)
		}
	}
}

func (d *folder) write(l *leaf) error {
	f, err := d.create()
	if err != nil {
		return err
	}
	err = errors.Join(l.fill(f), f.Close())
	if err != nil {
		d.root.Remove(scratch)
		return err
	}
	if err := d.root.Rename(scratch, l.name); err != nil {
		return err
	}
	return d.note(l.name)
}

// note remembers a file, and removes the oldest when there are too many.
func (d *folder) note(name string) error {
	if i := slices.Index(d.names, name); i >= 0 {
		d.names = slices.Delete(d.names, i, i+1)
	}
	d.names = append(d.names, name)
	if len(d.names) <= evidenceFiles {
		return nil
	}
	oldest := d.names[0]
	d.names = slices.Delete(d.names, 0, 1)
	if err := d.root.Remove(oldest); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fill writes the frames.
func (l *leaf) fill(f *os.File) error {
	var ifaces []capture.Interface
	for _, in := range l.ifaces {
		in.Drops = 0
		ifaces = append(ifaces, in)
	}
	w, err := capture.NewWriter(f, ifaces, l.comment)
	if err != nil {
		return err
	}
	for _, x := range l.frames {
		if err := w.WriteFrame(capture.Frame{Time: x.At, Interface: x.Interface, Length: x.Length, Data: x.Data}); err != nil {
			return err
		}
	}
	return w.Close()
}

// close waits until all is written. A nil folder, or one that was never started,
// has nothing to write.
func (d *folder) close() error {
	if d == nil {
		return nil
	}
	defer d.root.Close()
	if d.queue == nil {
		return nil
	}
	close(d.queue)
	<-d.done
	if d.lost > 0 {
		d.err = errors.Join(d.err, fmt.Errorf("evidence in %s is not whole: the disk was too slow for %s", d.path, count(d.lost, "file")))
	}
	return d.err
}
