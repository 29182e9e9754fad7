package inbox

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"klaxon"
	"klaxon/internal/handover"
	"klaxon/internal/render"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("KLAXON_TEST_SEND"); path != "" {
		if err := handover.Send(path, render.AppendJSON(nil, touch())); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func touch() *klaxon.Touch {
	return &klaxon.Touch{
		Time: time.Date(2026, 11, 24, 1, 2, 3, 4, time.UTC), Transport: klaxon.TCP, Service: "exec\x1b", Proof: klaxon.ProofHandshake,
		Source: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.7"), Port: 1022, Name: "h.example"},
		Target: klaxon.Endpoint{Addr: netip.MustParseAddr("192.0.2.1"), Port: 512},
		Ident:  &klaxon.Ident{Outcome: klaxon.IdentClaim, Claim: []byte("a\"\\\n~")}, Logged: true,
	}
}

func datagram() *klaxon.Touch {
	t := touch()
	t.Transport, t.Proof, t.Ident = klaxon.UDP, klaxon.ProofNone, nil
	t.Payload = &klaxon.Payload{Sample: []byte{0, 1, 0xff}, Len: 3, SHA256: [32]byte{1, 2, 3}}
	return t
}

// TestRoundTrip: what klaxon writes comes back byte for byte.
func TestRoundTrip(t *testing.T) {
	for _, want := range []*klaxon.Touch{touch(), datagram()} {
		got, err := decode(render.AppendJSON(nil, want))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("\n got %+v\nwant %+v", got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	good := string(render.AppendJSON(nil, datagram()))
	edit := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s lacks %s", good, old)
		}
		return strings.Replace(good, old, new, 1)
	}
	for name, b := range map[string]string{
		"empty": "", "no object": "7", "two objects": good + good, "trailing": good + "x",
		"version": edit(`"v":1`, `"v":2`), "type": edit(`"touch"`, `"alarm"`), "unknown field": edit(`"v":1`, `"v":1,"severity":5`),
		"its own id": edit(`"v":1`, `"v":1,"id":"abcdefghijklmnopqrstuvwxyz"`),
		"proof":      edit(`"proof":"none"`, `"proof":"data"`), "udp with handshake": edit(`"proof":"none"`, `"proof":"handshake"`),
		"port": edit(`"port":1022`, `"port":65536`), "address": edit(`192.0.2.7`, `192.0.2.777`), "no address": edit(`"ip":"192.0.2.7",`, ``),
		"zone": edit(`192.0.2.7`, `fe80::1%eth0`), "raw control byte": edit(`h.example`, "h\x01"), "not escaped": edit(`h.example`, `h\n`),
		"length below sample": edit(`"len":3`, `"len":2`), "hash": edit(`010203`, `0102`), "time": edit(`2026-11-24`, `2026-13-24`),
	} {
		if got, err := decode([]byte(b)); err == nil {
			t.Errorf("%s: taken as %+v", name, got)
		}
	}
}

func TestWhoIsBelieved(t *testing.T) {
	j := judge{klaxonUID: 990}
	now := time.Unix(1000, 0)
	forged := render.AppendJSON(nil, func() *klaxon.Touch { t := touch(); t.Logged = false; return t }())
	for _, uid := range []int{0, 990} {
		if got := j.take(forged, uid, now); got == nil || got.Proof != klaxon.ProofHandshake || got.Marks != nil || !got.Logged {
			t.Errorf("uid %d: %+v", uid, got)
		}
	}
	delivered := 0
	for _, uid := range []int{-1, 65534, 1000} {
		for range relayedBurst {
			if got := j.take(forged, uid, now); got != nil {
				delivered++
				if got.Proof != klaxon.ProofNone || !reflect.DeepEqual(got.Marks, []klaxon.Mark{klaxon.MarkRelayed}) || !got.Logged {
					t.Fatalf("uid %d: %+v", uid, got)
				}
			}
		}
	}
	if delivered != relayedBurst {
		t.Errorf("%d delivered, budget %d", delivered, relayedBurst)
	}
	if j.take(forged, 1000, now.Add(time.Second)) == nil {
		t.Error("the budget does not refill")
	}
	j.take([]byte("{"), 0, now)
	if got, want := j.counts.snapshot(), (Counters{Believed: 2, Relayed: relayedBurst + 1, Refused: 1, HeldBack: 2 * relayedBurst}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestWhen: no touch, whoever says it, is of another time than that in which it
// can have been handed over: one of 2260 would outlive whatever forgets by age, one
// of 1900 is in no list.
func TestWhen(t *testing.T) {
	j := judge{klaxonUID: 990}
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	for _, at := range []struct {
		said, want time.Time
	}{
		{now.AddDate(234, 0, 0), now}, {now.Add(time.Nanosecond), now}, {now, now}, {now.Add(-30 * time.Second), now.Add(-30 * time.Second)},
		{now.Add(-lateMost), now.Add(-lateMost)}, {now.Add(-lateMost - 1), now}, {now.AddDate(-126, 0, 0), now}, {time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), now},
	} {
		x := touch()
		x.Time = at.said
		b := render.AppendJSON(nil, x)
		for uid, want := range map[int]time.Time{0: at.want, 990: at.want, 1000: now} {
			if got := j.take(b, uid, now); got == nil || !got.Time.Equal(want) {
				t.Errorf("uid %d says %s: %+v, want %s", uid, at.said, got, want)
			}
		}
	}
}

func start(t *testing.T, path string) (touches chan *klaxon.Touch, in *Inbox) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("SKIPPED: hand-over: Linux only")
	}
	in, err := Open(path, 990)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	touches = make(chan *klaxon.Touch, 100)
	done := make(chan error)
	go func() { done <- in.Run(ctx, func(t *klaxon.Touch) { touches <- t }) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
		in.Close()
	})
	return touches, in
}

