package check

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"klaxon/internal/config"
	"klaxon/internal/sandbox"
)

// stranger owns nothing of a test, and is in none of its groups.
var stranger = sandbox.Identity{Name: "klaxon", UID: 990, GID: 989}

// place makes a file or, with a name that ends in /, a folder below root, whatever the
// umask.
func place(t *testing.T, root, path string, mode fs.FileMode) {
	t.Helper()
	full := filepath.Join(root, path)
	dir := filepath.Dir(full)
	if strings.HasSuffix(path, "/") {
		dir = full
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if dir != full {
		if err := os.WriteFile(full, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(full, mode); err != nil {
		t.Fatal(err)
	}
}

// TestClosed: what keeps a user from reading is named, the outermost first, with what
// mends it; and who may read is told nothing.
func TestClosed(t *testing.T) {
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	place(t, root, "/etc/open.toml", 0o644)
	place(t, root, "/etc/shut.toml", 0o640)
	place(t, root, "/in/k.toml", 0o644)
	place(t, root, "/in/", 0o700)
	place(t, root, "/listed/conf.d/", 0o711)
	own := sandbox.Identity{Name: "me", UID: os.Getuid(), GID: os.Getgid()}
	for _, c := range []struct {
		path string
		user sandbox.Identity
		want string
	}{
		{"/etc/open.toml", stranger, ""},
		{"/etc/shut.toml", own, ""},
		{"/etc/shut.toml", sandbox.Identity{Name: "klaxon", UID: 990, GID: os.Getgid()}, ""},
		{"/etc/none.toml", stranger, ""},
		{"/etc/shut.toml", stranger, "user klaxon may not read /etc/shut.toml: chgrp 989 /etc/shut.toml; chmod 640 /etc/shut.toml"},
		{"/in/k.toml", stranger, "user klaxon may not enter /in: chgrp 989 /in; chmod g+rx /in; or keep it in a folder that this user may enter"},
		{"/listed/conf.d", stranger, "user klaxon may not list /listed/conf.d: chgrp 989 /listed/conf.d; chmod g+rx /listed/conf.d"},
	} {
		if got := closedTo(root, c.path, c.user); got != c.want {
			t.Errorf("%s for %s: %q, want %q", c.path, c.user.Name, got, c.want)
		}
	}
}

// TestUnreadableConfiguration: a configuration that klaxond could read once, as root,
// and never again is warned of, each file and folder of it; and no advice makes it so.
func TestUnreadableConfiguration(t *testing.T) {
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	c := config.Default(config.PathsFor(0, func(string) string { return "" }))
	c.Output.Syslog = false // no word of copies but one
	s := surroundings{root: root, user: stranger, becomes: true}
	warned := func() []string {
		return slices.DeleteFunc(s.warnings(&c, "/etc/klaxon/klaxon.toml", nil), func(w string) bool { return strings.Contains(w, "output.syslog is off") })
	}
	place(t, root, "/etc/klaxon/klaxon.toml", 0o644)
	const mend = "chgrp 989 /etc/klaxon/klaxon.toml; chmod 640 /etc/klaxon/klaxon.toml"
	if got := warned(); len(got) != 1 || got[0] != "the configuration can be read by everybody (mode 0644): "+mend {
		t.Errorf("open to all: %q", got)
	}
	place(t, root, "/etc/klaxon/klaxon.toml", 0o640)
	place(t, root, "/etc/klaxon/conf.d/10-a.toml", 0o600)
	place(t, root, "/etc/klaxon/conf.d/", 0o700)
	const lost = "klaxond can read its configuration as root, at its start, and at no reload: user klaxon may not "
	want := []string{lost + "read /etc/klaxon/klaxon.toml: " + mend, lost + "list /etc/klaxon/conf.d: chgrp 989 /etc/klaxon/conf.d; chmod g+rx /etc/klaxon/conf.d"}
	if got := warned(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	place(t, root, "/etc/klaxon/klaxon.toml", 0o644)
	place(t, root, "/etc/klaxon/conf.d/", 0o755)
	place(t, root, "/etc/klaxon/conf.d/.10-a.toml", 0o600) // an editor's, which is not read
	want = []string{
		"the configuration can be read by everybody (mode 0644): " + mend,
		"the configuration can be read by everybody (mode 0755): chgrp 989 /etc/klaxon/conf.d; chmod 750 /etc/klaxon/conf.d",
		lost + "read /etc/klaxon/conf.d/10-a.toml: chgrp 989 /etc/klaxon/conf.d/10-a.toml; chmod 640 /etc/klaxon/conf.d/10-a.toml",
	}
	if got := warned(); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if err := os.RemoveAll(filepath.Join(root, "/etc/klaxon/conf.d")); err != nil {
		t.Fatal(err)
	}
	s.user, s.becomes = sandbox.Identity{Name: "me", UID: os.Getuid(), GID: os.Getgid()}, false
	place(t, root, "/etc/klaxon/klaxon.toml", 0o644)
	if got := warned(); len(got) != 1 || !strings.HasSuffix(got[0], ": chmod o-rwx /etc/klaxon/klaxon.toml") {
		t.Errorf("who runs klaxond as the owner of its file: %q", got)
	}
}

// TestDenied: who may not read is said of what is a matter of rights, and of nothing
// else.
func TestDenied(t *testing.T) {
	other := &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist}
	if got := Denied(other, stranger); got != error(other) {
		t.Errorf("%v", got)
	}
	for path, want := range map[string]string{
		"/none":       ": let user klaxon read it", // as where no mode tells why
		"/etc/shadow": ": user klaxon may not read /etc/shadow: chgrp 989 /etc/shadow; chmod 640 /etc/shadow",
	} {
		err := Denied(&fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}, stranger)
		if text := err.Error(); text != "open "+path+": permission denied"+want && text != "open "+path+": "+fs.ErrPermission.Error()+want {
			t.Errorf("%q", text)
		}
	}
}

// TestLinkedConfiguration: a link is as good as what it leads to, and the folder there.
func TestLinkedConfiguration(t *testing.T) {
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	c := config.Default(config.PathsFor(0, func(string) string { return "" }))
	c.Output.Syslog, c.Store.Enabled = false, false
	s := surroundings{root: root, user: stranger, becomes: true}
	warned := func() string { return strings.Join(s.warnings(&c, "/etc/klaxon/klaxon.toml", nil), "\n") }
	link := func(from, to string) {
		t.Helper()
		place(t, root, filepath.Dir(from)+"/", 0o755)
		if err := os.Symlink(filepath.Join(root, to), filepath.Join(root, from)); err != nil {
			t.Fatal(err)
		}
	}
	place(t, root, "/private/k.toml", 0o644)
	place(t, root, "/open/d.toml", 0o640)
	link("/etc/klaxon/klaxon.toml", "/private/k.toml")
	link("/etc/klaxon/conf.d/10-d.toml", "/open/d.toml")
	for _, quiet := range []string{"may not enter", "can be replaced"} {
		if got := warned(); strings.Contains(got, quiet) {
			t.Errorf("where all is open to klaxond alone: %s", got)
		}
	}
	place(t, root, "/private/", 0o700)
	place(t, root, "/open/", 0o777)
	place(t, root, "/etc/klaxon/", 0o777)
	got := warned()
	for _, want := range []string{
		"at no reload: user klaxon may not enter /private: ",
		"what is in /open can be replaced by everybody (mode 0777): chmod o-w /open",
		"what is in /etc/klaxon can be replaced by everybody (mode 0777): chmod o-w /etc/klaxon",
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%s is told %d times in\n%s", want, strings.Count(got, want), got)
		}
	}
	place(t, root, "/open/", 0o777|fs.ModeSticky)
	if got := warned(); strings.Contains(got, "/open can be") {
		t.Errorf("of a sticky folder: %s", got)
	}
}
