package config

import (
	"fmt"
	"path/filepath"
	"strings"
)

// clashes are outputs that would write to a file which something else of klaxond
// writes: lines of two in one file are of no use, and a store among them is lost.
func (c *Config) clashes(path string) (list Errors) {
	users := map[string]string{}
	if c.Store.Enabled {
		users[filepath.Clean(c.Store.Path)] = "the store"
	}
	if c.Output.JSON {
		users[filepath.Clean(c.Output.JSONPath)] = "[output.json]"
	}
	for i := range c.Outputs {
		o := &c.Outputs[i]
		if !o.Enabled || o.Type != "file" || o.Path == "/dev/stdout" {
			continue
		}
		at := filepath.Clean(o.Path)
		by := users[at]
		if c.Store.Enabled && strings.HasPrefix(at, filepath.Clean(c.Store.Path)+"-") {
			by = "the store"
		}
		if by != "" {
			list = append(list, Problem{File: path, Text: fmt.Sprintf("output %s: %s is written by %s; give it a file of its own", o.Name, o.Path, by)})
		}
		users[at] = "output " + o.Name
	}
	return list
}
