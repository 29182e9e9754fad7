package names

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// zone holds what the server answers, by key; what it lacks is NXDOMAIN.
type zone map[string][]dnsmessage.ResourceBody

// key is a name with its trailing dot, a space and a type: "a.example. PTR".
func key(name string, typ dnsmessage.Type) string {
	return strings.ToLower(name) + " " + strings.TrimPrefix(typ.String(), "Type")
}

// dnsServer answers over UDP, and over TCP what does not fit.
type dnsServer struct {
	zone      zone
	silent    dnsmessage.Type // never answered
	onSilence func()
	asked     atomic.Int32 // questions
	tcp       atomic.Int32 // questions over TCP
}

// start returns a resolver that asks this server alone.
func (s *dnsServer) start(t *testing.T) *net.Resolver {
	t.Helper()
	pc, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { s.serveUDP(t, pc) })
	wg.Go(func() { s.serveTCP(t, l, &wg) })
	t.Cleanup(func() { pc.Close(); l.Close(); wg.Wait() })
	return newResolver(func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		if strings.HasPrefix(network, "tcp") {
			return d.DialContext(ctx, "tcp", l.Addr().String())
		}
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	})
}

func (s *dnsServer) serveUDP(t *testing.T, pc net.PacketConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := pc.ReadFrom(buf)
		if err != nil {
			return
		}
		if b := s.answer(t, buf[:n], 1232); b != nil {
			pc.WriteTo(b, from)
		}
	}
}

func (s *dnsServer) serveTCP(t *testing.T, l net.Listener, wg *sync.WaitGroup) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		wg.Go(func() {
			defer c.Close()
			s.tcp.Add(1)
			var size uint16
			if binary.Read(c, binary.BigEndian, &size) != nil {
				return
			}
			buf := make([]byte, size)
			if _, err := io.ReadFull(c, buf); err != nil {
				return
			}
			b := s.answer(t, buf, 65535)
			c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
		})
	}
}

func (s *dnsServer) answer(t *testing.T, query []byte, limit int) []byte {
	s.asked.Add(1)
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		t.Errorf("query %x: %v", query, err)
		return nil
	}
	q := m.Questions[0]
	if q.Type == s.silent {
		s.onSilence()
		return nil
	}
	m.Additionals = nil
	m.Response, m.RecursionAvailable = true, true
	bodies, found := s.zone[key(q.Name.String(), q.Type)]
	if !found {
		m.RCode = dnsmessage.RCodeNameError
	}
	for _, b := range bodies {
		m.Answers = append(m.Answers, resource(q, b))
	}
	b, err := m.Pack()
	if err == nil && len(b) > limit {
		m.Truncated, m.Answers = true, nil
		b, err = m.Pack()
	}
	if err != nil {
		t.Errorf("cannot answer %s: %v", q.Name, err)
	}
	return b
}

func resource(q dnsmessage.Question, body dnsmessage.ResourceBody) dnsmessage.Resource {
	h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 60}
	if c, ok := body.(*cname); ok { // carries its own owner
		h.Name = dnsmessage.MustNewName(c.owner)
		return dnsmessage.Resource{Header: h, Body: &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(c.to)}}
	}
	return dnsmessage.Resource{Header: h, Body: body}
}

type cname struct {
	dnsmessage.CNAMEResource
	owner, to string
}

func ptr(name string) dnsmessage.ResourceBody {
	return &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(name)}
}

// rawPTR has any bytes for a name.
func rawPTR(rdata string) dnsmessage.ResourceBody {
	return &dnsmessage.UnknownResource{Type: dnsmessage.TypePTR, Data: []byte(rdata)}
}

func address(s string) dnsmessage.ResourceBody {
	a := netip.MustParseAddr(s)
	if a.Is4() {
		return &dnsmessage.AResource{A: a.As4()}
	}
	return &dnsmessage.AAAAResource{AAAA: a.As16()}
}

// repeat returns n bodies, the one at i made by f.
func repeat(n int, f func(i int) dnsmessage.ResourceBody) (all []dnsmessage.ResourceBody) {
	for i := range n {
		all = append(all, f(i))
	}
	return all
}
