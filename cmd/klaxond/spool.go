package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"klaxon"
	"klaxon/internal/owed"
	"klaxon/internal/pipeline"
	"klaxon/internal/sandbox"
	"klaxon/internal/sink/mail"
)

// arrearsFolder is where, beside the store, each output has a file of what it owes.
const (
	arrearsFolder = "outputs"
	arrearsSuffix = ".owed"
)

// arrears is what one output owes, and what was said of its file.
type arrears struct {
	d    *daemon
	name string
	list *owed.List

	mu   sync.Mutex
	said string
}

// say tells of a disk that fails, once for each way in which it does.
func (a *arrears) say(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if text := err.Error(); text != a.said {
		a.said = text
		a.d.say("output %s: %v: until that is mended, a restart may lose or repeat records of it", a.name, err)
	}
}

func (a *arrears) flush() {
	if err := a.list.Flush(); err != nil {
		a.say(err)
	}
}

// lasting names the outputs whose records are owed: not a terminal, which has no
// other who must read all, and not a page of counts.
func (d *daemon) lasting() map[string]bool {
	names := map[string]bool{}
	for i := range d.cfg.Outputs {
		if o := &d.cfg.Outputs[i]; o.Enabled && o.Type != "terminal" && o.Type != "metrics" {
			names[o.Name] = true
		}
	}
	return names
}

func (d *daemon) arrearsDir() string {
	return filepath.Join(filepath.Dir(d.cfg.Store.Path), arrearsFolder)
}

// prepareSpools makes the folder, while klaxond may still give it away.
func (d *daemon) prepareSpools(user sandbox.Identity) {
	if d.keeper == nil || len(d.lasting()) == 0 {
		return
	}
	if err := prepare(d.arrearsDir(), user); err != nil {
		d.say("what outputs have not delivered is lost at the next restart: %v", err)
	}
}

// spools gives each [[output]] a file of what it owes, whose records are in the
// store. Without a store there is none: then an output has its queue, in memory.
func (d *daemon) spools() {
	if d.keeper == nil {
		return
	}
	known := d.lasting()
	for i := range d.sinks {
		if o := &d.sinks[i]; known[o.Sink.Name()] && o.Sink != klaxon.Sink(d.keeper) {
			o.Spool = d.spool(o.Sink.Name())
			if m, ok := o.Sink.(*mail.Sink); ok {
				d.keepLate(m)
			}
		}
	}
	d.forgetSpools(known)
}

func (d *daemon) spool(name string) pipeline.Spool {
	list, err := owed.Open(filepath.Join(d.arrearsDir(), name+arrearsSuffix))
	if err != nil {
		what := fmt.Sprintf("what output %s has not delivered is lost at the next restart: %v", name, err)
		d.trouble.set(troubleOwed+name, what)
		d.tellOwed(name, klaxon.HealthDisk, 0, what)
		return pipeline.Spool{}
	}
	if aside := list.Aside(); aside != "" {
		d.tellOwed(name, klaxon.HealthDisk, 0, fmt.Sprintf("what output %s had not delivered cannot be read: the file was none of klaxond's, or all of it is damaged; it is kept as %s", name, aside))
	}
	if n := list.Damaged(); n > 0 {
		d.tellOwed(name, klaxon.HealthDrops, n, fmt.Sprintf("the list of what output %s had not delivered was damaged: the names of %d records of it are lost", name, n))
	}
	a := &arrears{d: d, name: name, list: list}
	d.keeper.owing = append(d.keeper.owing, a)
	f := &finder{store: d.keeper, boot: owed.BootOf(d.boot)}
	return pipeline.Spool{Owed: list, Find: f.find, Say: a.say}
}

// tellOwed tells what became of what an output owed, to all who hear of health, and
// to who starts klaxond.
func (d *daemon) tellOwed(name string, what klaxon.HealthWhat, count uint64, detail string) {
	d.say("%s", detail)
	d.keeper.tell(klaxon.Health{What: what, Since: time.Now(), Count: count, Output: name, Detail: detail})
}

// forgetSpools removes what outputs owed that are not there any more.
func (d *daemon) forgetSpools(known map[string]bool) {
	files, err := os.ReadDir(d.arrearsDir())
	if err != nil {
		return // it was said when it could not be made
	}
	for _, f := range files {
		path := filepath.Join(d.arrearsDir(), f.Name())
		name, ours := strings.CutSuffix(f.Name(), arrearsSuffix)
		name, late := strings.CutSuffix(name, lateSuffix)
		if !ours && !late || known[name] || !f.Type().IsRegular() {
			continue
		}
		if late {
			d.say("there is no output %s any more: mails of it that some receivers have not got are lost", name)
		} else if list, err := owed.Open(path); err == nil {
			touches, alarms, health, _ := list.Kinds() // none that can be read, then
			if n := touches + alarms + health; n > 0 {
				d.say("there is no output %s any more: %d records that it had not delivered are in the store alone", name, n)
			}
			list.Close()
		}
		if err := os.Remove(path); err != nil {
			d.say("what an output owed that is gone stays: %v", err)
		}
	}
}

// closeSpools lets go of the files, with what is left in them. It comes after the
// last record.
func (d *daemon) closeSpools() {
	if d.keeper == nil {
		return
	}
	for _, a := range d.keeper.owing {
		if err := a.list.Close(); err != nil {
			a.say(err)
		}
	}
}
