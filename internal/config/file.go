package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// form is what a key wants, in the words of an operator.
type form string

const (
	textForm   form = "a text in quotes"
	flagForm   form = "true or false"
	listForm   form = `a list of texts, as in ["a", "b"]`
	numberForm form = "a whole number"
	tableForm  form = "a table, as in [output.json]"
	tablesForm form = "tables, as in [[allow]]"
)

// key is one key that the file may hold.
type key struct {
	name string // dotted
	want form
	set  func(*merger, value) // nil for a table, and below one of several
}

// keys are all of them. A new one is a line here, and one in klaxon.toml(5).
var keys = []key{
	{"sensor", textForm, (*merger).sensor},
	{"home", listForm, (*merger).home},
	{"services", listForm, (*merger).services},
	{"except", listForm, (*merger).except},
	{"addresses", listForm, (*merger).addresses},
	{"ident", textForm, (*merger).ident},
	{"ident_timeout", textForm, (*merger).identTimeout},
	{"names", flagForm, func(m *merger, v value) { m.c.Names = v.flag }},
	{"mode", textForm, (*merger).mode},
	{"profile", textForm, (*merger).profile},
	{"wire", tableForm, nil},
	{"wire.enabled", flagForm, func(m *merger, v value) { m.c.Wire.Enabled = v.flag }},
	{"wire.interfaces", listForm, (*merger).interfaces},
	{"wire.mirrors", listForm, (*merger).mirrors},
	{"wire.promiscuous", flagForm, func(m *merger, v value) { m.c.Wire.Promiscuous = v.flag }},
	{"wire.mem", textForm, (*merger).memory},
	{"store", tableForm, nil},
	{"store.enabled", flagForm, func(m *merger, v value) { m.c.Store.Enabled = v.flag }},
	{"store.path", textForm, (*merger).storePath},
	{"store.max_size", textForm, (*merger).storeMaxSize},
	{"store.max_age", textForm, (*merger).storeMaxAge},
	{"output", tableForm, nil},
	{"output.terminal", tableForm, nil},
	{"output.terminal.enabled", flagForm, func(m *merger, v value) { m.c.Output.Terminal = v.flag }},
	{"output.syslog", tableForm, nil},
	{"output.syslog.enabled", flagForm, func(m *merger, v value) { m.c.Output.Syslog = v.flag }},
	{"output.json", tableForm, nil},
	{"output.json.enabled", flagForm, func(m *merger, v value) { m.c.Output.JSON = v.flag }},
	{"output.json.path", textForm, (*merger).jsonPath},
	{"drill", tableForm, nil},
	{"drill.enabled", flagForm, func(m *merger, v value) { m.c.Drill.Enabled = v.flag }},
	{"drill.self_test", textForm, (*merger).selfTest},
	{"allow", tablesForm, nil},
}

// severals are the tables of which there may be several, with what may stand below
// each.
var severals = map[string]map[string]form{"allow": formsOf(allowKeys), "output": outputForms()}

func formsOf[K interface{ form() (string, form) }](list []K) map[string]form {
	out := make(map[string]form, len(list))
	for _, k := range list {
		name, want := k.form()
		out[name] = want
	}
	return out
}

// repeated returns the key of that name below one of several tables.
func repeated(table, name string) (key, bool) {
	want, known := severals[table][name]
	return key{name, want, nil}, known
}

// misplaced tells the table that a key belongs below one of, "" for none.
func misplaced(name string) string {
	table, _, _ := strings.Cut(name, ".")
	if _, known := severals[table][name]; known {
		return table
	}
	return ""
}

// meantTable is what whoever wrote the header of a table that there is not most likely
// meant: one of several, by its plural or by its type; "" for nothing.
func meantTable(name string) string {
	if one := strings.TrimSuffix(name, "s"); one != name && severals[one] != nil {
		return "[[" + one + "]]"
	}
	if of, ok := strings.CutPrefix(name, "output."); ok && slices.Contains(OutputTypes, of) {
		return fmt.Sprintf("[[output]], and below it type = %q", of)
	}
	return ""
}

func lookup(name string) (key, bool) {
	for _, k := range keys {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}

// names lists what may stand in a table of several, or anywhere else.
func names(table string) (out []string) {
	if forms, ok := severals[table]; ok {
		return slices.Collect(maps.Keys(forms))
	}
	for _, k := range keys {
		out = append(out, k.name)
	}
	for _, forms := range severals {
		out = slices.AppendSeq(out, maps.Keys(forms))
	}
	return out
}
