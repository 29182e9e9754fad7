package format

import (
	"crypto/sha1" // #nosec G505: for its size
	"encoding/base64"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"klaxon/internal/render"
)

// object appends JSON, member by member. A member without a value is left out,
// and so is an object or a list that nothing was put into.
type object struct{ buf []byte }

func (o *object) next() {
	if c := o.buf[len(o.buf)-1]; c != '{' && c != '[' {
		o.buf = append(o.buf, ',')
	}
}

// key appends a name, which is ours and needs no escapes.
func (o *object) key(name string) {
	o.next()
	o.buf = append(o.buf, '"')
	o.buf = append(o.buf, name...)
	o.buf = append(o.buf, '"', ':')
}

// in appends a member that is an object, of what fill puts into it.
func (o *object) in(name string, fill func()) { o.nest(name, '{', '}', fill) }

// list appends a member that is a list.
func (o *object) list(name string, fill func()) { o.nest(name, '[', ']', fill) }

func (o *object) nest(name string, open, end byte, fill func()) {
	before := len(o.buf)
	o.key(name)
	o.fill(before, open, end, fill)
}

// item appends an object to a list.
func (o *object) item(fill func()) {
	before := len(o.buf)
	o.next()
	o.fill(before, '{', '}', fill)
}

func (o *object) fill(before int, open, end byte, fill func()) {
	o.buf = append(o.buf, open)
	empty := len(o.buf)
	fill()
	if len(o.buf) == empty {
		o.buf = o.buf[:before]
		return
	}
	o.buf = append(o.buf, end)
}

// text appends a string as inert text, of at most limit bytes.
func (o *object) text(name, value string, limit int) {
	if value == "" {
		return
	}
	o.key(name)
	o.value(value, limit)
}

// word appends a string of a fixed list of ours.
func (o *object) word(name, value string) { o.text(name, value, wordCap) }

// value appends a string without a name, to a list.
func (o *object) value(value string, limit int) {
	o.buf = append(o.buf, '"')
	o.buf = render.AppendInertDoubled(o.buf, value, limit)
	o.buf = append(o.buf, '"')
}

// flow appends a Community ID, whose padding of base64 must stay as it is.
func (o *object) flow(name, id string) {
	hash, ok := strings.CutPrefix(id, "1:")
	sum, err := base64.StdEncoding.Strict().DecodeString(hash)
	if !ok || err != nil || len(sum) != sha1.Size || len(hash) != 28 { // 28: a newline would have been passed over
		return
	}
	o.key(name)
	o.buf = append(append(append(o.buf, '"'), id...), '"')
}

func (o *object) number(name string, n int64) {
	o.key(name)
	o.buf = strconv.AppendInt(o.buf, n, 10)
}

// count appends a number that is absent when it is none.
func (o *object) count(name string, n uint64) {
	if n > 0 {
		o.number(name, int64(min(n, 1<<63-1)))
	}
}

func (o *object) flag(name string, value bool) {
	o.key(name)
	o.buf = strconv.AppendBool(o.buf, value)
}

func (o *object) addr(name string, a netip.Addr) {
	if a.IsValid() {
		o.word(name, bare(a).String())
	}
}

// stamp appends a time in a form of package time, in UTC.
func (o *object) stamp(name string, t time.Time, form string) {
	if known(t) {
		o.word(name, t.UTC().Format(form))
	}
}

// milli appends a time as milliseconds since 1970.
func (o *object) milli(name string, t time.Time) {
	if known(t) {
		o.number(name, t.UnixMilli())
	}
}

// words appends a list of words.
func words[S ~string](o *object, name string, list []S) {
	o.list(name, func() {
		for _, w := range list[:min(len(list), addrsCap)] {
			if w != "" {
				o.next()
				o.value(string(w), wordCap)
			}
		}
	})
}

func addrs(o *object, name string, list []netip.Addr) {
	o.list(name, func() {
		for _, a := range list[:min(len(list), addrsCap)] {
			o.next()
			o.value(bare(a).String(), wordCap)
		}
	})
}
