package capture

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"klaxon/internal/decode"
)

// TestBlocks: every kind of packet block, in both byte orders.
func TestBlocks(t *testing.T) {
	for _, e := range endians {
		f := newBlocks(e, newBlocks(e).option(1, "a comment"), newBlocks(e).option(4, "an application"))
		f.iface(1, 6, f.option(9, "\x09"), f.option(2, "eth0"), f.option(0, ""))
		f.iface(276, 0, f.option(2, "any"))
		f.enhanced(0, 5_000_000_007, 60, "abcde", f.option(2, "\x01\x00\x00\x00"), f.option(0, ""))
		f.simple(9, "123456..") // the bound of six, and two of padding that are no padding
		f.simple(2, "ab")
		f.obsolete(1, 77, 3_000_001, 3, "xyz")
		f.enhanced(1, 4_000_000, 2, "longer")
		f.enhanced(0, 1, 0, "")
		want := []seenFrame{
			{5_000_000_007, decode.LinkEthernet, 0, 60, "abcde"},
			{5_000_000_007, decode.LinkEthernet, 0, 9, "123456"},
			{5_000_000_007, decode.LinkEthernet, 0, 2, "ab"},
			{3_000_001_000, decode.LinkSLL2, 1, 3, "xyz"},
			{4_000_000_000, decode.LinkSLL2, 1, 6, "longer"},
			{1, decode.LinkEthernet, 0, 0, ""},
		}
		got, ifaces := mustRead(t, f.b)
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", e, got, want)
		}
		if len(ifaces) != 2 || ifaces[0].Name != "eth0" || ifaces[1].Name != "any" {
			t.Errorf("%s: interfaces %+v", e, ifaces)
		}
	}
}

// TestSections: each section has its own byte order and numbers; the same
// interface described again is the same.
func TestSections(t *testing.T) {
	f := new(blocks)
	for i, e := range []endian{endians[0], endians[1], endians[1], endians[0]} {
		f.section(e)
		f.iface(1, 0, f.option(2, "lo"))
		f.iface(1, 0, f.option(2, fmt.Sprintf("eth%d", i/2)), f.option(9, "\x00")) // whole seconds
		f.enhanced(1, uint64(i+1), 4, "data")
		f.enhanced(0, uint64(i+1), 4, "data")
	}
	got, ifaces := mustRead(t, f.b)
	var names, times []string
	for _, g := range got {
		names = append(names, ifaces[g.Interface].Name)
		times = append(times, fmt.Sprint(g.Time))
	}
	if len(ifaces) != 3 {
		t.Errorf("%d interfaces: %+v", len(ifaces), ifaces)
	}
	if s := strings.Join(names, " "); s != "eth0 lo eth0 lo eth1 lo eth1 lo" {
		t.Errorf("frames of %s", s)
	}
	if s := strings.Join(times, " "); s != "1000000000 1000 2000000000 2000 3000000000 3000 4000000000 4000" {
		t.Errorf("frames at %s", s)
	}
}

// TestTwins: two interfaces of one section may look alike, and stay two.
func TestTwins(t *testing.T) {
	f := new(blocks)
	for range 3 {
		f.section(endians[0]).iface(1, 0).iface(1, 0).enhanced(0, 1, 1, "a").enhanced(1, 1, 1, "b")
	}
	got, ifaces := mustRead(t, f.b)
	if len(ifaces) != 2 {
		t.Errorf("%d interfaces, wanted 2", len(ifaces))
	}
	for i, g := range got {
		if g.Interface != i%2 {
			t.Errorf("frame %d is of interface %d", i, g.Interface)
		}
	}
}

func TestSectionForgetsInterfaces(t *testing.T) {
	f := newBlocks(endians[0]).iface(1, 0).enhanced(0, 1, 1, "a").section(endians[0]).enhanced(0, 2, 1, "b")
	if n := mustFail(t, f.b, "interface 0 is not described, 0 are"); n != 1 {
		t.Errorf("%d frames", n)
	}
}

