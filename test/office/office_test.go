package office

import (
	"net/netip"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/synth"
	"klaxon/internal/watch/capture"
	"klaxon/test/truth"
)

// The networks. The sensor sees all that the core switch sees; only the hosts of
// the first two are on the link with it.
const (
	floor1  = "10.1.0.0/24"
	floor16 = "2001:db8:1::/64"
	floor2  = "10.1.1.0/24"
	pool    = "10.1.8.0/24" // of the VPN
	dmz     = "192.0.2.0/26"
	dmz6    = "2001:db8:d::/64"
	pods    = "10.244.0.0/16"
)

// office is the world with its people, seen by a detector.
type office struct {
	*synth.World
	lan, lan6 *synth.LAN
	until     time.Time
	pace      time.Duration // how long a person does nothing, on average

	servers servers
	pcs     []*pc
	phones  []*synth.Host
	prints  []*synth.Host
	sites   []*site
	names   []*synth.Host // name servers outside
	mx      []*synth.Host // mail servers outside

	wants    []truth.Want
	planted  []string            // their names, in the order of wants
	scanners map[netip.Addr]bool // declared, and passers-by: they may ring

	detector *detect.Detector
	packets  int
	bad      int
	alarms   []*klaxon.Alarm
	packet   decode.Packet
}

// open builds the office. Nothing happens before it is played.
func open(seed uint64, length, pace time.Duration) *office {
	o := &office{until: synth.Begin.Add(length), pace: pace, scanners: make(map[netip.Addr]bool)}
	o.World = synth.New(seed, o.take)
	o.Hide = unseen
	o.lan, o.lan6 = o.LAN(floor1), o.LAN(floor16)
	o.lan6.Router.MAC = o.lan.Router.MAC
	o.lan.Resolve, o.lan6.Resolve = true, true
	o.detector = detect.New(detect.Config{
		Sensor: "office", Floor: klaxon.Established,
		Zone: policy.NewZones(nil, []netip.Prefix{
			netip.MustParsePrefix(dmz), netip.MustParsePrefix(dmz6), netip.MustParsePrefix(floor16),
		}).Of,
		Emit: func(a *klaxon.Alarm) { o.alarms = append(o.alarms, a) },
	})
	o.build()
	return o
}

// play lets the time pass.
func (o *office) play() {
	o.Wait(o.until.Sub(synth.Begin))
	o.Finish()
	o.detector.Close()
}

func (o *office) take(f capture.Frame) {
	o.packets++
	if (decode.Decoder{}).Decode(f.Link, f.Data, f.Length, &o.packet) != decode.Decoded {
		o.bad++
		return
	}
	o.detector.Advance(f.Time)
	o.detector.Packet(f.Time, uint8(f.Interface), &o.packet)
}

// unseen tells what the kernel's filter keeps from a live sensor: the segments
// inside established connections. They are not worth making.
func unseen(p *synth.Packet) bool {
	s, ok := p.Body.(synth.Segment)
	if !ok || s.Flags&decode.ACK == 0 || s.Flags&(decode.SYN|decode.FIN|decode.RST|decode.URG) != 0 || s.Seq == 0 {
		return false
	}
	return len(s.Data) > 0 || len(s.Options) > 0 || s.Window > 4096
}

// routed makes a host behind the router of the office, a fraction of a
// millisecond away.
func (o *office) routed(net string, n int) *synth.Host {
	h := o.Host(synth.Nth(netip.MustParsePrefix(net), n).String())
	h.Away = 400 * time.Microsecond
	return h
}

// ask sends a datagram from one of a few hundred ports of a host.
func (o *office) ask(h *synth.Host, to *synth.Host, port uint16, size int) {
	h.AskFrom(uint16(50000+o.Rand().IntN(500)), to.Addr, port, size)
}

func (o *office) build() {
	o.internet()
	o.hire()
	o.furnish()
	o.populate()
	o.monitor()
	o.cluster()
	o.nights()
	o.discovery()
	o.telephony()
	o.remote()
	o.outages()
	o.guests()
	o.crawl()
	o.sharing()
	o.swept()
	o.passersBy()
	o.plant()
}
