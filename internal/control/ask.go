package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"klaxon"
	"klaxon/internal/store"
)

// oddity is what is wrong with a request.
type oddity string

func (o oddity) Error() string { return string(o) }

func odd(format string, args ...any) error { return oddity(fmt.Sprintf(format, args...)) }

// parseFilter reads what is asked of the store. An unknown key is an error, for
// it would pick other records than were asked for.
func parseFilter(q url.Values) (f store.Filter, err error) {
	for key, values := range q {
		if len(values) != 1 {
			return f, odd("%.40q is asked %d times", key, len(values))
		}
		if err := setFilter(&f, key, values[0]); err != nil {
			return f, odd("%s: %v", key, err)
		}
	}
	if err := f.Check(); err != nil {
		return f, oddity(err.Error())
	}
	return f, nil
}

func setFilter(f *store.Filter, key, value string) (err error) {
	switch key {
	case "since":
		f.Since, err = time.Parse(time.RFC3339Nano, value)
	case "until":
		f.Until, err = time.Parse(time.RFC3339Nano, value)
	case "types":
		if strings.Count(value, ",") > 8 {
			return errors.New("too many")
		}
		for t := range strings.SplitSeq(value, ",") {
			f.Types = append(f.Types, store.Type(t))
		}
	case "id":
		f.ID = value
	case "src":
		f.Source, err = ParseSource(value)
	case "severity":
		f.Severity, err = strconv.Atoi(value)
	case "technique":
		f.Technique = klaxon.Technique(value)
	case "latest":
		f.Latest, err = strconv.ParseBool(value)
	case "oldest":
		f.OldestFirst, err = strconv.ParseBool(value)
	case "cursor":
		f.Cursor, err = strconv.ParseUint(value, 10, 63)
	case "limit":
		f.Limit, err = strconv.Atoi(value)
	default:
		return errors.New("there is no such filter")
	}
	return err
}

// query is the inverse of parseFilter.
func query(f store.Filter) url.Values {
	q := url.Values{}
	set := func(key, value string, ok bool) {
		if ok {
			q.Set(key, value)
		}
	}
	set("since", f.Since.UTC().Format(time.RFC3339Nano), !f.Since.IsZero())
	set("until", f.Until.UTC().Format(time.RFC3339Nano), !f.Until.IsZero())
	var types []string
	for _, t := range f.Types {
		types = append(types, string(t))
	}
	set("types", strings.Join(types, ","), len(types) > 0)
	set("id", f.ID, f.ID != "")
	set("src", f.Source.String(), f.Source.IsValid())
	set("severity", strconv.Itoa(f.Severity), f.Severity != 0)
	set("technique", string(f.Technique), f.Technique != "")
	set("latest", "true", f.Latest)
	set("oldest", "true", f.OldestFirst)
	set("cursor", strconv.FormatUint(f.Cursor, 10), f.Cursor != 0)
	set("limit", strconv.Itoa(f.Limit), f.Limit != 0)
	return q
}

// ParseSource reads an address or a prefix, as a person types them.
func ParseSource(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%.60q is no address and no prefix; want one like 192.0.2.7 or 192.0.2.0/24", text)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// ParseAddr reads an address; IPv4 in IPv6 is IPv4, and a zone is left out.
func ParseAddr(text string) (netip.Addr, error) {
	if len(text) > 64 {
		return netip.Addr{}, errors.New("that is too long for an address")
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return a, fmt.Errorf("%.60q is no address; want one like 192.0.2.7 or 2001:db8::7", text)
	}
	return a.Unmap().WithZone(""), nil
}

func askedAddr(q url.Values) (netip.Addr, error) {
	a, err := ParseAddr(q.Get("addr"))
	if err != nil {
		return a, oddity(err.Error())
	}
	return a, nil
}

func askedID(q url.Values) (string, error) {
	id := q.Get("id")
	if !store.ValidID(id) {
		return "", odd("%.40q is no identifier", id)
	}
	return id, nil
}

// decode reads one JSON object and nothing else.
func decode(r io.Reader, to any) error {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	err := dec.Decode(to)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			return odd("more than one JSON object")
		}
		return nil
	}
	if _, long := errors.AsType[*http.MaxBytesError](err); long {
		return err
	}
	return odd("read the request: %v", err)
}

// check says what is wrong with what a client wants to be expected.
func (a *Allowance) check() error {
	switch {
	case a.ID != "" || a.Expires != nil || a.By != "" || a.Origin != "":
		return odd("klaxond itself says who allowed, from where and until when")
	case a.Why == "":
		return odd("an allowance needs its reason: -why")
	case len(a.Why) > reasonMax:
		return odd("the reason is too long: %d bytes, at most %d are kept", len(a.Why), reasonMax)
	case a.For <= 0:
		return odd("an allowance needs its end: -for 24h")
	}
	return nil
}
