package scenario

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/synth"
	"klaxon/internal/watch/capture"
)

var update = flag.Bool("update", false, "write testdata/captures anew; what is told must then be read line by line")

const captures = "../../testdata/captures"

// golden are stories small enough to keep as capture files, for those who want
// to see what a scan looks like, and for programs that read files.
var golden = []scenario{
	{"nmap-syn", func(s *stage) {
		x := s.site4()
		x.evil.Nmap().SYN(addrs(x.web), []uint16{21, 22, 23, 25, 80, 110, 143, 443, 3389, 8080})
	}},
	{"nmap-syn-ipv6-fragments", func(s *stage) {
		x := s.site6()
		n := x.evil.Nmap()
		n.Fragment = 8
		n.SYN(addrs(x.web), []uint16{21, 22, 23, 25, 80, 110, 143, 443})
	}},
	{"nmap-fin-null-xmas", func(s *stage) {
		x := s.site4()
		n := x.evil.Nmap()
		n.FIN(addrs(x.web), []uint16{21, 23, 25, 110})
		n.Null(addrs(x.web), []uint16{21, 23, 25, 110})
		n.Xmas(addrs(x.web), []uint16{21, 23, 25, 110})
	}},
	{"nmap-ack-sweep", func(s *stage) {
		x := s.site4()
		x.evil.Nmap().ACK(x.all(1, 12), []uint16{443})
	}},
	{"nmap-udp", func(s *stage) {
		x := s.site4()
		n := x.evil.Nmap()
		n.Pace = 1200 * time.Millisecond
		n.UDP(addrs(x.web), []uint16{53, 67, 69, 111, 123, 137, 161, 500, 514, 520, 1900, 5353})
	}},
	{"nmap-os-and-version", func(s *stage) {
		x := s.site4()
		n := x.evil.Nmap()
		n.SYN(addrs(x.web), []uint16{1, 22, 80})
		n.OS(x.web.Addr, 80, 1, 0)
		n.Version(x.web.Addr, []uint16{22, 80})
	}},
	{"nmap-decoys", func(s *stage) {
		x := s.site4()
		n := x.evil.Nmap()
		n.Decoys = synth.Range("192.0.2.0/24", 31, 34)
		n.SYN(addrs(x.web), []uint16{21, 22, 23, 25, 80})
	}},
	{"masscan-sweep", func(s *stage) {
		x := s.site4()
		x.evil.Masscan().SYN(x.all(1, 60), []uint16{3389})
	}},
	{"connect-slow", func(s *stage) {
		x := s.site4()
		n := x.evil.Nmap()
		n.Pace = 15 * time.Second
		n.Connect(addrs(x.web), synth.Ports(1000, 1012))
	}},
	{"sctp-init", func(s *stage) {
		x := s.site4()
		x.evil.Nmap().SCTPInit(addrs(x.Host().OpenSCTP(36412)), append(synth.Ports(2900, 2912), 36412))
	}},
	{"arp-sweep", func(s *stage) {
		x := s.site4()
		x.Resolve = true
		x.insider.Nmap().Neighbours(x.all(1, 100))
	}},
	{"erspan-vlan", func(s *stage) {
		x := s.site4()
		s.mirrors = true
		s.Watch(synth.Tap{Link: decode.LinkEthernet, VLANs: []uint16{7}, Tunnel: synth.ERSPAN})
		x.evil.Nmap().SYN(addrs(x.web), []uint16{21, 22, 23, 25, 80})
	}},
	{"bond-and-member", func(s *stage) {
		x := s.site4()
		s.Watch(synth.Tap{Link: decode.LinkEthernet}, synth.Tap{Link: decode.LinkEthernet, Interface: 1, Delay: 3 * time.Microsecond})
		x.evil.Nmap().Connect(addrs(x.web), synth.Ports(1000, 1015))
	}},
	{"syn-flood", func(s *stage) {
		x := s.site4()
		x.web.Firewalled()
		x.evil.Flood(x.web.Addr, 8443, 1100, 3*time.Millisecond, s.Anywhere)
	}},
	{"innocent-morning", func(s *stage) {
		x := s.site4()
		for i := range 40 {
			x.pcs[i%7].Ask(x.mail.Addr, 53, 40)
			x.pcs[i%7].Connect(s.far(x, i%12).Open(443).Addr, 443, synth.Talk{Up: 200, Down: 900})
			if i%8 == 0 {
				x.pcs[i%7].Connect(x.web.Addr, 8443, synth.Talk{})
			}
			s.Wait(2 * time.Second)
		}
	}},
}

