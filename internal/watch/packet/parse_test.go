package packet

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/net/bpf"

	"klaxon/internal/decode"
)

// tcpPort22 is what tcpdump 4.99 prints for `-ddd -y EN10MB tcp port 22`.
const tcpPort22 = `20
40 0 0 12
21 0 6 34525
48 0 0 20
21 0 15 6
40 0 0 54
21 12 0 22
40 0 0 56
21 10 11 22
21 0 10 2048
48 0 0 23
21 0 8 6
40 0 0 20
69 6 0 8191
177 0 0 14
72 0 0 14
21 2 0 22
72 0 0 16
21 0 1 22
6 0 0 262144
6 0 0 0
`

func parse(t testing.TB, text string) []bpf.RawInstruction {
	t.Helper()
	p, err := ParseFilter(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseFilter(t *testing.T) {
	got := parse(t, tcpPort22)
	if len(got) != 20 || got[12] != (bpf.RawInstruction{Op: 69, Jt: 6, K: 8191}) {
		t.Errorf("%d instructions, the 13th %+v", len(got), got[min(12, len(got)-1)])
	}
	for _, text := range []string{"1\n6 0 0 0", "1\r\n6 0 0 0\r\n\r\n", " 1 \n\n\t6 0  0 0 \n"} {
		if got := parse(t, text); !slices.Equal(got, []bpf.RawInstruction{{Op: 6}}) {
			t.Errorf("%q: %v", text, got)
		}
	}
	// Linux's own loads (here: is there a VLAN tag?) are the kernel's to judge.
	parse(t, "3\n48 0 0 4294963248\n21 0 0 1\n6 0 0 1\n")
}

func TestParseFilterErrors(t *testing.T) {
	ret := strings.Repeat("6 0 0 0\n", maxInstructions+1)
	for name, c := range map[string]struct{ text, want string }{
		"empty":                 {"", "empty"},
		"no number":             {"tcp port 22\n", "line 1"},
		"none":                  {"0\n", "line 1"},
		"too many":              {"4097\n" + ret, "line 1"},
		"huge":                  {"99999999999999999999\n", "line 1"},
		"more than told":        {"1\n6 0 0 0\n6 0 0 0\n", "line 3"},
		"fewer than told":       {"2\n6 0 0 0\n", "1 instructions"},
		"three numbers":         {"1\n6 0 0\n", "line 2"},
		"five numbers":          {"1\n6 0 0 0 0\n", "line 2"},
		"negative":              {"1\n6 0 0 -1\n", "line 2"},
		"hexadecimal":           {"1\n0x6 0 0 0\n", "line 2"},
		"as C (tcpdump -dd)":    {"{ 0x6, 0, 0, 0x00040000 },\n", "line 1"},
		"a jump of 256":         {"2\n21 256 0 0\n6 0 0 0\n", "line 2"},
		"no such operation":     {"2\n255 0 0 0\n6 0 0 0\n", "operation"},
		"an operation too long": {"2\n65535 0 0 0\n6 0 0 0\n", "operation"},
		"ldx [0], which is not": {"2\n33 0 0 0\n6 0 0 0\n", "operation"},
		"scratch 16":            {"2\n2 0 0 16\n6 0 0 0\n", "scratch"},
		"ret x":                 {"1\n14 0 0 0\n", "operation"},
		"no return":             {"1\n40 0 0 12\n", "without a return"},
		"a jump to the end":     {"2\n5 0 0 1\n6 0 0 0\n", "without a return"},
		"a jump around":         {fmt.Sprintf("2\n5 0 0 %d\n6 0 0 0\n", uint32(math.MaxUint32)), "without a return"},
		"true jump out":         {"2\n21 1 0 0\n6 0 0 0\n", "without a return"},
		"false jump out":        {"2\n21 0 1 0\n6 0 0 0\n", "without a return"},
		"division by 0":         {"2\n52 0 0 0\n6 0 0 0\n", "zero"},
		"remainder by 0":        {"2\n148 0 0 0\n6 0 0 0\n", "zero"},
		"shift by 32":           {"2\n100 0 0 32\n6 0 0 0\n", "shifts"},
		"a line without end":    {"1\n" + strings.Repeat(" ", 1<<20), "longer"},
		"a first line such":     {strings.Repeat("1", 1<<20), "longer"},
		"a NUL":                 {"1\n6 0 0 0\x00\n", "line 2"},
	} {
		p, err := ParseFilter(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || p != nil {
			t.Errorf("%s: %v, %v; want an error with %q", name, p, err, c.want)
		}
	}
	if _, err := ParseFilter(iotest.ErrReader(fmt.Errorf("disk on fire"))); err == nil || !strings.Contains(err.Error(), "disk on fire") {
		t.Errorf("a read error became %v", err)
	}
	if p := parse(t, "4096\n"+ret[:8*maxInstructions]); len(p) != maxInstructions {
		t.Errorf("of the longest program %d instructions are left", len(p))
	}
}

// TestBoth: a packet must please the user's filter and ours, and ours says how
// much of it is kept.
func TestBoth(t *testing.T) {
	second, err := filter(decode.LinkEthernet, false)
	if err != nil {
		t.Fatal(err)
	}
	segment := func(port, flags int) []byte {
		b := tcp{flags: flags, seq: 9, window: 64240, data: 9}.bytes()
		copy(b[2:], u16(port))
		return eth(v4{proto: protoTCP}.with(b), etherIPv4)
	}
	for name, c := range map[string]struct {
		text  string
		frame []byte
		want  int
	}{
		"both":                {tcpPort22, segment(22, syn), snapHeaders},
		"not ours":            {tcpPort22, segment(22, ack), 0},
		"not theirs":          {tcpPort22, segment(23, syn), 0},
		"neither":             {tcpPort22, segment(23, ack), 0},
		"everything":          {"1\n6 0 0 262144\n", segment(23, syn), snapHeaders},
		"nothing":             {"1\n6 0 0 0\n", segment(23, syn), 0},
		"ret a, passed":       {"2\n128 0 0 0\n22 0 0 0\n", segment(23, syn), snapHeaders},
		"ret a, ours not":     {"2\n128 0 0 0\n22 0 0 0\n", segment(23, ack), 0},
		"ret a, dropped":      {"2\n0 0 0 0\n22 0 0 0\n", segment(23, syn), 0},
		"ret a after others":  {"4\n48 0 0 0\n21 0 1 2\n6 0 0 7\n22 0 0 0\n", segment(23, syn), snapHeaders},
		"an early ret 0":      {"4\n48 0 0 0\n21 0 1 3\n6 0 0 7\n6 0 0 0\n", segment(23, syn), 0},
		"registers left full": {"4\n0 0 0 77\n2 0 0 0\n7 0 0 0\n6 0 0 1\n", segment(23, syn), snapHeaders},
	} {
		joined, err := both(parse(t, c.text), second)
		if err != nil {
			t.Fatal(err)
		}
		if got := machine(t, joined)(c.frame); got != c.want {
			t.Errorf("%s: %d bytes pass, want %d", name, got, c.want)
		}
	}
	longest := parse(t, "4096\n"+strings.Repeat("6 0 0 1\n", maxInstructions))
	if _, err := both(longest, second); err == nil {
		t.Error("a program was made that the kernel cannot take")
	}
}

// FuzzParseFilter: what is accepted can be joined with ours, runs, and passes
// exactly what both pass.
func FuzzParseFilter(f *testing.F) {
	f.Add([]byte(tcpPort22), eth(v4{proto: protoTCP}.with(tcp{flags: syn}.bytes()), etherIPv4))
	f.Add([]byte("2\n128 0 0 0\n22 0 0 0\n"), []byte{1, 2, 3})
	f.Add([]byte("4\n48 0 0 0\n21 0 1 2\n6 0 0 7\n22 0 0 0\n"), []byte{2})
	f.Add([]byte("3\n48 0 0 4294963248\n21 0 0 1\n6 0 0 1\n"), []byte{})
	second, err := filter(decode.LinkEthernet, false)
	if err != nil {
		f.Fatal(err)
	}
	alone := ours(f, decode.LinkEthernet, false)
	f.Fuzz(func(t *testing.T, text, frame []byte) {
		first, err := ParseFilter(strings.NewReader(string(text)))
		if err != nil || len(first)+len(second)+2 > maxInstructions {
			return
		}
		joined, err := both(first, second)
		if err != nil {
			t.Fatal(err)
		}
		user, runs := runnable(first)
		if !runs {
			return
		}
		want := alone(frame)
		if user(frame) == 0 {
			want = 0
		}
		if got := machine(t, joined)(frame); got != want {
			t.Errorf("%d bytes pass, want %d", got, want)
		}
	})
}

// runnable makes a machine for a program, unless it uses what only the kernel
// has: x/net's machine knows no negation and no extension but the length.
func runnable(raw []bpf.RawInstruction) (func([]byte) int, bool) {
	program, _ := bpf.Disassemble(raw)
	for _, ins := range program {
		if _, negates := ins.(bpf.NegateA); negates {
			return nil, false
		}
	}
	vm, err := bpf.NewVM(program)
	if err != nil {
		return nil, false
	}
	return func(frame []byte) int {
		n, err := vm.Run(frame)
		if err != nil {
			return 0
		}
		return n
	}, true
}
