package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"klaxon/internal/config"
	"klaxon/internal/sandbox"
)

// Reread tries whether a configuration could be read by this user again, as at a
// reload, and returns the first error. One that is no matter of rights is for the
// reload itself to tell.
func Reread(file string, paths config.Paths) error {
	files, err := config.Files(file, paths)
	for i := 0; i < len(files) && err == nil; i++ {
		var f *os.File
		if f, err = os.OpenFile(files[i], os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			err = f.Close()
		}
	}
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// Denied adds to an error about a file of the configuration who the user is that may
// not read it, and what mends that.
func Denied(err error, who sandbox.Identity) error {
	var at *fs.PathError
	if !errors.Is(err, fs.ErrPermission) || !errors.As(err, &at) {
		return err
	}
	why := Closed(at.Path, who)
	if why == "" { // something other than modes
		why = fmt.Sprintf("let user %s read it", who.Name)
	}
	return fmt.Errorf("%w: %s", err, why)
}

// Closed says what keeps a user from reading a file of the configuration, or listing a
// folder of it, and what mends that; "" when its mode and those of the folders above
// keep nobody like this user from it.
func Closed(path string, who sandbox.Identity) string { return closedTo("", path, who) }

func closedTo(root, path string, who sandbox.Identity) string {
	group := groupName(who.GID)
	for _, dir := range above(path) {
		info, err := os.Stat(root + dir)
		if err != nil {
			return ""
		}
		if !may(info, who, 0o1) {
			return fmt.Sprintf("user %s may not enter %s: chgrp %s %s; chmod g+rx %s; or keep it in a folder that this user may enter", who.Name, dir, group, dir, dir)
		}
	}
	info, err := os.Stat(root + path)
	switch {
	case err != nil:
		return ""
	case info.IsDir() && !may(info, who, 0o5):
		return fmt.Sprintf("user %s may not list %s: chgrp %s %s; chmod g+rx %s", who.Name, path, group, path, path)
	case !info.IsDir() && !may(info, who, 0o4):
		return fmt.Sprintf("user %s may not read %s: %s", who.Name, path, handTo(path, who))
	}
	return ""
}

// handTo lets a user read a file, and nobody else.
func handTo(path string, who sandbox.Identity) string {
	return fmt.Sprintf("chgrp %s %s; chmod 640 %s", groupName(who.GID), path, path)
}

// above are the folders on the way to a path, from the outermost on.
func above(path string) (list []string) {
	dir := filepath.Dir(path)
	for {
		list = append([]string{dir}, list...)
		up := filepath.Dir(dir)
		if up == dir || strings.HasPrefix(dir, "..") {
			return list
		}
		dir = up
	}
}

// may tells whether a mode lets a user do all of what: 4 read, 2 write, 1 enter. Its
// groups are one, as those of klaxond are.
func may(info fs.FileInfo, who sandbox.Identity, what fs.FileMode) bool {
	have := info.Mode().Perm()
	switch st, ok := info.Sys().(*syscall.Stat_t); {
	case !ok || who.UID == 0:
		return true
	case int(st.Uid) == who.UID:
		have >>= 6
	case int(st.Gid) == who.GID:
		have >>= 3
	}
	return have&what == what
}

// groupName is what chgrp takes for a group: nobody's has another name than nobody.
func groupName(gid int) string {
	id := strconv.Itoa(gid)
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return id
}
