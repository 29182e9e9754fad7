package listen

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"klaxon"
)

// nameHolders fills in Holder where all is held and /proc tells by whom. ours are
// the traps' own sockets: those on the other addresses of a port hold nothing.
func nameHolders(all []Status, ours map[string]bool) {
	var held []*Status
	for i := range all {
		if all[i].State == StateHeld {
			held = append(held, &all[i])
		}
	}
	if len(held) == 0 {
		return
	}
	owned := inodes(held, ours)
	if len(owned) == 0 {
		return
	}
	wanted := make(map[string]string, len(owned)) // "socket:[N]" -> holder
	for _, link := range owned {
		wanted[link] = ""
	}
	findOwners(wanted)
	for st, link := range owned {
		st.Holder = wanted[link]
	}
}

// inodes finds, for each held trap, the socket that holds it, in the form in
// which /proc/PID/fd links to it.
func inodes(held []*Status, ours map[string]bool) map[*Status]string {
	byPort := make(map[port][]*Status)
	for _, st := range held {
		byPort[st.port()] = append(byPort[st.port()], st)
	}
	found := make(map[*Status]string)
	for _, table := range []struct {
		name      string
		transport klaxon.Transport
	}{{"tcp", klaxon.TCP}, {"tcp6", klaxon.TCP}, {"udp", klaxon.UDP}, {"udp6", klaxon.UDP}} {
		readTable("/proc/net/"+table.name, func(r row) {
			if table.transport == klaxon.TCP && !r.listening {
				return
			}
			link := socketLink(r.inode)
			for _, st := range byPort[port{table.transport, r.local.Port()}] {
				if r.holds(st.Addr) && !ours[link] {
					found[st] = link
				}
			}
		})
	}
	return found
}

// socketLink is what /proc/PID/fd links to for a socket.
func socketLink(inode string) string { return "socket:[" + inode + "]" }

// row is a line of /proc/net/tcp and its kin (proc_net_tcp.txt).
type row struct {
	local     netip.AddrPort
	listening bool
	inode     string
}

// holds tells whether the row's socket is in the way of one on addr. A socket
// on :: may or may not take IPv4: /proc does not tell, but addr is held.
func (r row) holds(addr netip.Addr) bool {
	local := r.local.Addr()
	switch {
	case local.Is4() != addr.Is4():
		return addr.Is4() && local.IsUnspecified()
	case addr.IsUnspecified() || local.IsUnspecified():
		return true
	}
	return local == addr.WithZone("")
}

func readTable(path string, each func(row)) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if r, ok := parseRow(lines.Text()); ok {
			each(r)
		}
	}
}

func parseRow(line string) (row, bool) {
	const listenState = "0A"
	f := strings.Fields(line)
	if len(f) < 10 {
		return row{}, false
	}
	addr, number, ok := strings.Cut(f[1], ":")
	if !ok {
		return row{}, false
	}
	local, ok := parseHexAddr(addr)
	p, err := strconv.ParseUint(number, 16, 16)
	if !ok || err != nil {
		return row{}, false
	}
	return row{netip.AddrPortFrom(local, uint16(p)), f[3] == listenState, f[9]}, true
}

// parseHexAddr reads an address as the kernel prints it: words of 32 bits in
// the machine's byte order.
func parseHexAddr(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	addr, ok := netip.AddrFromSlice(b)
	return addr.Unmap(), ok
}

// findOwners looks through the open files of every process it may read for the
// sockets in wanted. The first process found is named.
func findOwners(wanted map[string]string) {
	links, _ := filepath.Glob("/proc/[0-9]*/fd/[0-9]*")
	for _, link := range links {
		to, err := os.Readlink(link)
		if err != nil {
			continue
		}
		if holder, ok := wanted[to]; ok && holder == "" {
			wanted[to] = processName(strings.Split(link, "/")[2])
		}
	}
}

func processName(pid string) string {
	comm, err := os.ReadFile("/proc/" + pid + "/comm")
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s[%s]", bytes.TrimSuffix(comm, []byte("\n")), pid)
}
