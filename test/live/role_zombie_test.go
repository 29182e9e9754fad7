//go:build linux

package live

import (
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"

	"klaxon/internal/synth"
)

// zombieAddr is an address on the client's link that no kernel has.
var zombieAddr = [4]byte{10, 77, 0, 99}

// zombie is an old host for idle scans (nmap -sI): it numbers all its packets
// in one row, and resets whatever it did not ask for.
func zombie([]string) error {
	nic, err := net.InterfaceByName("eth0")
	if err != nil {
		return err
	}
	all := htons(unix.ETH_P_ALL)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, int(all))
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: nic.Index}); err != nil {
		return err
	}
	sayReady()
	b, id := make([]byte, 2048), uint16(1000)
	for {
		n, err := unix.Read(fd, b)
		if err != nil {
			return err
		}
		if answer := zombieAnswer(b[:n], nic.HardwareAddr, &id); answer != nil {
			if _, err := unix.Write(fd, answer); err != nil {
				return err
			}
		}
	}
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

func zombieAnswer(b []byte, mac net.HardwareAddr, id *uint16) []byte {
	if len(b) < 42 {
		return nil
	}
	switch kind := binary.BigEndian.Uint16(b[12:]); {
	case kind == unix.ETH_P_ARP && b[21] == 1 && [4]byte(b[38:]) == zombieAddr:
		return arpReply(b, mac)
	case kind == unix.ETH_P_IP && b[14] == 0x45 && b[23] == 6 && [4]byte(b[30:]) == zombieAddr && len(b) >= 54:
		if flags := b[47]; flags&0x04 == 0 {
			*id++
			return tcpReset(b, mac, *id)
		}
	}
	return nil
}

func arpReply(b []byte, mac net.HardwareAddr) []byte {
	r := make([]byte, 42)
	copy(r, b[6:12])
	copy(r[6:], mac)
	copy(r[12:], b[12:20])
	r[21] = 2
	copy(r[22:], mac)
	copy(r[28:], zombieAddr[:])
	copy(r[32:], b[22:32])
	return r
}

// tcpReset refuses a segment (RFC 9293 section 3.10.7.1).
func tcpReset(b []byte, mac net.HardwareAddr, id uint16) []byte {
	r := make([]byte, 54)
	copy(r, b[6:12])
	copy(r[6:], mac)
	copy(r[12:], []byte{8, 0, 0x45, 0, 0, 40, byte(id >> 8), byte(id), 0, 0, 64, 6})
	copy(r[26:], zombieAddr[:])
	copy(r[30:], b[26:30])
	copy(r[34:], b[36:38])
	copy(r[36:], b[34:36])
	if b[47]&0x10 != 0 {
		copy(r[38:42], b[42:46])
		r[47] = 0x04
	} else {
		binary.BigEndian.PutUint32(r[42:], binary.BigEndian.Uint32(b[38:])+1)
		r[47] = 0x14
	}
	r[46] = 0x50
	binary.BigEndian.PutUint16(r[24:], synth.Checksum(r[14:34]))
	pseudo := append(append([]byte{}, r[26:34]...), 0, 6, 0, 20)
	binary.BigEndian.PutUint16(r[50:], synth.Checksum(append(pseudo, r[34:]...)))
	return r
}
