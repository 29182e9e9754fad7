package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"klaxon/internal/decode"
)

// These tests hold reader and writer against gopacket's.

// theirsClassic reads a pcap file with gopacket.
func theirsClassic(t testing.TB, file []byte) (frames []seenFrame) {
	t.Helper()
	r, err := pcapgo.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		data, ci, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		frames = append(frames, seenFrame{ci.Timestamp.UnixNano(), decode.Link(r.LinkType()), 0, ci.Length, string(data)})
	}
}

// theirsBlocks reads a pcapng file with gopacket. It numbers the interfaces by
// section, so that names stand for them.
func theirsBlocks(t testing.TB, file []byte) (frames []seenFrame, names []string) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		t.Fatal(err)
	}
	for {
		data, ci, err := r.ReadPacketData()
		if errors.Is(err, io.EOF) {
			return frames, names
		}
		if err != nil {
			t.Fatal(err)
		}
		in, err := r.Interface(ci.InterfaceIndex)
		if err != nil {
			t.Fatal(err)
		}
		at := int64(0)
		if !ci.Timestamp.IsZero() {
			at = ci.Timestamp.UnixNano()
		}
		frames = append(frames, seenFrame{at, decode.Link(in.LinkType), 0, ci.Length, string(data)})
		names = append(names, in.Name)
	}
}

// same compares what we read with what gopacket did.
func same(t testing.TB, what string, ours []seenFrame, ifaces []Interface, theirs []seenFrame, names []string) {
	t.Helper()
	if len(ours) != len(theirs) {
		t.Fatalf("%s: we read %d frames, gopacket %d", what, len(ours), len(theirs))
	}
	for i, o := range ours {
		if names != nil && ifaces[o.Interface].Name != names[i] {
			t.Errorf("%s: frame %d is of %q, gopacket says %q", what, i, ifaces[o.Interface].Name, names[i])
		}
		o.Interface = 0
		if o != theirs[i] {
			t.Errorf("%s: frame %d\n  ours %+v\ntheirs %+v", what, i, o, theirs[i])
		}
	}
}

// chance makes frames.
type chance struct{ *rand.Rand }

func newChance(seed uint64) chance { return chance{rand.New(rand.NewPCG(seed, 3))} }

