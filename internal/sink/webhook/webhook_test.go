package webhook

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"klaxon"
	"klaxon/internal/outbound/outboundtest"
	"klaxon/internal/secret"
	"klaxon/internal/sink/sinktest"
)

func open(t *testing.T, peer *outboundtest.Peer, change func(*Options)) *Sink {
	t.Helper()
	o := Options{Name: "hook", URL: secret.New(peer.URL), AllowPrivate: true}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	sinktest.Run(t, func(t *testing.T) (klaxon.Sink, func() []byte) {
		peer := outboundtest.New(t)
		return open(t, peer, nil), func() []byte {
			return append(bytes.Join(peer.Taken(), []byte("\n")), '\n')
		}
	}, func(touch *klaxon.Touch) string { return fmt.Sprintf(`"seq":%d,`, touch.Seq) })
}

// TestSignature is computed here from the words of Standard Webhooks.
func TestSignature(t *testing.T) {
	for _, key := range []string{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a plain key"} {
		peer := outboundtest.New(t)
		s := open(t, peer, func(o *Options) { o.Key = secret.New(key) })
		if _, err := s.Emit([]klaxon.Record{sinktest.Touch(1), sinktest.Touch(2)}); err != nil {
			t.Fatal(err)
		}
		raw := []byte(key)
		if coded, ok := strings.CutPrefix(key, "whsec_"); ok {
			raw, _ = base64.StdEncoding.DecodeString(coded)
		}
		for i, h := range peer.Headers() {
			mac := hmac.New(sha256.New, raw)
			fmt.Fprintf(mac, "%s.%s.%s", h.Get("webhook-id"), h.Get("webhook-timestamp"), peer.Taken()[i])
			if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); h.Get("webhook-signature") != want {
				t.Errorf("signed %s, want %s", h.Get("webhook-signature"), want)
			}
		}
		if h := peer.Headers(); h[0].Get("webhook-id") == h[1].Get("webhook-id") {
			t.Error("two records have one id")
		}
	}
}

// TestRetryHasTheSameID, so that a receiver can drop what it had.
func TestRetryHasTheSameID(t *testing.T) {
	peer := outboundtest.New(t)
	s := open(t, peer, nil)
	for range 2 {
		if _, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); err != nil {
			t.Fatal(err)
		}
	}
	if h := peer.Headers(); h[0].Get("webhook-id") != h[1].Get("webhook-id") {
		t.Errorf("%s and %s", h[0].Get("webhook-id"), h[1].Get("webhook-id"))
	}
}

// TestRefusals: that a body is too large is final; what may be about it or about all
// is a doubt; and what is about all is neither.
func TestRefusals(t *testing.T) {
	const doubt = 2
	for code, want := range map[int]int{413: 1, 400: doubt, 415: doubt, 422: doubt, 403: doubt, 404: doubt, 406: doubt, 500: doubt, 501: doubt, 502: doubt,
		401: 0, 407: 0, 429: 0, 503: 0, 301: 0, 307: 0} {
		peer := outboundtest.New(t)
		s := open(t, peer, nil)
		if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		peer.Answer(outboundtest.Status(code))
		n, err := s.Emit([]klaxon.Record{sinktest.Touch(2), sinktest.Touch(3)})
		var no *klaxon.Refusal
		var d *klaxon.Doubt
		if n != 0 || err == nil || errors.As(err, &no) != (want == 1) || errors.As(err, &d) != (want == doubt) {
			t.Errorf("%d: took %d, %v", code, n, err)
		}
	}
}

