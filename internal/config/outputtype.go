package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// OutputTypes are the types of [[output]].
var OutputTypes = []string{"elastic", "file", "journald", "mail", "metrics", "splunk", "syslog", "terminal", "webhook"}

// of says which keys are for a type beyond those of all, and judges what it has.
var outputRules = map[string]struct {
	keys  []string
	judge func(*OutputTable) []error
}{
	"elastic":  {[]string{"url", "token", "user", "password", "index", "ca", "cert", "key", "server_name", "format", "touches", "deadline"}, judgeElastic},
	"file":     {[]string{"path", "format", "touches"}, judgeFile},
	"journald": {[]string{"path", "format", "touches"}, nil},
	"mail":     {[]string{"address", "from", "to", "user", "password", "tls", "digest", "picture", "ca", "cert", "key", "server_name", "deadline"}, judgeMail},
	"metrics":  {[]string{"address"}, judgeMetrics},
	"splunk":   {[]string{"url", "token", "index", "ca", "cert", "key", "server_name", "format", "touches", "deadline"}, judgeSplunk},
	"syslog":   {[]string{"address", "transport", "rfc", "format", "touches", "ca", "cert", "key", "server_name", "deadline"}, judgeSyslog},
	"terminal": {},
	"webhook":  {[]string{"url", "secret", "token", "template", "allow_private", "format", "touches", "ca", "cert", "key", "server_name", "deadline"}, judgeWebhook},
}

// ofAll are the keys of every type.
var ofAll = []string{"type", "name", "enabled", "min_severity", "confidence", "proof", "zone", "service", "source", "budget"}

// outputs adds those of the file to those of the files before.
func (m *merger) outputs() {
	keys := outputKeys()
	for _, table := range m.doc.tables {
		if table.name != "output" {
			continue
		}
		o := OutputTable{Enabled: true, Deadline: 10 * time.Second, Digest: 5 * time.Minute, RFC: "5424", TLS: "starttls"}
		if v, ok := table.values["output.type"]; ok {
			o.Type = v.texts[0].raw
		}
		o.Touches = slices.Contains([]string{"elastic", "file", "splunk", "metrics"}, o.Type)
		if o.Type == "mail" {
			o.Deadline = time.Minute // servers make strangers wait
		}
		before := len(m.doc.problems)
		for _, k := range keys {
			if v, ok := table.values["output."+k.name]; ok {
				if err := k.set(m, &o, v); err != nil {
					m.doc.problem(placeOf(v), "output.%s: %v", k.name, err)
				}
			}
		}
		m.addOutput(table, o, len(m.doc.problems) == before && !table.wrong)
	}
}

// placeOf is where a value stands.
func placeOf(v value) int {
	if len(v.texts) > 0 {
		return v.texts[0].at
	}
	return v.at
}

// addOutput adds an output if it is good by itself, and is as a whole, which is judged
// in any case: all that is wrong is told at once.
func (m *merger) addOutput(table *section, o OutputTable, good bool) {
	if o.Name == "" {
		if o.Name = o.Type; o.Type == "syslog" && o.Transport != "" {
			o.Name += "-" + o.Transport // beside the daemon of this host
		}
	}
	for _, err := range o.check(table) {
		m.doc.problem(table.at, "output: %v", err)
		good = false
	}
	taken := slices.ContainsFunc(m.c.Outputs, func(other OutputTable) bool { return other.Name == o.Name })
	switch {
	case !good:
	case taken || o.Name == "store":
		m.doc.problem(table.at, "output: %q is the name of another; give it a name of its own", o.Name)
	case len(m.c.Outputs) >= maxOutputs:
		m.doc.problem(table.at, "output: more than %d tables", maxOutputs)
	default:
		m.c.Outputs = append(m.c.Outputs, o)
	}
}