func TestGolden(t *testing.T) {
	for _, sc := range golden {
		t.Run(sc.name, func(t *testing.T) {
			path := filepath.Join(captures, sc.name)
			frames, mirrors := record(sc)
			if *update {
				write(t, path+".pcapng.gz", pack(t, frames))
			}
			kept := unpack(t, path+".pcapng.gz")
			same(t, frames, kept)
			told := dump(t, tell(kept, mirrors))
			if *update {
				write(t, path+".json", told)
			}
			want, err := os.ReadFile(path + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(told, want) {
				t.Errorf("%s is told otherwise now:\n%s\nwanted (go test ./test/scenario -run Golden -update, and read it):\n%s", sc.name, told, want)
			}
		})
	}
}

// TestGoldenSize keeps the files few KB each.
func TestGoldenSize(t *testing.T) {
	var total int64
	files, err := filepath.Glob(filepath.Join(captures, "*.*"))
	if err != nil || len(files) != 2*len(golden) {
		t.Errorf("%d files in %s, two for each of %d stories are wanted (%v)", len(files), captures, len(golden), err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			total += info.Size()
		}
	}
	if total > 1<<20 {
		t.Errorf("%d bytes in %s, 1 MiB is the most", total, captures)
	}
}

// record plays a story without a detector.
func record(sc scenario) (frames []capture.Frame, mirrors bool) {
	s := &stage{}
	s.World = synth.New(1, func(f capture.Frame) {
		f.Data = bytes.Clone(f.Data)
		frames = append(frames, f)
	})
	sc.play(s)
	s.Finish()
	return frames, s.mirrors
}

// tell is what a detector says of frames.
func tell(frames []capture.Frame, mirrors bool) []*klaxon.Alarm {
	s := &stage{seed: 1, mirrors: mirrors}
	for _, f := range frames {
		s.take(f)
	}
	if s.detector != nil {
		s.detector.Close()
	}
	return s.alarms
}

func pack(t *testing.T, frames []capture.Frame) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	ifaces := []capture.Interface{{Name: "eth0", Link: frames[0].Link}, {Name: "eth1", Link: frames[0].Link}}
	w, err := capture.NewWriter(z, ifaces, "made by internal/synth")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range frames {
		if err := w.WriteFrame(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func unpack(t *testing.T, path string) (frames []capture.Frame) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := capture.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for {
		x, err := r.Next()
		if errors.Is(err, io.EOF) {
			return frames
		}
		if err != nil {
			t.Fatal(err)
		}
		x.Data = bytes.Clone(x.Data)
		frames = append(frames, x)
	}
}

// same holds the synthesiser to what it made before.
func same(t *testing.T, now, kept []capture.Frame) {
	t.Helper()
	if len(now) != len(kept) {
		t.Fatalf("the story has %d frames, its file %d: was the synthesiser changed? (-update)", len(now), len(kept))
	}
	for i := range now {
		if now[i].Time != kept[i].Time || now[i].Interface != kept[i].Interface || !bytes.Equal(now[i].Data, kept[i].Data) {
			t.Fatalf("frame %d differs from the file's: was the synthesiser changed? (-update)\n%x\n%x", i, now[i].Data, kept[i].Data)
		}
	}
}

// line is an alarm as the golden files keep it, until it is read by a person.
type line struct {
	Event      klaxon.Event       `json:"event"`
	ID         string             `json:"id"`
	Time       time.Time          `json:"time"`
	First      time.Time          `json:"first"`
	Last       time.Time          `json:"last"`
	Zone       klaxon.Zone        `json:"zone"`
	Source     string             `json:"source,omitempty"`
	MAC        string             `json:"mac,omitempty"`
	Sources    []netip.Addr       `json:"sources,omitempty"`
	Several    int                `json:"sources_total,omitempty"`
	Techniques []klaxon.Technique `json:"technique"`
	Shape      klaxon.Shape       `json:"shape"`
	Marks      []klaxon.Mark      `json:"marks,omitempty"`
	Tool       string             `json:"tool,omitempty"`
	Proof      string             `json:"proof"`
	Confidence string             `json:"confidence"`
	Severity   int                `json:"severity"`
	Why        string             `json:"why"`
	Probes     uint64             `json:"probes"`
	Hosts      int                `json:"hosts"`
	Services   int                `json:"services"`
	Dst        []netip.Addr       `json:"dst,omitempty"`
	Ports      []string           `json:"ports,omitempty"`
	Open       []string           `json:"open,omitempty"`
	More       bool               `json:"more,omitempty"`
}

func dump(t *testing.T, alarms []*klaxon.Alarm) []byte {
	t.Helper()
	list := []line{}
	for _, a := range alarms {
		list = append(list, lineOf(a))
	}
	b, err := json.MarshalIndent(list, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	return append(b, '\n')
}

func lineOf(a *klaxon.Alarm) line {
	l := line{
		Event: a.Event, ID: a.ID, Time: a.Time, First: a.First, Last: a.Last, Zone: a.Zone,
		Sources: a.Sources, Several: a.SourcesTotal, Techniques: a.Techniques, Shape: a.Shape, Marks: a.Marks, Tool: a.Tool.Name,
		Proof: a.Proof.String(), Confidence: a.Confidence.String(), Severity: a.Severity, Why: a.Why, Probes: a.Probes,
		Hosts: a.Targets.Hosts, Services: a.Targets.Services, Dst: a.Targets.Dst, More: a.Targets.More,
	}
	if a.Source.Addr.IsValid() {
		l.Source = a.Source.Addr.String()
	}
	if a.Source.MAC != [6]byte{} {
		l.MAC = fmt.Sprintf("%x", a.Source.MAC)
	}
	for _, r := range []struct {
		name string
		list []klaxon.PortRange
	}{{"tcp", a.Targets.TCP}, {"udp", a.Targets.UDP}, {"sctp", a.Targets.SCTP}, {"ip", a.Targets.Protocols}} {
		for _, p := range r.list {
			l.Ports = append(l.Ports, fmt.Sprintf("%s/%d-%d", r.name, p.First, p.Last))
		}
	}
	for _, p := range a.Targets.Open {
		l.Open = append(l.Open, fmt.Sprintf("%s/%d", p.Transport, p.Number))
	}
	return l
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}
