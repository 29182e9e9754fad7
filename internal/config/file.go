package config

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
	many bool                 // it stands below one of several tables
}

// keys are all of them. A new one is a line here, and one in klaxon.toml(5).
var keys = []key{
	{name: "sensor", want: textForm, set: (*merger).sensor},
	{name: "home", want: listForm, set: (*merger).home},
	{name: "services", want: listForm, set: (*merger).services},
	{name: "except", want: listForm, set: (*merger).except},
	{name: "addresses", want: listForm, set: (*merger).addresses},
	{name: "ident", want: textForm, set: (*merger).ident},
	{name: "ident_timeout", want: textForm, set: (*merger).identTimeout},
	{name: "names", want: flagForm, set: func(m *merger, v value) { m.c.Names = v.flag }},
	{name: "mode", want: textForm, set: (*merger).mode},
	{name: "profile", want: textForm, set: (*merger).profile},
	{name: "wire", want: tableForm},
	{name: "wire.enabled", want: flagForm, set: func(m *merger, v value) { m.c.Wire.Enabled = v.flag }},
	{name: "wire.interfaces", want: listForm, set: (*merger).interfaces},
	{name: "wire.promiscuous", want: flagForm, set: func(m *merger, v value) { m.c.Wire.Promiscuous = v.flag }},
	{name: "wire.mem", want: textForm, set: (*merger).memory},
	{name: "store", want: tableForm},
	{name: "store.enabled", want: flagForm, set: func(m *merger, v value) { m.c.Store.Enabled = v.flag }},
	{name: "store.path", want: textForm, set: (*merger).storePath},
	{name: "store.max_size", want: textForm, set: (*merger).storeMaxSize},
	{name: "store.max_age", want: textForm, set: (*merger).storeMaxAge},
	{name: "output", want: tableForm},
	{name: "output.terminal", want: tableForm},
	{name: "output.terminal.enabled", want: flagForm, set: func(m *merger, v value) { m.c.Output.Terminal = v.flag }},
	{name: "output.syslog", want: tableForm},
	{name: "output.syslog.enabled", want: flagForm, set: func(m *merger, v value) { m.c.Output.Syslog = v.flag }},
	{name: "output.json", want: tableForm},
	{name: "output.json.enabled", want: flagForm, set: func(m *merger, v value) { m.c.Output.JSON = v.flag }},
	{name: "output.json.path", want: textForm, set: (*merger).jsonPath},
	{name: "allow", want: tablesForm},
}

func lookup(name string) (key, bool) {
	for _, k := range allowKeys {
		if k.name == name {
			return key{name: name, want: k.want, many: true}, true
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