func (r chance) data() string {
	n := r.IntN(64)
	if r.IntN(20) == 0 {
		n = r.IntN(20_000)
	}
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

// TestReadTheirs: what gopacket writes we read as it was given.
func TestReadTheirs(t *testing.T) {
	for seed := range uint64(20) {
		r := newChance(seed)
		var micro, nano, ng bytes.Buffer
		wm, wn := pcapgo.NewWriter(&micro), pcapgo.NewWriterNanos(&nano)
		must(t, wm.WriteFileHeader(65536, layers.LinkTypeEthernet), wn.WriteFileHeader(0, layers.LinkTypeLinuxSLL))
		wg, err := pcapgo.NewNgWriterInterface(&ng, pcapgo.NgInterface{Name: "eth0", LinkType: layers.LinkTypeEthernet, Comment: "c", Filter: "tcp"}, pcapgo.DefaultNgWriterOptions)
		must(t, err)
		_, err = wg.AddInterface(pcapgo.NgInterface{Name: "any", LinkType: layers.LinkTypeLinuxSLL2, SnapLength: 100, OS: "Linux"})
		must(t, err)
		var wantMicro, wantNano, wantNg []seenFrame
		for range 50 {
			data := r.data()
			at, iface, length := r.Int64N(math.MaxUint32*1e9), r.IntN(2), len(data)+r.IntN(2000)
			ci := gopacket.CaptureInfo{Timestamp: time.Unix(0, at), CaptureLength: len(data), Length: length, InterfaceIndex: iface}
			must(t, wm.WritePacket(ci, []byte(data)), wn.WritePacket(ci, []byte(data)))
			drops := r.Uint64()
			must(t, wg.WritePacketWithOptions(ci, []byte(data), pcapgo.NgPacketOptions{Comments: []string{"no"}, DropCount: &drops}))
			wantMicro = append(wantMicro, seenFrame{at / 1000 * 1000, decode.LinkEthernet, 0, length, data})
			wantNano = append(wantNano, seenFrame{at, decode.LinkSLL, 0, length, data})
			wantNg = append(wantNg, seenFrame{at, []decode.Link{decode.LinkEthernet, decode.LinkSLL2}[iface], iface, length, data})
		}
		must(t, wg.WriteInterfaceStats(1, pcapgo.NgInterfaceStatistics{LastUpdate: time.Unix(1, 0), PacketsReceived: 9, PacketsDropped: seed + 1}), wg.Flush())
		for _, tt := range []struct {
			name string
			file []byte
			want []seenFrame
		}{{"µs", micro.Bytes(), wantMicro}, {"ns", nano.Bytes(), wantNano}, {"pcapng", ng.Bytes(), wantNg}} {
			for _, file := range [][]byte{tt.file, zipped(t, tt.file)} {
				got, ifaces := mustRead(t, file)
				if !slices.Equal(got, tt.want) {
					t.Fatalf("%s: %d frames, want %d, or they differ", tt.name, len(got), len(tt.want))
				}
				if tt.name == "pcapng" && (ifaces[0].Name != "eth0" || ifaces[1].Name != "any" || ifaces[1].Drops != seed+1) {
					t.Errorf("interfaces %+v", ifaces)
				}
			}
		}
	}
}

func must(t testing.TB, all ...error) {
	t.Helper()
	for _, err := range all {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestTheyRead: what we write gopacket reads as it was given.
func TestTheyRead(t *testing.T) {
	for seed := range uint64(20) {
		r := newChance(seed)
		ifaces := []Interface{{Name: "eth0", Link: decode.LinkEthernet, Drops: 5}, {Name: "x", Link: decode.LinkRaw}, {Link: decode.LinkSLL2}}
		var frames []Frame
		var want []seenFrame
		var names []string
		for range 50 {
			data, i := r.data(), r.IntN(3)
			f := Frame{Time: r.Int64N(maxTime), Interface: i, Length: len(data) + r.IntN(3), Data: []byte(data)}
			frames = append(frames, f)
			want = append(want, seenFrame{f.Time, ifaces[i].Link, 0, f.Length, data})
			names = append(names, ifaces[i].Name)
		}
		got, gotNames := theirsBlocks(t, written(t, ifaces, "comment", frames))
		if !slices.Equal(got, want) || !slices.Equal(gotNames, names) {
			t.Fatal("gopacket read something else than was written")
		}
	}
}

// TestTheyReadStatistics: comment, interfaces and drops arrive as well.
func TestTheyReadStatistics(t *testing.T) {
	file := written(t, []Interface{{Name: "eth0", Link: 1, Drops: 5}}, "seed 9", []Frame{{Time: 77, Data: []byte("x")}})
	r, err := pcapgo.NewNgReader(bytes.NewReader(file), pcapgo.NgReaderOptions{})
	must(t, err)
	if _, _, err := r.ReadPacketData(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.ReadPacketData(); !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	in, err := r.Interface(0)
	must(t, err)
	if s := r.SectionInfo().Comment; s != "seed 9" {
		t.Errorf("comment %q", s)
	}
	if in.Statistics.PacketsReceived != 1 {
		t.Errorf("statistics %+v", in.Statistics)
	}
}

// TestBothRead: files made by hand, of everything the formats offer, read alike.
func TestBothRead(t *testing.T) {
	for seed := range uint64(100) {
		r := newChance(seed)
		e := endians[r.IntN(2)]
		magic := []uint32{0xa1b2c3d4, 0xa1b23c4d}[r.IntN(2)]
		c := newClassic(e, magic, r.Uint32N(300))
		for range r.IntN(30) {
			data := r.data()
			c.record(r.Uint32(), r.Uint32N(1_000_000), uint32(len(data)+r.IntN(99)), data)
		}
		got, ifaces := mustRead(t, c.b)
		same(t, fmt.Sprintf("pcap %d", seed), got, ifaces, theirsClassic(t, c.b), nil)

		f := randomBlocks(r)
		got, ifaces = mustRead(t, f)
		theirs, names := theirsBlocks(t, f)
		for i := range theirs {
			if theirs[i].Time == 0 {
				got[i].Time = 0 // a simple block has no time of its own
			}
		}
		same(t, fmt.Sprintf("pcapng %d", seed), got, ifaces, theirs, names)
	}
}

// randomBlocks is a pcapng file within what gopacket reads exactly: it takes a
// resolution of 0 for 6, and rounds those that are powers of two.
func randomBlocks(r chance) []byte {
	f := new(blocks)
	for range 1 + r.IntN(4) {
		e := endians[r.IntN(2)]
		f.section(e, new(blocks).section(e).option(1, "comment"))
		n := 1 + r.IntN(5)
		snap := make([]uint32, n)
		for i := range n {
			snap[i] = r.Uint32N(2) * 40
			resolution := []byte{1, 3, 6, 9, 12, 18}[r.IntN(6)]
			offset := uint64(r.Uint32N(1000))
			f.iface(uint16(r.Uint32N(300)), snap[i], f.option(2, fmt.Sprintf("if%d", r.IntN(8))),
				f.option(9, string(resolution)), f.number(14, offset), f.option(0, ""))
		}
		for range r.IntN(40) {
			data, at := r.data(), uint64(r.Uint32())
			length := uint32(len(data) + r.IntN(100))
			switch r.IntN(6) {
			case 0:
				f.obsolete(uint16(r.IntN(n)), uint16(r.Uint32()), at, length, data)
			case 1:
				whole := uint32(len(data))
				if snap[0] != 0 && whole > snap[0] {
					data = data[:snap[0]]
				}
				f.simple(whole, data)
			case 2:
				f.block(100+r.Uint32N(9), []byte(data))
			case 3:
				f.statistics(uint32(r.IntN(n)), f.number(4, r.Uint64()), f.number(5, r.Uint64N(1000)))
			default:
				f.enhanced(uint32(r.IntN(n)), at, length, data, f.option(1, "note"))
			}
		}
	}
	return f.b
}
