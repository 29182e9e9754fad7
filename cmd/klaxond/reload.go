package main

import (
	"context"
	"fmt"
	"strings"

	"klaxon"
	"klaxon/internal/check"
	"klaxon/internal/config"
	"klaxon/internal/services"
	"klaxon/internal/systemd"
	"klaxon/internal/watch/listen"
)

// reload reads the configuration again and swaps it in, or keeps the old one
// and says why. It also reopens the files of the outputs, for log rotation.
func (d *daemon) reload(ctx context.Context) {
	systemd.NotifyReloading()
	defer systemd.Notify("READY=1")
	for _, o := range d.sinks {
		if r, ok := o.Sink.(klaxon.Reopener); ok {
			if err := r.Reopen(); err != nil {
				d.say("reopen output %s, the old file stays in use: %v", o.Sink.Name(), err)
			}
		}
	}
	d.reread()
	cfg, status, err := d.takeConfig()
	if err != nil {
		err = check.Denied(err, d.user)
		d.say("the old configuration stays in use: %v", err)
		d.trouble.set(troubleReload, "the configuration was not taken at the last reload, and the one before stays in use: "+brief(err))
		return
	}
	d.trouble.set(troubleReload, "")
	d.lookAtConfig()
	late := needRestart(d.cfg, cfg)
	d.waiting.Store(&late)
	if len(late) > 0 {
		d.say("reloaded; these keys take effect at the next start: %s", strings.Join(late, ", "))
	} else {
		d.say("reloaded")
	}
	// What a reload does not change stays as it is in use.
	d.cfg.Services, d.cfg.Except, d.cfg.Addresses = cfg.Services, cfg.Except, cfg.Addresses
	d.reallow(ctx, cfg.Allow)
	d.trapNews(newBanner(status))
}

// takeConfig reads the configuration, and arms the traps that it names.
func (d *daemon) takeConfig() (config.Config, []listen.Status, error) {
	cfg, warnings, err := config.Load(d.file, d.paths, services.Check)
	if err != nil {
		return cfg, nil, err
	}
	for _, w := range warnings {
		d.say("%s", w)
	}
	traps, err := d.trapConfig(cfg)
	if err != nil {
		return cfg, nil, err
	}
	status, err := d.traps.Apply(traps)
	return cfg, status, err
}

// needRestart names the keys that differ and that a reload leaves alone: they
// belong to what was opened before privilege was given up, or stamp records.
func needRestart(old, now config.Config) []string {
	var keys []string
	for _, k := range []struct {
		name string
		a, b any
	}{
		{"sensor", old.Sensor, now.Sensor},
		{"home", old.Home, now.Home},
		{"ident", old.Ident, now.Ident},
		{"ident_timeout", old.IdentTimeout, now.IdentTimeout},
		{"names", old.Names, now.Names},
		{"mode", old.Mode, now.Mode},
		{"profile", old.Profile, now.Profile},
		{"wire", old.Wire, now.Wire},
		{"store", old.Store, now.Store},
		{"output", old.Output, now.Output},
		{"[[output]]", old.Outputs, now.Outputs},
		{"drill", old.Drill, now.Drill},
	} {
		if fmt.Sprintf("%+v", k.a) != fmt.Sprintf("%+v", k.b) {
			keys = append(keys, k.name)
		}
	}
	return keys
}
