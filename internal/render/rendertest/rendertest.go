// Package rendertest holds JSON lines against the published schemas, for the
// tests of every package that writes some.
package rendertest

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"klaxon/docs/schema"
)

// Validate fails the test unless line is one JSON object of a known type that
// follows its schema, in printable ASCII. One newline may end it. It is safe
// for concurrent use.
func Validate(t testing.TB, line []byte) {
	t.Helper()
	if err := check(line); err != nil {
		t.Errorf("%v\nin the line %q", err, line)
	}
}

// ValidateFormat is Validate for a line of a foreign dialect, by its name.
func ValidateFormat(t testing.TB, name string, line []byte) {
	t.Helper()
	if err := follows(line, formats, name); err != nil {
		t.Errorf("%s: %v\nin the line %q", name, err, line)
	}
}

func check(line []byte) error {
	line = bytes.TrimSuffix(line, []byte("\n"))
	var head struct{ Type string }
	if err := json.Unmarshal(line, &head); err != nil {
		return fmt.Errorf("read the type of a line: %w", err)
	}
	return follows(line, schemas, head.Type)
}

// follows holds a line against one of several schemas.
func follows(line []byte, compiled func() (map[string]*jsonschema.Schema, error), name string) error {
	for i, c := range line {
		if c < ' ' || c > '~' {
			return fmt.Errorf("byte %d is %#x, want printable ASCII", i, c)
		}
	}
	all, err := compiled()
	if err != nil {
		return err
	}
	s := all[name]
	if s == nil {
		return fmt.Errorf("no schema for the type %q", name)
	}
	object, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("read a line: %w", err)
	}
	return s.Validate(object)
}

// schemas compiles the schema of each type, once.
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) { return compileAll(schema.Files, ".") })

// formats compiles the schema of each foreign dialect, once.
var formats = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) { return compileAll(schema.Formats, "formats") })

func compileAll(folder embed.FS, dir string) (map[string]*jsonschema.Schema, error) {
	files, err := folder.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	all := map[string]*jsonschema.Schema{}
	for _, f := range files {
		compiled, err := compile(compiler, folder, path.Join(dir, f.Name()))
		if err != nil {
			return nil, err
		}
		all[compiled.Title] = compiled
	}
	return all, nil
}

func compile(compiler *jsonschema.Compiler, folder embed.FS, name string) (*jsonschema.Schema, error) {
	text, err := folder.ReadFile(name)
	if err != nil {
		return nil, err
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if err := compiler.AddResource(name, document); err != nil {
		return nil, fmt.Errorf("add %s: %w", name, err)
	}
	return compiler.Compile(name)
}
