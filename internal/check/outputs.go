package check

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"klaxon/internal/config"
	"klaxon/internal/outbound"
	"klaxon/internal/sandbox"
	"klaxon/internal/secret"
	"klaxon/internal/sink/webhook"
)

// unitUser is whom the shipped unit runs klaxond as, from its start on.
const unitUser = "klaxon"

// outputs warns of those that klaxond could not open: it starts without them, and
// tries them again with every record.
func outputs(c *config.Config) (list []string) {
	for i := range c.Outputs {
		o := &c.Outputs[i]
		if !o.Enabled {
			continue
		}
		for _, err := range troubles(o) {
			list = append(list, fmt.Sprintf("output %s would fail: %v", o.Name, err))
		}
	}
	return list
}

// troubles are what keeps an output from being opened, as far as files tell.
func troubles(o *config.OutputTable) (list []error) {
	note := func(err error) {
		if err != nil {
			list = append(list, err)
		}
	}
	for _, where := range []string{o.Secret, o.Token, o.Password, o.URL} {
		if secret.Named(where) {
			_, err := secret.Read(where)
			note(err)
			note(closed(where))
		}
	}
	t := outbound.TLS{CA: o.CA, Cert: o.Cert, Key: o.Key, ServerName: o.Server}
	_, err := t.Config()
	note(err)
	if o.Type == "webhook" {
		_, err := webhook.Find(o.Template)
		note(err)
	}
	if o.Type == "file" {
		note(folder(o.Path))
	}
	return list
}

// closed tells of a secret that root may read, and whom the unit runs klaxond as may
// not.
func closed(where string) error {
	path, file := strings.CutPrefix(where, "file:")
	if !file || os.Geteuid() != 0 {
		return nil
	}
	user, err := sandbox.Lookup(unitUser)
	info, missing := os.Stat(path)
	if err != nil || missing != nil || user.Shared() || may(info, user, 0o4) {
		return nil
	}
	return fmt.Errorf("the user %s, whom systemd starts klaxond as, may not read %s: %s", unitUser, path, handTo(path, user))
}

// folder tells whether a file can be made, or is there already.
func folder(path string) error {
	info, err := os.Stat(filepath.Dir(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // klaxond makes it, or says why not
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder", filepath.Dir(path))
	}
	return nil
}