// TestSocket sends from this user and, as root, from another one: the kernel
// tells them apart.
func TestSocket(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	path := filepath.Join(dir, "touch.sock")
	touches, _ := start(t, path)
	if err := handover.Send(path, render.AppendJSON(nil, touch())); err != nil {
		t.Fatal(err)
	}
	got := <-touches
	if believed := os.Getuid() == 0; (got.Proof == klaxon.ProofHandshake) != believed {
		t.Errorf("uid %d: proof %s", os.Getuid(), got.Proof)
	}
	if os.Getuid() != 0 {
		t.Skip("SKIPPED: a touch forged by another user: sending as one needs root")
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "KLAXON_TEST_SEND="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got = <-touches
	if got.Proof != klaxon.ProofNone || !reflect.DeepEqual(got.Marks, []klaxon.Mark{klaxon.MarkRelayed}) {
		t.Errorf("forged: %+v", got)
	}
}

func TestOversizeAndGarbage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "touch.sock")
	touches, in := start(t, path)
	for _, b := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte(" "), maxDatagram+100)} {
		if err := handover.Send(path, b); err != nil {
			t.Fatal(err)
		}
	}
	if err := handover.Send(path, render.AppendJSON(nil, touch())); err != nil {
		t.Fatal(err)
	}
	<-touches
	if c := in.Counters(); c.Refused != 3 {
		t.Errorf("%+v", c)
	}
}

func TestOpenReplacesTheDeadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "touch.sock")
	left, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	if in, err := Open(path, 990); err == nil {
		in.Close()
		t.Error("took a socket from a live klaxond")
	}
	left.Close() // the file stays, as after a crash
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	in, err := Open(path, 990)
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if in, err := Open(path, 990); err == nil {
		in.Close()
		t.Error("replaced a file that is no socket")
	}
}

// FuzzDecode: any datagram is refused, or is a touch that klaxon could have
// written.
func FuzzDecode(f *testing.F) {
	f.Add(render.AppendJSON(nil, touch()))
	f.Add(render.AppendJSON(nil, datagram()))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(render.AppendJSON(nil, got))
		if err != nil {
			t.Fatalf("%v: %s", err, render.AppendJSON(nil, got))
		}
		if again.Source != got.Source && len(got.Source.Name) < 253 {
			t.Fatalf("%+v became %+v", got.Source, again.Source)
		}
	})
}
