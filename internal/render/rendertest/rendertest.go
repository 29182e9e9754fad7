// Package rendertest holds JSON lines against the published schemas, for the
// tests of every package that writes some.
package rendertest

import (
	"bytes"
	"encoding/json"
	"fmt"
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

func check(line []byte) error {
	line = bytes.TrimSuffix(line, []byte("\n"))
	for i, c := range line {
		if c < ' ' || c > '~' {
			return fmt.Errorf("byte %d is %#x, want printable ASCII", i, c)
		}
	}
	var head struct{ Type string }
	if err := json.Unmarshal(line, &head); err != nil {
		return fmt.Errorf("read the type of a line: %w", err)
	}
	all, err := schemas()
	if err != nil {
		return err
	}
	s := all[head.Type]
	if s == nil {
		return fmt.Errorf("no schema for the type %q", head.Type)
	}
	object, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		return fmt.Errorf("read a line: %w", err)
	}
	return s.Validate(object)
}

// schemas compiles the schema of each type, once.
var schemas = sync.OnceValues(func() (map[string]*jsonschema.Schema, error) {
	files, err := schema.Files.ReadDir(".")
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	all := map[string]*jsonschema.Schema{}
	for _, f := range files {
		compiled, err := compile(compiler, f.Name())
		if err != nil {
			return nil, err
		}
		all[compiled.Title] = compiled
	}
	return all, nil
})

func compile(compiler *jsonschema.Compiler, name string) (*jsonschema.Schema, error) {
	text, err := schema.Files.ReadFile(name)
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
