package config

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"klaxon/internal/secret"
)

// doubts are what of the outputs works and may not be meant.
func (c *Config) doubts(path string) (list []Warning) {
	for i := range c.Outputs {
		o := &c.Outputs[i]
		if !o.Enabled {
			continue
		}
		for _, text := range []string{o.secretInURL(), o.inClear(), o.refusesItself(), o.servesAnybody()} {
			if text != "" {
				list = append(list, Warning{File: path, Text: "output " + o.Name + ": " + text})
			}
		}
	}
	return list
}

// secretInURL tells a URL with which alone anybody could send, and that stands where
// everybody reads it who reads the configuration.
func (o *OutputTable) secretInURL() string {
	u, ok := o.parsedURL()
	if !ok || u.User == nil && !keyIn(u.Query()) && !(o.Type == "webhook" && slices.Contains(secretURLs, o.Template)) {
		return ""
	}
	return fmt.Sprintf(`whoever knows its url can send there: put it in a file that klaxon alone reads, and write url = "file:/etc/klaxon/%s.url"`, o.Name)
}

// secretURLs are the templates of receivers that know their senders by nothing but the
// URL.
var secretURLs = []string{"discord", "slack", "teams"}

// keyIn tells a query that has what looks like a secret.
func keyIn(query url.Values) bool {
	for name := range query {
		for _, word := range []string{"token", "key", "secret", "auth", "sig", "passw"} {
			if strings.Contains(strings.ToLower(name), word) {
				return true
			}
		}
	}
	return false
}

// inClear tells what anybody on the way can read and change.
func (o *OutputTable) inClear() string {
	u, ok := o.parsedURL()
	if !ok || u.Scheme != "http" || near(u.Hostname()) {
		return ""
	}
	return fmt.Sprintf("what is sent to %s by http can be read and changed on the way: want https", u.Hostname())
}

// refusesItself tells an address that a webhook will not call, whatever comes.
func (o *OutputTable) refusesItself() string {
	u, ok := o.parsedURL()
	if !ok || o.Type != "webhook" || o.Private || !near(u.Hostname()) {
		return ""
	}
	return fmt.Sprintf("nothing will be sent to %s, an address of a private network: want allow_private = true, if that is meant", u.Hostname())
}

// servesAnybody tells a listener that is not on loopback: nobody logs in there.
func (o *OutputTable) servesAnybody() string {
	if o.Type != "metrics" {
		return ""
	}
	host, _, err := net.SplitHostPort(o.Address)
	if a, bad := netip.ParseAddr(host); err != nil || host == "localhost" || bad == nil && a.IsLoopback() {
		return ""
	}
	return fmt.Sprintf("whoever reaches %s reads the metrics, without a password: let a firewall allow Prometheus alone, or serve 127.0.0.1", o.Address)
}

// parsedURL is false of a URL that is a secret itself, and so known by no one here.
func (o *OutputTable) parsedURL() (*url.URL, bool) {
	if o.URL == "" || secret.Named(o.URL) {
		return nil, false
	}
	u, err := url.Parse(o.URL)
	return u, err == nil
}

// near tells a host that is this one, or an address of a private network. A name may
// be anywhere.
func near(host string) bool {
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host == "localhost"
	}
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
}