// TestBrokenOff: a peer that falls over a body, or a filter that breaks the connection,
// leaves a doubt; one that is not there at all does not.
func TestBrokenOff(t *testing.T) {
	peer := outboundtest.New(t)
	s := open(t, peer, nil)
	peer.Answer(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	var d *klaxon.Doubt
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || !errors.As(err, &d) {
		t.Errorf("%d, %v", n, err)
	}
	peer.Close()
	if n, err := s.Emit([]klaxon.Record{sinktest.Touch(1)}); n != 0 || err == nil || errors.As(err, &d) {
		t.Errorf("nobody is there: %d, %v", n, err)
	}
}

// TestMute: a drill pages nobody, and what is sent to nobody proves nothing.
func TestMute(t *testing.T) {
	s := open(t, outboundtest.New(t), func(o *Options) { o.Template, o.Token = "pagerduty", secret.New("routing-key") })
	if !s.Mute(drill()) || s.Mute(sinktest.Alarm("x")) {
		t.Error("it is not told what is sent")
	}
}

// TestEcho: what the peer says of URL, token and key is shown without them.
func TestEcho(t *testing.T) {
	peer := outboundtest.New(t)
	peer.Answer(outboundtest.Echo(401))
	s := open(t, peer, func(o *Options) {
		o.URL, o.Token = secret.New(peer.URL+"/services/T0SECRET/B0SECRET/hunter2hunter2"), secret.New("tok-hunter3hunter3")
	})
	_, err := s.Emit([]klaxon.Record{sinktest.Touch(1)})
	if err == nil || !strings.Contains(err.Error(), "Cannot POST [redacted]") {
		t.Errorf("%v", err)
	}
	for _, word := range []string{"T0SECRET", "B0SECRET", "hunter"} {
		if strings.Contains(err.Error(), word) {
			t.Errorf("it shows %s: %v", word, err)
		}
	}
}

// drill is an alarm of a drill.
func drill() *klaxon.Alarm {
	a := sinktest.Alarm("x")
	a.Marks = []klaxon.Mark{klaxon.MarkDrill}
	return a
}

// opened is an alarm that a touch opened.
func opened() *klaxon.Alarm {
	a := sinktest.Alarm("x")
	a.Shape, a.Touch = klaxon.ShapeTouch, sinktest.Touch(1)
	return a
}

// blind is what a sensor says that does not detect. Nothing shows more of it.
func blind() *klaxon.Health {
	return &klaxon.Health{ID: "abcdefghijklmnopqrstuvwxyz", What: klaxon.HealthSilence, Count: 2, Detail: "x"}
}

// seeing is what it says when it does again.
func seeing() *klaxon.Health {
	h := blind()
	h.Count = 0
	return h
}

func over() *klaxon.Alarm {
	a := sinktest.Alarm("x")
	a.Event = klaxon.EventClose
	return a
}

// TestTemplates: what each shipped one says, as the receiver's own documentation
// wants it.
func TestTemplates(t *testing.T) {
	for _, tt := range []struct {
		name   string
		record klaxon.Record
		want   []string // in the body, as JSON paths joined with "=": see at
	}{
		{"slack", sinktest.Alarm("x"), []string{"mrkdwn=false", "parse=none", "attachments.0.color=#bf0000", "attachments.0.blocks.0.type=context",
			"attachments.0.blocks.0.elements.0.text=severity 5 of 5, inside", "attachments.0.blocks.0.elements.1.text=2026-11-24T14:02:11Z",
			"attachments.0.blocks.0.elements.2.text=proof of the address: none", "attachments.0.blocks.0.elements.3.text=klaxonctl show abcdefghijklmnopqrstuvwxyz"}},
		{"slack", opened(), []string{"text=[x] 5/5 inside: 192.0.2.7 touched tcp/512 (rexec) on 192.0.2.1"}},
		{"slack", blind(), []string{"attachments.0.color=#bf0000", "attachments.0.blocks.0.elements.2=<nil>"}},
		{"pagerduty", blind(), []string{"event_action=trigger", "payload.severity=critical"}},
		{"pagerduty", seeing(), []string{"event_action=resolve", "dedup_key=klaxon--silence-"}},
		{"pagerduty", blind(), []string{"dedup_key=klaxon--silence-"}},
		{"alertmanager", seeing(), []string{"0.labels.severity=info", "0.endsAt=1970-01-01T00:00:00Z"}},
		{"alertmanager", blind(), []string{"0.labels.severity=critical"}},
		{"discord", blind(), []string{"embeds.0.footer.text=severity 5 of 5"}},
		{"teams", opened(), []string{"attachments.0.content.body.0.text=192.0.2.7 touched tcp/512 (rexec) on 192.0.2.1",
			"attachments.0.content.body.1.facts.1.value=5 of 5, inside", "attachments.0.content.body.1.facts.4.value=klaxonctl show abcdefghijklmnopqrstuvwxyz"}},
		{"teams", sinktest.Alarm("x"), []string{"type=message", "attachments.0.contentType=application/vnd.microsoft.card.adaptive", "attachments.0.content.type=AdaptiveCard"}},
		{"discord", sinktest.Alarm("x"), []string{"embeds.0.color=12517376", "embeds.0.timestamp=2026-11-24T14:02:11Z"}},
		{"pagerduty", sinktest.Alarm("x"), []string{"routing_key=hunter2", "event_action=trigger", "dedup_key=klaxon-abcdefghijklmnopqrstuvwxyz", "payload.severity=critical", "payload.custom_details.type=alarm"}},
		{"pagerduty", over(), []string{"event_action=resolve", "dedup_key=klaxon-abcdefghijklmnopqrstuvwxyz"}},
		{"pagerduty", drill(), nil},
		{"pagerduty", &klaxon.Health{What: klaxon.HealthWeather, Detail: "fine"}, nil},
		{"pagerduty", &klaxon.Health{What: klaxon.HealthDisk, Output: "json"}, []string{"event_action=trigger", "payload.severity=error"}},
		{"pagerduty", sinktest.Touch(1), nil},
		{"alertmanager", sinktest.Alarm("x"), []string{"0.labels.alertname=KlaxonAlarm", "0.labels.severity=critical", "0.endsAt=2026-11-25T14:02:11Z"}},
		{"alertmanager", over(), []string{"0.endsAt=2026-11-24T14:02:11Z", "0.labels.id=abcdefghijklmnopqrstuvwxyz"}},
		{"alertmanager", &klaxon.Health{What: klaxon.HealthWeather}, nil},
	} {
		peer := outboundtest.New(t)
		s := open(t, peer, func(o *Options) { o.Template, o.Token = tt.name, secret.New("hunter2") })
		if n, err := s.Emit([]klaxon.Record{tt.record}); n != 1 || err != nil {
			t.Fatalf("%s: %d, %v", tt.name, n, err)
		}
		bodies := peer.Taken()
		if len(tt.want) == 0 {
			if len(bodies) != 0 {
				t.Errorf("%s tells %T: %s", tt.name, tt.record, bodies[0])
			}
			continue
		}
		var got any
		if len(bodies) != 1 || json.Unmarshal(bodies[0], &got) != nil {
			t.Fatalf("%s: %s", tt.name, bodies)
		}
		for _, w := range tt.want {
			path, value, _ := strings.Cut(w, "=")
			if found := fmt.Sprint(at(got, path)); found != value {
				t.Errorf("%s: %s is %s, want %s", tt.name, path, found, value)
			}
		}
	}
}

// at follows a path through decoded JSON.
func at(v any, path string) any {
	for _, step := range strings.Split(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[step]
		case []any:
			var i int
			fmt.Sscan(step, &i)
			if i >= len(x) {
				return nil
			}
			v = x[i]
		}
	}
	if f, ok := v.(float64); ok {
		return int64(f)
	}
	return v
}

