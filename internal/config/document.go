package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"klaxon/internal/nearest"
)

// document is one file taken apart: the values of its known keys, and what is
// wrong with the file so far.
type document struct {
	path     string
	data     []byte
	lines    []int            // offset of the first byte of each line
	values   map[string]value // by dotted key, each of the form its key wants
	tables   []*section       // those of which there may be several, in their order
	current  *section         // what stands below a header of one, nil elsewhere
	problems Errors
}

// section is one of several tables that have the same header.
type section struct {
	name   string // of the table
	at     int    // offset of its header
	values map[string]value
	wrong  bool // a problem of it was told
}

// value is what stands behind a key.
type value struct {
	at    int    // offset, where the form has none of its own
	flag  bool   // valid for flagForm
	texts []text // one for textForm, any number for listForm
	count int    // valid for numberForm
}

// text is one text in a file.
type text struct {
	raw string
	at  int // offset of its first byte, behind the opening quote
}

// parse takes a file apart by the syntax tree, because the decoder stops at the
// first value of a wrong type, forgives a wrong letter case, and tells no
// places of the values that it took.
func parse(path string, data []byte) *document {
	d := &document{path: path, data: data, lines: []int{0}, values: make(map[string]value)}
	for i, b := range data {
		if b == '\n' {
			d.lines = append(d.lines, i+1)
		}
	}
	var p unstable.Parser
	p.Reset(data)
	table, known := "", true
	for p.NextExpression() {
		switch e := p.Expression(); {
		case e.Kind != unstable.KeyValue:
			table, known = d.header(e)
		case known:
			before := len(d.problems)
			d.entry(table, e)
			if d.current != nil && len(d.problems) > before {
				d.current.wrong = true
			}
		}
	}
	d.decode()
	return d
}

// decode has the whole file judged for what the tree does not show: errors of
// syntax, where the tree ends, and keys that stand twice.
func (d *document) decode() {
	var whole map[string]any
	err := toml.Unmarshal(d.data, &whole)
	var bad *toml.DecodeError
	switch {
	case errors.As(err, &bad):
		line, col := bad.Position()
		said := strings.TrimPrefix(bad.Error(), "toml: ")
		if strings.Contains(said, "key output already exists") {
			said = "TOML wants [output.json] and the like below the last [[output]] of a file, or in another file of conf.d"
		}
		d.problems = append(d.problems, Problem{d.path, line, col, said})
	case err != nil:
		d.problems = append(d.problems, Problem{File: d.path, Text: err.Error()})
	}
}

// header reads [table]; what stands below an unknown one is not looked at.
func (d *document) header(e *unstable.Node) (table string, known bool) {
	name, at, _ := dotted("", e.Key())
	k, known := lookup(name)
	d.current = nil
	switch _, several := severals[name]; {
	case !known && meantTable(name) != "":
		d.problem(at, "unknown table %q: want %s", name, meantTable(name))
	case !known:
		d.unknown(at, name)
	case several && e.Kind == unstable.ArrayTable:
		d.current = &section{name: name, at: at, values: make(map[string]value)}
		d.tables = append(d.tables, d.current)
	case k.want != tableForm || e.Kind != unstable.Table:
		d.wrong(at, k)
		known = false
	}
	return name, known
}

// entry reads key = value.
func (d *document) entry(table string, e *unstable.Node) {
	name, at, end := dotted(table, e.Key())
	k, known := lookup(name)
	if d.current != nil {
		k, known = repeated(d.current.name, name)
	} else if belongs := misplaced(name); !known && belongs != "" {
		d.problem(at, "%s: want it below [[%s]]", name, belongs)
		return
	}
	if !known {
		d.unknown(at, name)
		return
	}
	// Between a key and its value stand blanks and one equals sign.
	for strings.IndexByte(" \t=", d.data[end]) >= 0 {
		end++
	}
	d.take(k, end, e.Value())
}

func (d *document) take(k key, at int, n *unstable.Node) {
	v := value{at: at}
	switch {
	case k.want == tableForm && n.Kind == unstable.InlineTable:
		for c := n.Children(); c.Next(); {
			d.entry(k.name, c.Node())
		}
		return
	case k.want == flagForm && n.Kind == unstable.Bool:
		v.flag = string(n.Data) == "true"
	case k.want == textForm && n.Kind == unstable.String:
		v.texts = []text{d.text(n)}
	case k.want == numberForm && n.Kind == unstable.Integer:
		n, err := strconv.ParseInt(strings.ReplaceAll(string(n.Data), "_", ""), 10, 32)
		if err != nil {
			d.wrong(at, k)
			return
		}
		v.count = int(n)
	case k.want == listForm && n.Kind == unstable.Array:
		v.texts = d.list(k, at, n)
	default:
		d.wrong(at, k)
		return
	}
	if d.current != nil {
		d.current.values[k.name] = v
		return
	}
	d.values[k.name] = v
}

// list returns the texts of a list. The tree knows no place of a list, so one
// in another is reported where the outer one begins.
func (d *document) list(k key, at int, n *unstable.Node) []text {
	var out []text
	for c := n.Children(); c.Next(); {
		e := c.Node()
		if e.Kind != unstable.String {
			d.wrong(max(at, int(e.Raw.Offset)), k)
			continue
		}
		out = append(out, d.text(e))
	}
	return out
}

func (d *document) text(n *unstable.Node) text {
	at, quotes := int(n.Raw.Offset), 1
	if raw := d.data[at:]; bytes.HasPrefix(raw, []byte(`"""`)) || bytes.HasPrefix(raw, []byte("'''")) {
		quotes = 3
	}
	return text{string(n.Data), at + quotes}
}

// dotted joins the parts of a key below a table, and returns the offsets of its
// first byte and behind its last one. A part that holds a dot stays quoted.
func dotted(table string, parts unstable.Iterator) (name string, at, end int) {
	name, at = table, -1
	for parts.Next() {
		n := parts.Node()
		if at < 0 {
			at = int(n.Raw.Offset)
		}
		end = int(n.Raw.Offset + n.Raw.Length)
		part := string(n.Data)
		if part == "" || strings.Contains(part, ".") {
			part = strconv.Quote(part)
		}
		if name != "" {
			name += "."
		}
		name += part
	}
	return name, at, end
}

func (d *document) unknown(at int, name string) {
	table := ""
	if d.current != nil {
		table = d.current.name
	}
	near, edits := nearest.To(name, names(table))
	if !nearest.Slip(name, edits) && !strings.HasPrefix(near, name) {
		d.problem(at, "unknown key %q; klaxon.toml(5) lists those that there are", name)
		return
	}
	d.problem(at, "unknown key %q; did you mean %q?", name, near)
}

func (d *document) wrong(at int, k key) { d.problem(at, "%s: want %s", k.name, k.want) }

// problem reports what is wrong at an offset.
func (d *document) problem(at int, format string, args ...any) {
	line, found := slices.BinarySearch(d.lines, at)
	if !found {
		line--
	}
	d.problems = append(d.problems, Problem{d.path, line + 1, at - d.lines[line] + 1, fmt.Sprintf(format, args...)})
}

// sorted returns the problems in the order of their places.
func (d *document) sorted() Errors {
	slices.SortStableFunc(d.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return d.problems
}
