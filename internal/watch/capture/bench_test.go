package capture_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/gopacket/gopacket/pcapgo"

	"klaxon/internal/decode"
	"klaxon/internal/watch/capture"
)

// frames is how many frames of 100 bytes the files hold.
const frames = 100_000

func pcapFile(*testing.B) []byte {
	head := []byte{0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0}
	record := append([]byte{1, 0, 0, 0, 2, 0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0}, make([]byte, 100)...)
	return append(head, bytes.Repeat(record, frames)...)
}

func pcapngFile(b *testing.B) []byte {
	var out bytes.Buffer
	w, err := capture.NewWriter(&out, []capture.Interface{{Name: "eth0", Link: decode.LinkEthernet}}, "")
	for i := 0; i < frames && err == nil; i++ {
		err = w.WriteFrame(capture.Frame{Time: int64(i), Data: make([]byte, 100)})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}

// read counts what next returns until the end.
func read(b *testing.B, next func() error) {
	n := 0
	err := next()
	for ; err == nil; err = next() {
		n++
	}
	if err != io.EOF || n != frames {
		b.Fatal(n, err)
	}
}

// BenchmarkReader and BenchmarkPcapgo are weighed in
// docs/decisions/0006-our-own-reader.md.
func BenchmarkReader(b *testing.B) {
	for name, data := range map[string][]byte{"pcap": pcapFile(b), "pcapng": pcapngFile(b)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r, err := capture.NewReader(bytes.NewReader(data))
				if err != nil {
					b.Fatal(err)
				}
				read(b, func() error { _, err := r.Next(); return err })
			}
		})
	}
}

func BenchmarkPcapgo(b *testing.B) {
	b.Run("pcap", func(b *testing.B) {
		data := pcapFile(b)
		b.ReportAllocs()
		for b.Loop() {
			r, err := pcapgo.NewReader(bytes.NewReader(data))
			if err != nil {
				b.Fatal(err)
			}
			read(b, func() error { _, _, err := r.ZeroCopyReadPacketData(); return err })
		}
	})
	b.Run("pcapng", func(b *testing.B) {
		data := pcapngFile(b)
		b.ReportAllocs()
		for b.Loop() {
			r, err := pcapgo.NewNgReader(bytes.NewReader(data), pcapgo.DefaultNgReaderOptions)
			if err != nil {
				b.Fatal(err)
			}
			read(b, func() error { _, _, err := r.ZeroCopyReadPacketData(); return err })
		}
	})
}