// TestHostileInTemplates: whatever a stranger wrote, what each template makes is
// JSON of printable ASCII, mentions nobody and links nowhere.
func TestHostileInTemplates(t *testing.T) {
	for _, name := range Shipped {
		tm, err := parse("", name, secret.New("k"))
		if err != nil {
			t.Fatal(err)
		}
		for _, touch := range sinktest.HostileTouches() {
			for _, r := range []klaxon.Record{touch, sinktest.Alarm(touch.Service), sinktest.Alarm("<!channel> @everyone [x](http://evil) *b*"),
				&klaxon.Health{What: klaxon.HealthDisk, Output: touch.Service, Detail: touch.Service}} {
				body, err := tm.body(r)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				for _, c := range body {
					if c != '\n' && (c < ' ' || c > '~') {
						t.Fatalf("%s: byte %#x in %q", name, c, body)
					}
				}
				var decoded any
				if len(body) > 0 && json.Unmarshal(body, &decoded) != nil {
					t.Fatalf("%s: %s", name, body)
				}
				if name == "slack" && strings.Contains(fmt.Sprint(at(decoded, "text")), "<!") {
					t.Errorf("slack mentions: %s", body)
				}
				if (name == "discord" || name == "teams") && (bytes.Contains(body, []byte(`](http`)) || bytes.Contains(body, []byte(` @everyone`))) {
					t.Errorf("%s links or mentions: %s", name, body)
				}
			}
		}
	}
}