func TestInterfaceOptions(t *testing.T) {
	v4 := func(s string) string { return string(netip.MustParseAddr(s).AsSlice()) }
	f := newBlocks(endians[1])
	f.iface(1, 0,
		f.option(1, "comment"),
		f.option(2, strings.Repeat("n", 300)), f.option(2, "a second name"),
		f.option(4, v4("192.0.2.7")+v4("255.255.255.0")),
		f.option(4, v4("192.0.2.8")+v4("255.0.255.0")), // no mask
		f.option(4, v4("192.0.2.9")),                   // too short
		f.option(5, v4("2001:db8::7")+"\x40"),
		f.option(5, v4("2001:db8::8")+"\x81"), // 129 bits
		f.option(4, v4("10.0.0.1")+v4("0.0.0.0")),
		f.option(4, v4("10.0.0.2")+v4("255.255.255.255")),
		f.option(9, "\x03\x00"), // too long for a resolution
		f.option(14, "\x00"),    // too short for an offset
		f.option(0x8bad, "unknown"),
		f.option(0, ""),
		f.option(2, "behind the end"))
	f.enhanced(0, 7, 1, "x")
	got, ifaces := mustRead(t, f.b)
	if len(ifaces[0].Name) != maxName || strings.Trim(ifaces[0].Name, "n") != "" {
		t.Errorf("name %q", ifaces[0].Name)
	}
	want := []netip.Prefix{
		netip.MustParsePrefix("192.0.2.7/24"), netip.MustParsePrefix("2001:db8::7/64"),
		netip.MustParsePrefix("10.0.0.1/0"), netip.MustParsePrefix("10.0.0.2/32"),
	}
	if !slices.Equal(ifaces[0].Addrs, want) {
		t.Errorf("addresses %v, want %v", ifaces[0].Addrs, want)
	}
	if got[0].Time != 7000 {
		t.Errorf("time %d: a damaged resolution or offset was believed", got[0].Time)
	}
}

// TestListsAreCapped: what a file can make the reader remember.
func TestListsAreCapped(t *testing.T) {
	f := newBlocks(endians[0])
	var many [][]byte
	for i := range 100 {
		many = append(many, f.option(4, string([]byte{10, 0, 0, byte(i), 255, 0, 0, 0})))
	}
	_, ifaces := mustRead(t, f.iface(1, 0, many...).b)
	if len(ifaces[0].Addrs) != maxAddrs {
		t.Errorf("%d addresses", len(ifaces[0].Addrs))
	}

	f = newBlocks(endians[0])
	for i := range maxInterfaces {
		f.iface(1, 0, f.option(2, fmt.Sprint(i)))
	}
	_, ifaces = mustRead(t, f.b)
	if len(ifaces) != maxInterfaces {
		t.Errorf("%d interfaces", len(ifaces))
	}
	whole := slices.Clone(f.b)
	mustFail(t, f.iface(1, 0, f.option(2, "one more")).b, "more than 64 interfaces")
	mustRead(t, bytes.Repeat(whole, 3))

	f = newBlocks(endians[0])
	options := bytes.Repeat(f.option(1, ""), maxOptions)
	f.iface(1, 0, options, f.option(2, "behind the last that is read"))
	if _, ifaces = mustRead(t, f.b); ifaces[0].Name != "" {
		t.Errorf("name %q", ifaces[0].Name)
	}
}

func TestBadOptions(t *testing.T) {
	for _, e := range endians {
		f := newBlocks(e)
		leaves := f.option(2, "four")
		leaves[2], leaves[3] = 9, 9
		mustFail(t, newBlocks(e).iface(1, 0, leaves).b, "leaves its block")
		mustFail(t, newBlocks(e).iface(1, 0).statistics(0, leaves).b, "leaves its block")
		// Those of frames are not looked at.
		mustRead(t, newBlocks(e).iface(1, 0).enhanced(0, 1, 1, "x", leaves).b)
	}
}

func TestStatistics(t *testing.T) {
	for _, e := range endians {
		f := newBlocks(e)
		f.iface(1, 0, f.option(2, "a")).iface(1, 0, f.option(2, "b"))
		f.statistics(0, f.number(4, 100), f.number(5, 3), f.number(7, 4))
		f.statistics(1, f.number(7, 50), f.option(5, "short"))
		f.statistics(0, f.number(5, 1)) // a total that fell is no news
		f.statistics(0, f.number(5, 5), f.number(6, 999), f.number(7, 5), f.option(0, ""), f.number(5, 1000))
		f.statistics(1)
		f.section(e)
		f.iface(1, 0, f.option(2, "b")).statistics(0, f.number(7, 8))
		_, ifaces := mustRead(t, f.b)
		if ifaces[0].Drops != 10 || ifaces[1].Drops != 58 {
			t.Errorf("%s: drops %d and %d, want 10 and 58", e, ifaces[0].Drops, ifaces[1].Drops)
		}
		f.statistics(0, f.number(5, math.MaxUint64), f.number(7, math.MaxUint64))
		if _, ifaces := mustRead(t, f.b); ifaces[1].Drops != math.MaxUint64 {
			t.Errorf("%s: drops %d wrapped", e, ifaces[1].Drops)
		}
		mustFail(t, f.statistics(1, f.number(5, 1)).b, "interface 1 is not described")
	}
}

