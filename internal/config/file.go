package config

import "strings"

// form is what a key wants, in the words of an operator.
type form string

const (
	textForm   form = "a text in quotes"
	flagForm   form = "true or false"
	listForm   form = `a list of texts, as in ["a", "b"]`
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

// repeated tells whether a key stands below one of several tables.
func (k *key) repeated() bool { return strings.HasPrefix(k.name, "allow.") }

func lookup(name string) (key, bool) {
	for _, k := range allowKeys {
		if k.name == name {
			return key{name, k.want, nil}, true
		}
	}
	for _, k := range keys {
		if k.name == name {
			return k, true
		}
	}
	return key{}, false
}

func names() []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	for _, k := range allowKeys {
		out = append(out, k.name)
	}
	return out
}
