package joined

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/synth"
	"klaxon/internal/track"
	"klaxon/internal/watch/capture"
	"klaxon/test/truth"
)

// senses are what a house sees with, and how late.
type senses struct {
	name  string
	wire  bool
	traps bool          // they tell of touches
	lag   time.Duration // of the wire
	slow  time.Duration // of the traps, at most: ident may take three seconds
}

var (
	wireFirst  = senses{name: "wire, then touch", wire: true, traps: true, slow: 3 * time.Second}
	touchFirst = senses{name: "touch, then wire", wire: true, traps: true, lag: 200 * time.Millisecond}
	touchAlone = senses{name: "touch alone", traps: true, slow: 10 * time.Millisecond}
	wireAlone  = senses{name: "wire alone", wire: true}
)

// house is a host with traps beside its real services, in a small network. Its
// kernel hands out a touch for each connection that a trap accepts, and for each
// datagram.
type house struct {
	*synth.World
	senses
	t     *testing.T
	v6    bool
	host  *synth.Host // with the traps
	ports []uint16    // of the traps, TCP; those of UDP are udpTraps
	ready map[conn]bool
	marks []klaxon.Mark // of its touches
	proof klaxon.Proof  // of its TCP touches

	detector *detect.Detector
	last     int64
	alarms   []*klaxon.Alarm
	packet   decode.Packet
	wants    []truth.Want
	innocent []netip.Addr
}

type conn struct {
	from  netip.AddrPort
	trap  uint16
	proto uint8
}

var udpTraps = []uint16{69, 123, 161, 5060}

// The usual traps of TCP, and a web server that is none.
const web = 443

var fewTraps = []uint16{21, 23, 25, 110, 512, 513, 514, 1080, 3306, 3389, 5900, 8080}

func lanOf(v6 bool) string {
	if v6 {
		return "2001:db8:1::/64"
	}
	return "10.0.0.0/24"
}

func newHouse(t *testing.T, s senses, v6 bool, seed uint64, ports []uint16) *house {
	h := &house{t: t, senses: s, v6: v6, ports: ports, ready: map[conn]bool{}, proof: klaxon.ProofHandshake}
	h.detector = detect.New(detect.Config{
		Track: track.Config{Memory: 16 << 20, Seed: seed}, Sensor: "house", Floor: klaxon.Established,
		Zone:      policy.NewZones(nil, []netip.Prefix{netip.MustParsePrefix(lanOf(v6))}).Of,
		Emit:      func(a *klaxon.Alarm) { h.alarms = append(h.alarms, a) },
		Interface: func(uint8) string { return "eth9" },
	})
	h.World = synth.New(seed, h.take)
	h.host = h.LAN(lanOf(v6)).Host().Open(web).Open(ports...).OpenUDP(0, udpTraps...)
	h.detector.SetLocal(h.host.Addrs())
	h.detector.SetConnected([]netip.Prefix{netip.MustParsePrefix(lanOf(v6))})
	h.detector.SetTraps(trapsOf(ports), 0)
	return h
}

func trapsOf(tcp []uint16) (list []klaxon.Port) {
	for _, p := range tcp {
		list = append(list, klaxon.Port{Transport: klaxon.TCP, Number: p})
	}
	for _, p := range udpTraps {
		list = append(list, klaxon.Port{Transport: klaxon.UDP, Number: p})
	}
	return list
}

// stranger is a host somewhere else, neighbour one on the same link.
func (h *house) stranger(n int) *synth.Host {
	if h.v6 {
		return h.Host(fmt.Sprintf("2001:db8:ff%02x::7", n))
	}
	return h.Host(fmt.Sprintf("203.0.113.%d", n))
}

func (h *house) neighbour(n int) *synth.Host {
	return h.Host(synth.Nth(netip.MustParsePrefix(lanOf(h.v6)), 100+n).String())
}

// now is the detector's time, which never goes back.
func (h *house) now() int64 {
	h.last = max(h.last, h.Now().UnixNano())
	return h.last
}

// take shows a frame to the kernel, and to the wire if it is watched.
func (h *house) take(f capture.Frame) {
	if (decode.Decoder{}).Decode(f.Link, f.Data, f.Length, &h.packet) != decode.Decoded {
		h.t.Fatal("the story has a packet that cannot be decoded")
	}
	p := h.packet
	if h.wire && h.lag == 0 {
		h.detector.Packet(h.now(), 0, &p)
	} else if h.wire {
		late := p
		h.After(h.lag, func() { h.detector.Packet(h.now(), 0, &late) })
	}
	if h.traps {
		h.kernel(&p)
	}
}