// TestUnknownBlocks: they are skipped, whatever their size, and must end as
// they began.
func TestUnknownBlocks(t *testing.T) {
	for _, e := range endians {
		for _, size := range []int{0, 4, 1000, readSize - 4, readSize, maxBlock, maxBlock + 4, 5 << 20} {
			for _, kind := range []uint32{0, 4, 10, 0x80000001, math.MaxUint32} {
				f := newBlocks(e).iface(1, 0).block(kind, make([]byte, size)).enhanced(0, 1, 1, "x")
				if got, _ := mustRead(t, f.b); len(got) != 1 {
					t.Fatalf("%s: %d frames behind a block %#x of %d bytes", e, len(got), kind, size)
				}
			}
			f := newBlocks(e).block(99, make([]byte, size))
			f.b[len(f.b)-2]++
			mustFail(t, f.b, "ends saying")
		}
	}
}

// TestHugeUnknownBlock: 3 GiB are skipped without being held.
func TestHugeUnknownBlock(t *testing.T) {
	const size = 3 << 30
	f := newBlocks(endians[0]).iface(1, 0)
	f.u32(99, size+12)
	tail := newBlocks(endians[0])
	tail.b = nil
	tail.u32(size + 12)
	tail.enhanced(0, 1, 1, "x")
	got, _, err := readAll(t, io.MultiReader(bytes.NewReader(f.b), io.LimitReader(zeros{}, size), bytes.NewReader(tail.b)))
	if err != io.EOF || len(got) != 1 {
		t.Errorf("%d frames, %v", len(got), err)
	}
}

// zeros is endless.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestBadBlocks(t *testing.T) {
	e := endians[0]
	head := func() *blocks { return newBlocks(e).iface(1, 0).enhanced(0, 1, 4, "good") }
	raw := func(words ...uint32) []byte {
		f := head()
		f.u32(words...)
		return append(f.b, make([]byte, 128)...)
	}
	edit := func(f *blocks, fromEnd int, v byte) []byte {
		f.b[len(f.b)-fromEnd] = v
		return f.b
	}
	for _, tt := range []struct {
		name string
		file []byte
		part string
	}{
		{"length 0", raw(6, 0), "a block of 0 bytes"},
		{"length 8", raw(6, 8), "a block of 8 bytes"},
		{"length 33", raw(6, 33), "a block of 33 bytes"},
		{"unknown, length 11", raw(99, 11), "a block of 11 bytes"},
		{"more than is looked into", raw(6, maxBlock+4), "the most is"},
		{"2^32-4", raw(6, math.MaxUint32-3), "the most is"},
		{"ends saying another length", edit(head().enhanced(0, 1, 4, "data"), 3, 1), "ends saying"},
		{"enhanced, too short", head().block(6, make([]byte, 16)).b, "a packet block of 28 bytes"},
		{"obsolete, too short", head().block(2, make([]byte, 16)).b, "a packet block of 28 bytes"},
		{"simple, too short", head().block(3, nil).b, "a packet block of 12 bytes"},
		{"interface, too short", head().block(1, make([]byte, 4)).b, "an interface description of 16 bytes"},
		{"statistics, too short", head().block(5, make([]byte, 8)).b, "interface statistics of 20 bytes"},
		{"section, too short", head().block(0x0a0d0d0a, []byte{0x4d, 0x3c, 0x2b, 0x1a}).b, "a section header of 16 bytes"},
		{"section, no order", head().block(0x0a0d0d0a, make([]byte, 16)).b, "is no byte order"},
		{"frame leaves its block", head().block(6, newBlocks(e).words(0, 0, 0, 5, 5, 0)).b, "leaves its block by 1"},
		{"frame of 2^32-1", head().block(6, newBlocks(e).words(0, 0, 0, math.MaxUint32, 1, 0)).b, "the most is"},
		{"frame of 2^31", head().block(2, newBlocks(e).words(0, 0, 0, 1<<31, 1, 0)).b, "the most is"},
		{"simple of 2^32-1", head().block(3, newBlocks(e).words(math.MaxUint32, 0)).b, "the most is"},
		{"simple leaves its block", head().block(3, newBlocks(e).words(5, 0)).b, "leaves its block by 1"},
		{"interface 1", head().enhanced(1, 1, 1, "x").b, "interface 1 is not described, 1 are"},
		{"interface 2^32-1", head().enhanced(math.MaxUint32, 1, 1, "x").b, "is not described"},
		{"obsolete, interface 65535", head().obsolete(65535, 0, 1, 1, "x").b, "interface 65535 is not described"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if n := mustFail(t, tt.file, tt.part); n != 1 {
				t.Errorf("%d frames before it, wanted 1", n)
			}
		})
	}
	mustFail(t, newBlocks(e).simple(1, "x").b, "interface 0 is not described, 0 are")
	version := newBlocks(e)
	version.b[12] = 2
	mustFail(t, version.b, "pcapng version 2.0")
}