// TestMarkdown: an address is read as it is where nobody undoes the strokes, and what
// would be read as a sign is none.
func TestMarkdown(t *testing.T) {
	for from, want := range map[string]string{
		"10.9.0.2 touched tcp/23 (telnet) on 2001:db8::1": "10.9.0.2 touched tcp/23 (telnet) on 2001:db8::1",
		"www.evil.example http://evil":                    `www\.evil\.example http\://evil`,
		"[x](http://evil) *b* _i_ <@1> # ~s~ |":           `\[x\]\(http\://evil) \*b\* \_i\_ \<\@1\> \# \~s\~ \|`,
		`\x0a`:                                            `\\x0a`,
	} {
		if got := markdown(from); got != want {
			t.Errorf("%s became %s, want %s", from, got, want)
		}
	}
}

func TestBadTemplates(t *testing.T) {
	for _, text := range []string{
		`{"a": {{.Nothing}}}`, `{"a": {{.Summary}}}`, `{"a": {{`, `{{call .ID}}`, strings.Repeat("x", maxTemplate+1),
		`"{{range .JSON}}{{end}}`, `{{define "x"}}{{template "x"}}{{end}}{{template "x"}}`,
		`"{{printf "%999999s" .ID}}"`, pagerDuty, // without a token
	} {
		switch _, err := parse("/etc/klaxon/own.tmpl", text, secret.Secret{}); {
		case err == nil:
			t.Errorf("%.60q is good", text)
		case text != pagerDuty && !strings.Contains(err.Error(), "template /etc/klaxon/own.tmpl"):
			t.Errorf("%.60q: %v, want it to name the file", text, err)
		}
	}
	if _, err := parse("", `{"text": {{json .Summary}}}`, secret.Secret{}); err != nil {
		t.Error(err)
	}
}

func TestURLIsNotShown(t *testing.T) {
	for _, url := range []string{"hunter2", "ftp://hunter2/", "http://hunter2.invalid:99999/hunter2", "http://[::1/hunter2"} {
		_, err := New(Options{Name: "hook", URL: secret.New(url)})
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v", err)
		}
	}
}

// FuzzTemplates: TestHostileInTemplates for any text.
func FuzzTemplates(f *testing.F) {
	var all []*tmpl
	for _, name := range Shipped {
		tm, err := parse("", name, secret.New("k"))
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, tm)
	}
	f.Add("\"}],\n<!channel>\\")
	f.Fuzz(func(t *testing.T, nasty string) {
		touch := sinktest.Touch(1)
		touch.Service, touch.Sensor, touch.Source.Name = nasty, nasty, nasty
		alarm := sinktest.Alarm(nasty)
		alarm.ID, alarm.Zone = nasty, klaxon.Zone(nasty)
		for _, tm := range all {
			for _, r := range []klaxon.Record{touch, alarm, &klaxon.Health{What: klaxon.HealthDisk, Output: nasty, Detail: nasty, Sensor: nasty}} {
				body, err := tm.body(r)
				if err != nil {
					t.Fatal(err)
				}
				if i := bytes.IndexFunc(body, func(c rune) bool { return c != '\n' && (c < ' ' || c > '~') }); i >= 0 {
					t.Fatalf("byte %#x in %q", body[i], body)
				}
			}
		}
	})
}
