package capture

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"net/netip"
)

// Writer writes a pcapng file of one section, little-endian, in nanoseconds. It
// is not safe for concurrent use. Frames are buffered until Close.
type Writer struct {
	w        *bufio.Writer
	drops    []uint64
	received []uint64
	last     int64  // time of the last frame, or of what Advance said later
	block    []byte // scratch
}

// NewWriter writes the header: the comment, when there is one, and ifaces, whose
// indices are those of the frames.
func NewWriter(w io.Writer, ifaces []Interface, comment string) (*Writer, error) {
	if len(comment) > math.MaxUint16 {
		return nil, fmt.Errorf("capture comment of %d bytes, the most is %d", len(comment), math.MaxUint16)
	}
	out := &Writer{w: bufio.NewWriterSize(w, 64<<10)}
	if err := out.header(comment); err != nil {
		return nil, fmt.Errorf("writing capture header: %w", err)
	}
	for _, in := range ifaces {
		if err := out.AddInterface(in); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// AddInterface writes a further interface; its index is the next one.
func (w *Writer) AddInterface(in Interface) error {
	w.drops, w.received = append(w.drops, in.Drops), append(w.received, 0)
	if err := w.describe(in); err != nil {
		return fmt.Errorf("writing capture interface %q: %w", in.Name, err)
	}
	return nil
}

// WriteFrame writes a frame. Its Link is that of its interface; the field is
// not looked at.
func (w *Writer) WriteFrame(f Frame) error {
	if f.Interface < 0 || f.Interface >= len(w.received) {
		return fmt.Errorf("writing frame: interface %d is not described, %d are", f.Interface, len(w.received))
	}
	if len(f.Data) > maxRecord {
		return fmt.Errorf("writing frame: %d bytes, the most is %d", len(f.Data), maxRecord)
	}
	w.received[f.Interface]++
	w.last = max(f.Time, 0)
	w.begin(blockEnhanced)
	w.u32(uint32(f.Interface))
	w.time(w.last)
	w.u32(uint32(len(f.Data)))
	w.u32(uint32(max(f.Length, len(f.Data))))
	w.bytes(f.Data)
	if err := w.end(); err != nil {
		return fmt.Errorf("writing frame: %w", err)
	}
	return nil
}

// SetDrops says how many frames the interface has lost in all. It starts as the
// Drops that NewWriter was given.
func (w *Writer) SetDrops(iface int, total uint64) { w.drops[iface] = total }

// Advance says that time passed without a frame: statistics are of that time.
func (w *Writer) Advance(at int64) { w.last = max(w.last, at) }

// WriteStatistics writes what is known of an interface at this point.
func (w *Writer) WriteStatistics(iface int) error {
	w.begin(blockStatistics)
	w.u32(uint32(iface))
	w.time(w.last)
	w.count(optReceived, w.received[iface])
	w.count(optHostDrops, w.drops[iface])
	w.u32(optEnd)
	if err := w.end(); err != nil {
		return fmt.Errorf("writing capture statistics: %w", err)
	}
	return nil
}

// Flush writes what is buffered.
func (w *Writer) Flush() error {
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("writing capture: %w", err)
	}
	return nil
}

// Close writes the statistics of every interface and what is buffered. It does
// not close the underlying writer.
func (w *Writer) Close() error {
	for i := range w.received {
		if err := w.WriteStatistics(i); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (w *Writer) header(comment string) error {
	w.begin(blockSection)
	w.u32(orderMagic)
	w.u32(1)              // version 1.0
	w.u32(math.MaxUint32) // the section's length is not known,
	w.u32(math.MaxUint32) // which is -1 in 64 bits
	if comment != "" {
		w.option(optComment, []byte(comment))
		w.u32(optEnd)
	}
	return w.end()
}

func (w *Writer) describe(in Interface) error {
	in = in.Kept()
	w.begin(blockInterface)
	w.u32(uint32(in.Link))
	w.u32(0) // no bound on what is captured
	if in.Name != "" {
		w.option(optName, []byte(in.Name))
	}
	for _, a := range in.Addrs {
		w.addr(a)
	}
	w.option(optResolution, []byte{9})
	w.u32(optEnd)
	return w.end()
}

// addr writes what addrOption reads; an invalid prefix is left out.
func (w *Writer) addr(p netip.Prefix) {
	switch {
	case !p.IsValid():
	case p.Addr().Is4():
		v := p.Addr().As4()
		mask := ^uint32(0) << (32 - p.Bits())
		w.option(optIPv4, binary.BigEndian.AppendUint32(v[:], mask))
	default:
		v := p.Addr().As16()
		w.option(optIPv6, append(v[:], byte(p.Bits())))
	}
}

func (w *Writer) begin(kind uint32) {
	w.block = binary.LittleEndian.AppendUint32(w.block[:0], kind)
	w.u32(0) // the length, known at the end
}

// end puts the length at both ends and writes the block.
func (w *Writer) end() error {
	total := uint32(len(w.block) + 4)
	binary.LittleEndian.PutUint32(w.block[4:], total)
	w.u32(total)
	_, err := w.w.Write(w.block)
	return err
}

func (w *Writer) u32(v uint32) { w.block = binary.LittleEndian.AppendUint32(w.block, v) }

// time writes a time as its upper half, then its lower.
func (w *Writer) time(t int64) {
	w.u32(uint32(t >> 32))
	w.u32(uint32(t))
}

// bytes writes b, padded to 32 bits.
func (w *Writer) bytes(b []byte) {
	w.block = append(w.block, b...)
	w.block = append(w.block, 0, 0, 0)[:(len(w.block)+3)&^3]
}

func (w *Writer) option(code uint16, value []byte) {
	w.u32(uint32(code) | uint32(len(value))<<16)
	w.bytes(value)
}

func (w *Writer) count(code uint16, n uint64) {
	var v [8]byte
	binary.LittleEndian.PutUint64(v[:], n)
	w.option(code, v[:])
}
