package main

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"klaxon"
	"klaxon/internal/handover"
	"klaxon/internal/ident"
	"klaxon/internal/names"
	"klaxon/internal/render"
	"klaxon/internal/services/grade"
	"klaxon/internal/syslog"
	"klaxon/internal/watch/inetd"
)

// trap tells of touches.
type trap struct {
	options options
	log     *syslog.Writer
	buf     []byte
}

// ring asks what is to be asked, writes the frozen line, and hands the touch
// over to a klaxond, should there be one.
func (t *trap) ring(touch *klaxon.Touch, conn int) {
	if touch.Transport == klaxon.TCP {
		if t.options.ident {
			touch.Ident = askIdent(touch, conn, t.options.timeout)
		}
		if t.options.names {
			touch.Source.Name, _ = names.Lookup(context.Background(), touch.Source.Addr)
		}
	}
	t.buf = render.AppendTouchLine(t.buf[:0], touch)
	touch.Logged = t.log.Write(syslog.Notice, touch.Time, t.buf) == nil
	t.buf = render.AppendJSON(t.buf[:0], touch)
	handover.Send(handover.Path, t.buf) // nobody there is no error
}

// askIdent follows the rules of package ident, in their order. nil: not asked.
func askIdent(touch *klaxon.Touch, conn int, timeout time.Duration) *klaxon.Ident {
	q := ident.Query{
		Local:   netip.AddrPortFrom(touch.Target.Addr, touch.Target.Port),
		Remote:  netip.AddrPortFrom(touch.Source.Addr, touch.Source.Port),
		Timeout: timeout,
	}
	if ok, _ := ident.Allowed(q, grade.Of(klaxon.TCP, touch.Target.Port), false); !ok || !ident.Alive(conn) {
		return nil
	}
	unlock, ok := ident.Lock(touch.Source.Addr)
	if !ok {
		return nil
	}
	defer unlock()
	answer := ident.Ask(context.Background(), q)
	return &answer
}

// ringRest writes the line that stands for those beyond the first hundred.
func (t *trap) ringRest(rest int, s *inetd.Socket) {
	what := " more datagrams to port "
	if s.Kind == inetd.Listening {
		what = " more connections to port "
	}
	line := append([]byte("ALERT: "), strconv.Itoa(rest)...)
	line = append(line, what...)
	line = render.AppendToken(line, []byte(t.options.service), maxService)
	line = append(line, " not listed one by one dpt="...)
	line = strconv.AppendUint(line, uint64(s.Local.Port()), 10)
	t.log.Write(syslog.Notice, time.Now(), line)
}
