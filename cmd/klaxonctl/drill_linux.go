package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"klaxon/internal/drill"
	"klaxon/internal/drill/probe"
)

// Pauses of a drill that comes from here. The sensor must have read what is
// announced before it sees what was announced; a datagram that may be lost is sent
// drillTimes times.
const (
	drillTimes   = 3
	drillPause   = time.Second
	drillConnect = 5 * time.Second
	codeMax      = 1024 // of the line that it stands in
)

// drillAnother sends the probes of a drill to another host.
func (q *question) drillAnother(host string) error {
	line, err := bufio.NewReader(io.LimitReader(os.Stdin, codeMax)).ReadString('\n')
	if err != nil && line == "" {
		return errNoCode
	}
	code, err := drill.ParseCode(line)
	if err != nil {
		return err
	}
	if err := lapsed(&code, q.look.now); err != nil {
		return err
	}
	ways, err := q.ways(host)
	if err != nil {
		return err
	}
	raw, err := probe.OpenRaw("")
	if err != nil {
		q.note("no raw probes are sent: %v", err)
	} else {
		defer raw.Close()
	}
	for i := range ways {
		if err := ways[i].announce(&code, raw); err != nil {
			return err
		}
	}
	time.Sleep(drillPause)
	failed := 0
	for i := range ways {
		failed += q.probe(&ways[i], &code, raw)
	}
	if failed > 0 {
		q.printf("%s not sent, or got nowhere: is %s the host that is drilled, and up?\n", amount(failed, "probe was", "probes were"), shown(host))
		return errNo
	}
	q.printf("sent: the table is on the host that is drilled\n")
	return nil
}

// lapsed refuses a code that is no drill any more: its probes would page somebody.
func lapsed(c *drill.Code, now time.Time) error {
	if now.Before(c.Until) {
		return nil
	}
	return fmt.Errorf("this code was for a drill until %s (the clock here says %s); its probes would ring as anybody's: run klaxonctl drill -wait again",
		c.Until.Format(time.DateTime), now.Format(time.DateTime))
}

// way is from an address of this host to one of the other's.
type way struct {
	from, to netip.Addr
	connect  *probe.Connection // nil when it could not be prepared
}

// ways finds one of each family.
func (q *question) ways(host string) (list []way, err error) {
	addrs, err := net.DefaultResolver.LookupNetIP(q.ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var have [2]bool
	for _, to := range addrs {
		to = to.Unmap()
		n := 0
		if to.Is6() {
			n = 1
		}
		if have[n] {
			continue
		}
		from, err := sourceFor(to)
		if err != nil {
			q.note("%s cannot be reached: %v", to, err)
			continue
		}
		have[n] = true
		list = append(list, way{from: from, to: to})
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("no address of %s can be reached", host)
	}
	return list, nil
}

// sourceFor is the address that this host would send from.
func sourceFor(to netip.Addr) (netip.Addr, error) {
	// Port 9 is discard; connecting a datagram socket sends nothing.
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to, 9)))
	if err != nil {
		return netip.Addr{}, err
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap().WithZone(""), nil
}

// announce says what is to come.
func (w *way) announce(code *drill.Code, raw *probe.Raw) error {
	a := drill.Announcement{Kinds: 1 << drill.Datagram}
	if c, err := probe.NewConnection(w.from, netip.AddrPortFrom(w.to, code.TCP)); err == nil {
		w.connect = c
		a.Kinds |= 1 << drill.Connect
		a.Connects = append(a.Connects, [2]uint16{c.Flow().Source.Port(), code.TCP})
	}
	for k := range drill.Kinds() {
		if k.Raw() && raw != nil {
			a.Kinds |= 1 << k
		}
	}
	return probe.Datagram(&code.Secret, w.from, netip.AddrPortFrom(w.to, code.UDP), a, drillTimes, func(drill.Flow) {})
}

// probe sends the rest, and counts what did not get out or has nowhere to go. What is
// refused has arrived.
func (q *question) probe(w *way, code *drill.Code, raw *probe.Raw) (failed int) {
	service := netip.AddrPortFrom(w.to, code.TCP)
	if w.connect != nil {
		switch err := w.connect.Make(drillConnect); {
		case err == nil, errors.Is(err, syscall.ECONNREFUSED):
		case errors.Is(err, probe.ErrNoAnswer):
			q.note("%v; a passive sensor gives none", err)
		default:
			q.note("%v", err)
			failed++
		}
	}
	for k := range drill.Kinds() {
		if !k.Raw() || raw == nil {
			continue
		}
		if err := raw.Send(k, &code.Secret, w.from, service, func(drill.Flow) {}); err != nil {
			q.note("send a %s probe to %s: %v", k, service, err)
			failed++
		}
	}
	return failed
}
