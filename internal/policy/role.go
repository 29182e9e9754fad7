package policy

import (
	"slices"
	"strconv"

	"klaxon"
)

// Role names what a source is for, and with it how it may behave.
type Role string

// The roles.
const (
	RoleEDR        Role = "edr-discovery"
	RoleScanner    Role = "vulnerability-scanner"
	RoleBackup     Role = "backup"
	RoleMonitoring Role = "monitoring"
	RolePrinting   Role = "printing"
)

// RoleNames lists the roles.
func RoleNames() (list []string) {
	for r := range conducts {
		list = append(list, string(r))
	}
	slices.Sort(list)
	return list
}

// conduct is how a role behaves.
type conduct struct {
	techniques []klaxon.Technique
	shapes     []klaxon.Shape
	services   []ServiceRange // none: any
	most       int            // services of a visit; 0 for any number
	pace       float64        // probes a second, on the average of a visit
}

var (
	// looking is what a host does before and beside a connection: it asks for the
	// hardware address and whether anybody is there. A connection that a trap or a
	// scanner's own stack cuts short shows as syn.
	looking = []klaxon.Technique{klaxon.Arp, klaxon.Nd, klaxon.IcmpEcho, klaxon.Connect, klaxon.Syn}
	asking  = append(slices.Clone(looking), klaxon.Udp, klaxon.Version)
	around  = []klaxon.Shape{klaxon.ShapeTouch, klaxon.ShapeVertical, klaxon.ShapeSweep, klaxon.ShapeBlock}
)

// conducts are drawn as the products' manuals describe them, with room above:
// what a role does not need is what rings. The ports are those registered with
// IANA, or that the vendors ask firewalls to open.
var conducts = map[Role]*conduct{
	// A sensor on an ordinary PC that looks for unmanaged neighbours: the ports of
	// remote administration, files, printers, cameras and name services.
	RoleEDR: {techniques: asking, shapes: around, most: 64, pace: 200, services: append(tcp(
		21, 22, 23, 25, 53, 80, 81, 88, 110, 111, 135, 139, 143, 389, 427, 443, 445, 515, 548, 554, 623, 631, 636, 993, 1433, 1883, 3306, 3389, 5000, 5060, 5357,
		5432, 5555, 5900, 5985, 5986, 7547, 8000, 8008, 8009, 8080, 8081, 8443, 8888, 9090, 9100, 62078),
		udp(53, 67, 68, 69, 123, 137, 138, 161, 389, 427, 500, 623, 1434, 1900, 3702, 5060, 5353, 5355, 47808)...)},
	// It may try everything, and does so as fast as it is let.
	RoleScanner: {techniques: append(slices.Clone(asking), klaxon.Fin, klaxon.Null, klaxon.Xmas, klaxon.Ack, klaxon.Flags, klaxon.SctpInit, klaxon.IPProtocol,
		klaxon.IcmpTimestamp, klaxon.IcmpMask, klaxon.OSProbe), shapes: around, pace: 10_000},
	// A server that fetches from, or is fetched by, many hosts over few services.
	RoleBackup: {techniques: looking, shapes: around, most: 16, pace: 20, services: append(tcp(
		22, 111, 135, 139, 443, 445, 548, 873, 902, 1556, 1581, 2049, 3260, 5696, 6101, 6106, 6160, 6162, 6180, 8400, 8403, 9392, 9401, 9876, 10000, 13724, 13782),
		ServiceRange{klaxon.TCP, 1500, 1502}, ServiceRange{klaxon.TCP, 2500, 3300}, ServiceRange{klaxon.TCP, 9101, 9103}, ServiceRange{klaxon.TCP, 10001, 10010})},
	// A server that asks known services over and over.
	RoleMonitoring: {techniques: asking, shapes: around, most: 64, pace: 50, services: append(append(tcp(
		21, 22, 25, 53, 80, 110, 123, 135, 143, 161, 389, 443, 445, 465, 587, 636, 993, 995, 1433, 1521, 3306, 3389, 5432, 5666, 5672, 5985, 5986, 6379, 8080, 8443,
		9090, 9200, 10050, 11211, 12489, 15672, 27017), ServiceRange{klaxon.TCP, 9091, 9199}), udp(53, 123, 161, 514, 623)...)},
	// Clients and servers that look for printers, and printers that look for them.
	RolePrinting: {techniques: asking, shapes: around, most: 24, pace: 50, services: append(append(tcp(
		21, 80, 135, 139, 427, 443, 445, 515, 631, 3910, 3911, 5357, 5358, 8080, 8289, 8611, 8612), ServiceRange{klaxon.TCP, 9100, 9112}),
		udp(137, 161, 427, 1900, 3289, 3702, 5353, 5355, 8610, 8611, 8612)...)},
}

func tcp(ports ...uint16) []ServiceRange { return rangesOver(klaxon.TCP, ports) }
func udp(ports ...uint16) []ServiceRange { return rangesOver(klaxon.UDP, ports) }

func rangesOver(t klaxon.Transport, ports []uint16) (list []ServiceRange) {
	for _, p := range ports {
		list = append(list, ServiceRange{t, p, p})
	}
	return list
}

// breach says what of a scan the role does not show, "" for nothing. Its services
// are not looked at.
func (c *conduct) breach(s *klaxon.Scan) string {
	for _, t := range s.Techniques {
		if !slices.Contains(c.techniques, t) {
			return "does not use " + string(t)
		}
	}
	if !slices.Contains(c.shapes, s.Shape) {
		return "shows no " + string(s.Shape)
	}
	if c.most > 0 && s.Targets.Services > c.most {
		return "has a use for " + strconv.Itoa(c.most) + " services at most, and it looked for " + strconv.Itoa(s.Targets.Services)
	}
	if seconds := s.Last.Sub(s.First).Seconds(); s.Probes >= paceProbes && float64(s.Probes) > c.pace*max(seconds, 1) {
		return "makes " + strconv.FormatFloat(c.pace, 'f', -1, 64) + " probes a second at most"
	}
	return ""
}
