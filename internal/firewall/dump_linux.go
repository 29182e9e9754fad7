package firewall

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Examine reads the rules of this host's kernel, and tells what becomes of probes
// of each trap.
func Examine(traps []Trap, h Host) ([]Finding, error) {
	rs, err := read()
	if err != nil {
		return nil, err
	}
	return rs.judge(traps, h), nil
}

// read reads the whole ruleset, again when it changed meanwhile.
func read() (rs *ruleset, err error) {
	for range dumpTries {
		if rs, err = readOnce(); !errors.Is(err, errChanged) {
			return rs, err
		}
	}
	return nil, err
}

var errChanged = errors.New("read the rules of nftables: they change all the time: try again")

func readOnce() (*ruleset, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		if errors.Is(err, unix.EPROTONOSUPPORT) || errors.Is(err, unix.EAFNOSUPPORT) {
			return nil, ErrAbsent
		}
		return nil, fmt.Errorf("read the rules of nftables: %w", os.NewSyscallError("socket", err))
	}
	defer unix.Close(fd)
	d := dumper{fd: fd, buffer: make([]byte, 1<<17)}
	rs := newRuleset()
	var sets []named
	for _, step := range []struct {
		what uint16
		take func(family, attributes) error
	}{
		{unix.NFT_MSG_GETTABLE, func(f family, a attributes) error { rs.addTable(f, a); return nil }},
		{unix.NFT_MSG_GETCHAIN, func(f family, a attributes) error { rs.addChain(f, a); return nil }},
		{unix.NFT_MSG_GETRULE, rs.addRule},
		{unix.NFT_MSG_GETSET, func(f family, a attributes) error {
			sets = append(sets, named{f, a.text(unix.NFTA_SET_TABLE), rs.addSet(f, a)})
			return nil
		}},
	} {
		if err := d.dump(step.what, unix.NFPROTO_UNSPEC, nil, step.take); err != nil {
			return nil, err
		}
	}
	for _, s := range sets {
		if err := d.elements(s); err != nil {
			return nil, err
		}
	}
	return rs, nil
}

// named is a set with the table that it is in.
type named struct {
	family family
	table  string
	*set
}

// dumper asks the kernel for lists.
type dumper struct {
	fd     int
	buffer []byte
	seq    uint32
	read   int    // bytes of all answers
	state  uint16 // of the ruleset, as the kernel numbers it; 0 before the first answer
}

// elements reads those of one set.
func (d *dumper) elements(s named) error {
	var request []byte
	request = appendText(request, unix.NFTA_SET_ELEM_LIST_TABLE, s.table)
	request = appendText(request, unix.NFTA_SET_ELEM_LIST_SET, s.name)
	var list []boundary
	err := d.dump(unix.NFT_MSG_GETSETELEM, uint8(s.family), request, func(_ family, a attributes) error {
		if len(list) <= elementsMax {
			list = append(list, boundaries(a.get(unix.NFTA_SET_ELEM_LIST_ELEMENTS))...)
		}
		return nil
	})
	s.fill(list)
	return err
}

func appendText(b []byte, kind uint16, s string) []byte {
	n := attributeHeader + len(s) + 1
	b = binary.NativeEndian.AppendUint16(b, uint16(n))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(append(b, s...), 0)
	return append(b, make([]byte, (4-n%4)%4)...)
}

// dump asks for one list, and calls take with each of its entries.
func (d *dumper) dump(what uint16, f uint8, request []byte, take func(family, attributes) error) error {
	d.seq++
	var m []byte
	m = binary.NativeEndian.AppendUint32(m, uint32(unix.NLMSG_HDRLEN+4+len(request)))
	m = binary.NativeEndian.AppendUint16(m, unix.NFNL_SUBSYS_NFTABLES<<8|what)
	m = binary.NativeEndian.AppendUint16(m, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	m = binary.NativeEndian.AppendUint32(m, d.seq)
	m = binary.NativeEndian.AppendUint32(m, 0)
	m = append(append(m, f, unix.NFNETLINK_V0, 0, 0), request...)
	if err := unix.Sendto(d.fd, m, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("read the rules of nftables: %w", os.NewSyscallError("sendto", err))
	}
	for {
		n, _, err := unix.Recvfrom(d.fd, d.buffer, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read the rules of nftables: %w", os.NewSyscallError("recvfrom", err))
		}
		if d.read += n; d.read > dumpMax {
			return fmt.Errorf("read the rules of nftables: there are more than %d MB of them", dumpMax>>20)
		}
		if done, err := d.messages(append([]byte(nil), d.buffer[:n]...), take); done || err != nil {
			return err
		}
	}
}

// messages takes one datagram of an answer, and tells whether it was the last.
func (d *dumper) messages(b []byte, take func(family, attributes) error) (done bool, err error) {
	for len(b) >= unix.NLMSG_HDRLEN {
		n := int(binary.NativeEndian.Uint32(b))
		if n < unix.NLMSG_HDRLEN || n > len(b) {
			return true, errors.New("read the rules of nftables: the kernel's answer is cut off")
		}
		kind, flags, seq := binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint16(b[6:]), binary.NativeEndian.Uint32(b[8:])
		body := b[unix.NLMSG_HDRLEN:n]
		b = b[min((n+3)&^3, len(b)):]
		switch {
		case seq != d.seq:
		case flags&unix.NLM_F_DUMP_INTR != 0:
			return true, errChanged
		case kind == unix.NLMSG_DONE:
			return true, answerError(body)
		case kind == unix.NLMSG_ERROR:
			return true, answerError(body)
		case len(body) >= 4 && d.moved(binary.BigEndian.Uint16(body[2:])):
			return true, errChanged
		case len(body) >= 4:
			if err := take(family(body[0]), attributesOf(body[4:])); err != nil {
				return true, err
			}
		}
	}
	return false, nil
}

// moved tells whether the ruleset is another one since the first answer.
func (d *dumper) moved(state uint16) bool {
	if d.state == 0 {
		d.state = state
	}
	return d.state != state
}

// answerError reads the kernel's error, as a negative number.
func answerError(body []byte) error {
	if len(body) < 4 {
		return nil
	}
	switch errno := unix.Errno(-int32(binary.NativeEndian.Uint32(body))); errno {
	case 0:
		return nil
	case unix.EPERM, unix.EACCES:
		return ErrPrivilege
	case unix.EINTR, unix.EAGAIN, unix.ENOENT:
		return errChanged // a table or set went away
	case unix.EINVAL, unix.EOPNOTSUPP:
		return ErrAbsent // the module is not there
	default:
		return fmt.Errorf("read the rules of nftables: %w", errno)
	}
}