// kernel accepts connections and datagrams for traps.
func (h *house) kernel(p *decode.Packet) {
	src, dst := addrOf(p, &p.Src), addrOf(p, &p.Dst)
	switch {
	case p.Kind == decode.KindUDP && dst == h.host.Addr && slices.Contains(udpTraps, p.DstPort):
		h.touch(src, p, klaxon.UDP, klaxon.ProofNone)
	case p.Kind != decode.KindTCP:
	case p.Flags&(decode.SYN|decode.ACK) == decode.SYN|decode.ACK && src == h.host.Addr && p.SrcPort != web:
		h.ready[conn{netip.AddrPortFrom(dst, p.DstPort), p.SrcPort, 6}] = true
	case p.Flags&(decode.SYN|decode.RST|decode.ACK) == decode.ACK && dst == h.host.Addr:
		c := conn{netip.AddrPortFrom(src, p.SrcPort), p.DstPort, 6}
		if h.ready[c] {
			delete(h.ready, c)
			h.touch(src, p, klaxon.TCP, h.proof)
		}
	}
}

func (h *house) touch(src netip.Addr, p *decode.Packet, transport klaxon.Transport, proof klaxon.Proof) {
	t := &klaxon.Touch{
		Time: h.Now(), Transport: transport, Proof: proof, Marks: h.marks, Service: "trap",
		Source: klaxon.Endpoint{Addr: src, Port: p.SrcPort}, Target: klaxon.Endpoint{Addr: h.host.Addr, Port: p.DstPort},
	}
	wait := time.Millisecond
	if h.slow > 0 {
		wait += time.Duration(h.Rand().Int64N(int64(h.slow)))
	}
	h.After(wait, func() { h.detector.Touch(h.now(), t) })
}

func addrOf(p *decode.Packet, a *[16]byte) netip.Addr {
	if p.V6 {
		return netip.AddrFrom16(*a)
	}
	return netip.AddrFrom4([4]byte(a[:4]))
}

// rest lets time pass, as a daemon's clock tells it.
func (h *house) rest(d time.Duration) {
	for range d / time.Minute {
		h.Wait(time.Minute)
		h.detector.Advance(h.now())
	}
}

func (h *house) want(w truth.Want) { h.wants = append(h.wants, w) }

// end finishes the story and compares what was told with the truth.
func (h *house) end() {
	h.t.Helper()
	h.Finish()
	h.detector.Close()
	for _, p := range truth.Check(h.alarms, h.wants, truth.Innocent(append(h.innocent, h.host.Addr)...)) {
		h.t.Error(p)
	}
	if h.t.Failed() {
		for _, a := range h.alarms {
			h.t.Logf("%s %s %s: %s of %s, %v %s, severity %d, %d probes, %d hosts, %d services, open %v: %s", a.Time.Format("15:04:05.000"),
				a.Event, a.ID[:4], a.Shape, a.Source.Addr, a.Techniques, a.Confidence, a.Severity, a.Probes, a.Targets.Hosts, a.Targets.Services, a.Targets.Open, a.Why)
		}
	}
}

// opened is the record that opens the only alarm.
func (h *house) opened() *klaxon.Alarm {
	h.t.Helper()
	var found *klaxon.Alarm
	for _, a := range h.alarms {
		if a.Event == klaxon.EventOpen && found != nil {
			h.t.Fatalf("two alarms: %s, and %s", found.Why, a.Why)
		}
		if a.Event == klaxon.EventOpen {
			found = a
		}
	}
	if found == nil {
		h.t.Fatal("nothing was told")
	}
	return found
}

// each plays a story with every kind of sense, over IPv4 and IPv6; with more seeds
// in a soak.
func each(t *testing.T, ports []uint16, list []senses, story func(*house)) {
	for _, s := range list {
		for _, v6 := range []bool{false, true} {
			for seed := range seeds() {
				t.Run(fmt.Sprintf("%s/v6=%v/%d", s.name, v6, seed), func(t *testing.T) {
					h := newHouse(t, s, v6, seed+1, ports)
					story(h)
					if len(h.alarms) == 0 || !h.t.Failed() {
						h.end()
					}
				})
			}
		}
	}
}

func seeds() uint64 {
	if os.Getenv("KLAXON_SOAK") != "" {
		return 10
	}
	return 1
}

var withTraps = []senses{wireFirst, touchFirst, touchAlone}