// check judges an output as a whole.
func (o *OutputTable) check(table *section) (list []error) {
	rules, known := outputRules[o.Type]
	switch {
	case o.Type == "" && !table.wrong:
		return []error{fmt.Errorf("want a type: one of %s", strings.Join(OutputTypes, ", "))}
	case !known:
		return nil // which was told where it stands
	}
	for _, name := range slices.Sorted(maps.Keys(table.values)) {
		if name = strings.TrimPrefix(name, "output."); !slices.Contains(ofAll, name) && !slices.Contains(rules.keys, name) {
			return []error{fmt.Errorf("%s is not for the type %s, which takes %s", name, o.Type, strings.Join(rules.keys, ", "))}
		}
	}
	if (o.Cert == "") != (o.Key == "") {
		list = append(list, errors.New("cert and key go together"))
	}
	if rules.judge == nil || table.wrong {
		return list // a key that was not read must not be called missing
	}
	for _, err := range rules.judge(o) {
		if err != nil {
			list = append(list, err)
		}
	}
	return list
}

// wants is an error where a value is missing.
func wants(missing bool, text string) error {
	if missing {
		return errors.New(text)
	}
	return nil
}

func judgeElastic(o *OutputTable) []error {
	var form error
	if o.Format == "line" || o.Format == "cef" {
		form = fmt.Errorf("%s is no JSON, which Elasticsearch wants", o.Format)
	}
	wrong := strings.Trim(o.Index, "abcdefghijklmnopqrstuvwxyz0123456789_-.") != "" || strings.HasPrefix(o.Index, "-") || strings.HasPrefix(o.Index, "_") || strings.HasPrefix(o.Index, ".")
	return []error{
		form,
		wants(o.Token != "" && o.User != "", "want a token, or user and password, not both"),
		wants((o.User == "") != (o.Password == ""), "user and password go together"),
		wants(wrong, "want an index of a-z, 0-9, _, - and ., beginning with a letter"),
		wants(o.URL == "", errURL.Error()),
	}
}

func judgeFile(o *OutputTable) []error {
	return []error{wants(o.Path == "", `want path = "/var/log/klaxon/..."`)}
}

func judgeMail(o *OutputTable) []error {
	return []error{
		wants(len(o.To) == 0, `want to = ["ops@example.net"]`),
		wants(o.From == "", `want from = "klaxon@example.net"`),
		wants((o.User == "") != (o.Password == ""), "user and password go together"),
		wants(o.User != "" && o.TLS == "none", `a password is not sent in clear: want tls = "starttls" or "tls"`),
		hostPort(o.Address),
	}
}

func judgeMetrics(o *OutputTable) []error {
	if o.Address == "" {
		o.Address = "127.0.0.1:9464"
	}
	return []error{hostPort(o.Address)}
}

func judgeSplunk(o *OutputTable) []error {
	return []error{
		wants(o.Token == "", `want token = "file:...", the token of the collector`),
		wants(o.URL == "", errURL.Error()),
	}
}

func judgeSyslog(o *OutputTable) []error {
	certificates := wants(o.Transport != "tls" && (o.CA != "" || o.Cert != "" || o.Server != ""), `certificates are for transport = "tls"`)
	switch {
	case o.Transport == "" && o.Address == "":
		return []error{errors.New(`want transport = "unix", "udp", "tcp" or "tls", and an address; the daemon of this host is output.syslog, in short`)}
	case o.Transport == "":
		return []error{errors.New(`want transport = "unix", "udp", "tcp" or "tls"`)}
	case o.Transport != "unix":
		return []error{certificates, hostPort(o.Address)}
	case o.Address == "":
		o.Address = "/dev/log"
	case !strings.HasPrefix(o.Address, "/"):
		return []error{certificates, fmt.Errorf("%q is not the absolute path of a socket", o.Address)}
	}
	return []error{certificates}
}

func judgeWebhook(o *OutputTable) []error {
	return []error{
		wants(o.Template != "" && o.Format != "", "want a template or a format, not both"),
		wants(o.URL == "", errURL.Error()),
	}
}

// replaceShort has a table [[output]] named as one of the short forms replace it.
func (c *Config) replaceShort() {
	for _, o := range c.Outputs {
		switch o.Name {
		case "terminal":
			c.Output.Terminal = false
		case "syslog":
			c.Output.Syslog = false
		case "json":
			c.Output.JSON = false
		}
	}
}
