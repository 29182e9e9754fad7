package webhook

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/template"

	"klaxon"
	"klaxon/internal/secret"
)

//go:embed templates/*.tmpl
var shipped embed.FS

const pagerDuty = "pagerduty"

// Shipped are the templates that come with klaxond, by name.
var Shipped = []string{"alertmanager", "discord", pagerDuty, "slack", "teams"}

type tmpl struct{ t *template.Template }

// parse reads a shipped template, or a text that is one, and tries it. file is where
// the text stands.
func parse(file, from string, token secret.Secret) (*tmpl, error) {
	if slices.Contains(Shipped, from) {
		body, err := shipped.ReadFile("templates/" + from + ".tmpl")
		if err != nil {
			return nil, err
		}
		if from == pagerDuty && !token.Set() {
			return nil, errors.New(`the template pagerduty needs token = "file:..." with the routing key`)
		}
		return compile(from, string(body), token)
	}
	if len(from) > maxTemplate {
		return nil, fmt.Errorf("read the template %s: it is longer than %d bytes", file, maxTemplate)
	}
	if file == "" {
		file = "of its own"
	}
	return compile(file, from, secret.Secret{})
}

func compile(name, body string, token secret.Secret) (*tmpl, error) {
	t, err := template.New(name).Option("missingkey=error").Funcs(template.FuncMap{
		"json": quoted, "markdown": markdown, "slack": slack, "token": token.Reveal, "before": before,
	}).Parse(body)
	if err != nil {
		return nil, fmt.Errorf("read the template %s", place(name, err))
	}
	out := &tmpl{t}
	for _, r := range samples() {
		if _, err := out.body(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// body is what the template makes of a record: JSON, or blanks for nothing.
func (t *tmpl) body(r klaxon.Record) ([]byte, error) {
	out := &capped{}
	data := dataOf(r)
	if err := t.t.Execute(out, &data); err != nil {
		return nil, fmt.Errorf("fill in the template %s", place(t.t.Name(), err))
	}
	body := bytes.TrimSpace(out.Bytes())
	if len(body) > 0 && !json.Valid(body) {
		return nil, fmt.Errorf("fill in the template %s for a record of type %s: %w", t.t.Name(), data.Type, errBody)
	}
	return body, nil
}

// place is what is wrong with a template of that name: what the library says begins with
// name, line and column, behind a word of its own; what is said elsewhere does not.
func place(name string, err error) string {
	if said, ok := strings.CutPrefix(err.Error(), "template: "); ok {
		return said
	}
	return name + ": " + err.Error()
}

// capped ends a template that makes too much.
type capped struct{ bytes.Buffer }

func (c *capped) Write(p []byte) (int, error) {
	if c.Len()+len(p) > maxBody {
		return 0, fmt.Errorf("it makes more than %d bytes", maxBody)
	}
	return c.Buffer.Write(p)
}

// before is a text with something before it, and nothing where there is none.
func before(what, text string) string {
	if text == "" {
		return ""
	}
	return what + text
}

// quoted writes any value as JSON.
func quoted(v any) (string, error) {
	b, err := json.Marshal(v)
	return string(b), err
}

// markdown has no sign of a text mean anything but itself. Only what does mean
// something is escaped: where nobody undoes it, as on the lock of a telephone, people
// read the strokes. So a dot stays as it is within an address, where it links nowhere,
// and of a link the first bracket is enough.
func markdown(s string) string {
	var b strings.Builder
	for i := range len(s) {
		before, after := byte(' '), byte(' ')
		if i > 0 {
			before = s[i-1]
		}
		if i+1 < len(s) {
			after = s[i+1]
		}
		if means(s[i], before, after) {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// means tells a sign that Markdown, or what makes links and mentions beside it, reads.
func means(c, before, after byte) bool {
	switch c {
	case '\\', '`', '*', '_', '[', ']', '<', '>', '~', '|', '@', '&', '#':
		return true
	case '(':
		return before == ']'
	case ':':
		return after == '/'
	case '.': // a name of a host becomes a link in places
		return !digit(before) || !digit(after)
	case '-', '+', '=':
		return before == ' ' && after == ' ' // a list
	}
	return false
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// slack does so for the text of a message there (Slack, "Formatting text").
var slackEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func slack(s string) string { return slackEscapes.Replace(s) }

// samples are records of every kind, with bytes that a template must not trip
// over.
func samples() (list []klaxon.Record) {
	const nasty = "\"}],\n<!channel> @everyone \\ {{.}} %s"
	touch := &klaxon.Touch{ID: "sample", Sensor: nasty, Service: nasty, Source: klaxon.Endpoint{Name: nasty}}
	list = append(list, touch)
	for _, e := range []klaxon.Event{klaxon.EventOpen, klaxon.EventUpdate, klaxon.EventRetract, klaxon.EventClose} {
		a := &klaxon.Alarm{Event: e, ID: "sample", Sensor: nasty}
		a.Why, a.Tool.Name, a.Severity = nasty, nasty, 5
		list = append(list, a)
	}
	for _, w := range []klaxon.HealthWhat{klaxon.HealthDrops, klaxon.HealthDisk, klaxon.HealthWeather, klaxon.HealthSilence} {
		list = append(list, &klaxon.Health{What: w, Detail: nasty, Count: 1})
	}
	return list
}
