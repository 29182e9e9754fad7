//go:build linux

package live

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/evidence"
	"klaxon/internal/watch/capture"
)

// keeper keeps the packets of alarms as tocsin -evidence does, in memory.
type keeper struct {
	store *evidence.Store
	files map[string][]byte // by alarm
	sizes map[string]int    // in frames
	err   error
}

func newKeeper() *keeper {
	return &keeper{store: evidence.New(1), files: make(map[string][]byte), sizes: make(map[string]int)}
}

func (k *keeper) Packet(p *decode.Packet, f *capture.Frame) {
	k.store.Packet(p, &evidence.Frame{At: f.Time, Interface: f.Interface, Length: f.Length, Data: f.Data})
}

func (k *keeper) Alarm(a *klaxon.Alarm, ifaces []capture.Interface) string {
	if frames, _ := k.store.Alarm(a); frames != nil {
		k.keep(a.ID, ifaces, frames)
	}
	return a.ID + ".pcapng"
}

func (k *keeper) keep(id string, ifaces []capture.Interface, frames []evidence.Frame) {
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, ifaces, "")
	for i := 0; err == nil && i < len(frames); i++ {
		f := &frames[i]
		err = w.WriteFrame(capture.Frame{Time: f.At, Interface: f.Interface, Length: f.Length, Data: f.Data})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		k.err = err
	}
	k.files[id], k.sizes[id] = b.Bytes(), len(frames)
}

// reproduces holds what the packets of each alarm tell by themselves against it.
func (k *keeper) reproduces(t *testing.T, name string, alarms []*klaxon.Alarm) {
	t.Helper()
	if k.err != nil {
		t.Error(k.err)
	}
	var problems []string
	for _, a := range alarms {
		if a.Event != klaxon.EventClose {
			continue
		}
		if n := k.sizes[a.ID]; n == 0 || n > evidence.FramesMax {
			t.Errorf("%d frames of evidence", n)
			continue
		}
		if a.Shape == klaxon.ShapeFlood {
			continue // 64 packets are none
		}
		again, _ := judge(t, bytes.NewReader(k.files[a.ID]))
		if !slices.ContainsFunc(again, func(b *klaxon.Alarm) bool { return b.Event == klaxon.EventClose && tells(b) == tells(a) }) {
			problems = append(problems, fmt.Sprintf("evidence of %s does not tell it again:%s", tells(a), all(again)))
		}
	}
	if unshown[name] != "" {
		if len(problems) == 0 {
			t.Errorf("its evidence shows all, though %s", unshown[name])
		}
		return
	}
	for _, p := range problems {
		t.Error(p)
	}
}

// tells is what evidence must tell again.
func tells(a *klaxon.Alarm) string {
	techniques := slices.Clone(a.Techniques)
	slices.Sort(techniques)
	sure := min(a.Confidence, klaxon.Established)
	return fmt.Sprintf("%v/%s from %v by %q, %s", techniques, a.Shape, a.Source.Addr, a.Tool.Name, sure)
}

func all(alarms []*klaxon.Alarm) (text string) {
	for _, a := range alarms {
		if a.Event == klaxon.EventClose {
			text += " " + tells(a)
		}
	}
	return text
}

// unshown are the recordings of which 64 packets do not show all, with the
// reason.
var unshown = map[string]string{
	"nmap-discovery_PR_flooding":  fewAsked,
	"nmap-discovery_PR_switching": fewAsked,
	"switched_of_a_mixed_block":   fewAsked,
	"switched_of_dark_addresses":  fewAsked,
}

const fewAsked = "an address counts when it was asked for twice, and it takes 40 addresses"
