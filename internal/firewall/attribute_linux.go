package firewall

import (
	"bytes"
	"encoding/binary"
)

// attributes are those of one netlink message or one level of it, by type. Of
// several with one type the last counts; lists are read by each.
type attributes []attributeOf

type attributeOf struct {
	kind uint16
	data []byte
}

const (
	attributeHeader = 4
	typeMask        = 0x3fff // without the flags for nested and for byte order
)

// each calls f with every attribute, and returns false where one is cut off.
func each(b []byte, f func(kind uint16, data []byte)) bool {
	for len(b) >= attributeHeader {
		n := int(binary.NativeEndian.Uint16(b))
		if n < attributeHeader || n > len(b) {
			return false
		}
		f(binary.NativeEndian.Uint16(b[2:])&typeMask, b[attributeHeader:n])
		b = b[min((n+3)&^3, len(b)):]
	}
	return len(b) == 0
}

func attributesOf(b []byte) attributes {
	var a attributes
	each(b, func(kind uint16, data []byte) { a = append(a, attributeOf{kind, data}) })
	return a
}

func (a attributes) has(kind uint16) bool {
	for i := range a {
		if a[i].kind == kind {
			return true
		}
	}
	return false
}

// get returns what an attribute holds, nil where there is none. They are few: to
// look at each is faster than a map.
func (a attributes) get(kind uint16) []byte {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i].kind == kind {
			return a[i].data
		}
	}
	return nil
}

// number is a big-endian one of 1, 2, 4 or 8 bytes, 0 where there is none.
func (a attributes) number(kind uint16) (n uint64) {
	if d := a.get(kind); len(d) <= 8 {
		for _, c := range d {
			n = n<<8 | uint64(c)
		}
	}
	return n
}

func (a attributes) text(kind uint16) string {
	s, _, _ := bytes.Cut(a.get(kind), []byte{0})
	return string(s)
}

// The two kinds of data that an attribute can hold.
const (
	dataValue   = 1
	dataVerdict = 2
)

// value is the data in an attribute, nil for none.
func (a attributes) value(kind uint16) (v []byte) {
	each(a.get(kind), func(inner uint16, data []byte) {
		if inner == dataValue {
			v = data
		}
	})
	return v
}
