package detect_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline/detect"
	"klaxon/internal/policy"
	"klaxon/internal/track"
)

// link is a detector beside a link.
type link struct {
	*detect.Detector
	at     int64
	alarms []*klaxon.Alarm
}

func newLink() *link {
	l := &link{at: 1_700_000_000e9}
	l.Detector = detect.New(detect.Config{
		Track: track.Config{Memory: track.MinMemory, Seed: 5}, Sensor: "s", Zone: policy.Zones{}.Of, Floor: klaxon.Established,
		Emit: func(a *klaxon.Alarm) { l.alarms = append(l.alarms, a) },
	})
	l.SetConnected([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/24")})
	return l
}

// send plays a segment of 10.0.0.x to 10.0.0.y out of the frame of a neighbour.
func (l *link) send(frame, x, y byte, p decode.Packet) {
	l.at += int64(20 * time.Millisecond)
	p.Kind, p.Proto, p.TTL = decode.KindTCP, 6, 64
	p.Src, p.Dst, p.SrcMAC = [16]byte{10, 0, 0, x}, [16]byte{10, 0, 0, y}, [6]byte{2, 0, 0, 0, 0, frame}
	l.Packet(l.at, 0, &p)
}

// visit is a connection in which x asks y something.
func (l *link) visit(x, y byte) {
	const a, b = 5000, 9000
	l.send(x, x, y, decode.Packet{Flags: decode.SYN, SrcPort: 40000, DstPort: 443, Seq: a, Window: 64240, DF: true, Options: decode.Options{Len: 20, HasMSS: true, SACKOK: true, HasTS: true, TSVal: 7, HasWS: true}})
	l.send(y, y, x, decode.Packet{Flags: decode.SYN | decode.ACK, SrcPort: 443, DstPort: 40000, Seq: b, Ack: a + 1, Window: 64240})
	l.send(x, x, y, decode.Packet{Flags: decode.FIN | decode.ACK, SrcPort: 40000, DstPort: 443, Seq: a + 301, Ack: b + 4001, Window: 64240})
}

// idleScan is a scan in the name of a zombie, all of whose packets come out of one
// frame; who seems to read the zombie's answers is given.
func (l *link) idleScan(frame, reader, zombie, target byte) {
	for i := range uint16(40) {
		l.send(frame, reader, zombie, decode.Packet{Flags: decode.SYN | decode.ACK, SrcPort: 50000 + i, DstPort: 80, Seq: uint32(i) * 977, Ack: uint32(i) * 1201, Window: 1024})
		l.send(zombie, zombie, reader, decode.Packet{Flags: decode.RST, SrcPort: 80, DstPort: 50000 + i, Seq: uint32(i) * 1201})
		l.send(frame, zombie, target, decode.Packet{Flags: decode.SYN, SrcPort: 61000, DstPort: 100 + i, Seq: 0xabcdef, Window: 1024, Options: decode.Options{Len: 4, HasMSS: true, MSS: 1460}})
		l.send(target, target, zombie, decode.Packet{Flags: decode.RST | decode.ACK, SrcPort: 100 + i, DstPort: 61000, Ack: 0xabcdf0})
	}
}

// TestIdleScanProvesNobody: whoever is on the link can pin a scan through a zombie on
// a neighbour by two forged hardware addresses. The alarm says so, and neither takes
// the neighbour's address for proven, though it proved it otherwise, nor calls it an
// alarm from inside like any other.
func TestIdleScanProvesNobody(t *testing.T) {
	const victim, zombie, target = 20, 30, 10
	for _, moved := range []bool{false, true} {
		l := newLink()
		l.visit(victim, target)
		l.idleScan(victim, victim, zombie, target)
		if moved { // the victim's own frames have another address
			l.send(99, victim, target, decode.Packet{Flags: decode.SYN, SrcPort: 41000, DstPort: 443, Seq: 77, Window: 64240})
			l.idleScan(victim, victim, zombie, target)
		}
		l.Close()
		if len(l.alarms) == 0 {
			t.Fatal("nothing was told")
		}
		a := l.alarms[len(l.alarms)-1]
		if a.Source.Addr != netip.MustParseAddr("10.0.0.20") || !slices.Contains(a.Marks, klaxon.MarkIdle) {
			t.Errorf("moved %v: %s %v: %s", moved, a.Source.Addr, a.Marks, a.Why)
		}
		if a.Proof != klaxon.ProofNone || a.Confidence > klaxon.Established || a.Severity > 3 {
			t.Errorf("moved %v: proof %s, confidence %s, severity %d, %v %s", moved, a.Proof, a.Confidence, a.Severity, a.Marks, a.Zone)
		}
		why := "may be another"
		if moved {
			why = "hardware address changed: it may be another"
		}
		if !strings.Contains(a.Why, why) {
			t.Errorf("moved %v: %s", moved, a.Why)
		}
	}
}
