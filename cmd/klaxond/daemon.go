package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"klaxon"
	"klaxon/internal/config"
	"klaxon/internal/enrich"
	"klaxon/internal/handover/inbox"
	"klaxon/internal/names"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/wire"
	"klaxon/internal/policy"
	"klaxon/internal/sandbox"
	"klaxon/internal/services"
	"klaxon/internal/systemd"
	"klaxon/internal/watch/listen"
	"klaxon/internal/watch/packet"
)

// retryEvery is how often traps that were held or denied are tried again, and
// addresses that appeared since are armed.
const retryEvery = 30 * time.Second

// daemon is one klaxond from start to end. newDaemon opens what needs
// privilege and then gives it up; run reads the first hostile byte.
type daemon struct {
	file           string
	paths          config.Paths
	user           sandbox.Identity // whom it goes on as
	stdout, stderr io.Writer

	cfg      config.Config
	zones    atomic.Pointer[policy.Zones] // addresses come and go
	sinks    []pipeline.Output
	pipe     *pipeline.Pipeline
	enrich   *enrich.Enricher
	traps    *listen.Set
	own      []config.OwnService // what outputs have of this host, in use until klaxond ends
	ownTraps []bool              // which of these would be traps otherwise
	inbox    *inbox.Inbox        // nil when the hand-over socket could not be made
	live     *packet.Capture
	blind    string   // why the wire is not watched; "" when it is
	absent   []string // interfaces that are named and not there yet
	unheard  []error  // of the interfaces that are named, why not all are watched
	watch    *wire.Watch
	judging  bool // the detector's goroutine runs
	known    known
	records  string  // where the JSON file is, "" for none
	keeper   *keeper // nil when nothing is to be kept in a store
	unkept   bool    // the store could not be opened at the start
	witness  *witness
	boot     string
	desk     *desk // nil when nobody can ask
	gone     gone
	trouble  troubles
	mute     bool // no syslog daemon was there at the start
	allowed  allowed
	gaps     gaps
	started  time.Time
	ready    atomic.Bool // all parts are there, for those who ask from outside
	ending   atomic.Bool // what closes now does so because nobody watches any more
	drills   drills

	trapsSaid  string                   // which traps are armed, as was said last
	waiting    atomic.Pointer[[]string] // keys of the configuration that the next start takes
	unreadable string                   // why a reload could not read the configuration, as was said last
}

func newDaemon(file string, paths config.Paths, stdout, stderr io.Writer) (_ *daemon, err error) {
	d := &daemon{file: file, paths: paths, stdout: stdout, stderr: stderr}
	var warnings []config.Warning
	if d.cfg, warnings, err = config.Load(file, paths, services.Check); err != nil {
		return nil, err
	}
	d.own = config.OwnServices(d.cfg.Outputs)
	for _, w := range warnings {
		d.say("%s", w)
	}
	zones := policy.NewZones(connected(), d.cfg.Home)
	d.zones.Store(&zones)
	if err := d.open(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// open opens, in this order: outputs, traps, the wire, the hand-over socket; then
// it gives up privilege, and makes what needs none.
func (d *daemon) open() error {
	if err := d.alone(); err != nil {
		return err
	}
	user, err := sandbox.Lookup(runAs)
	if err != nil {
		return err
	}
	d.user = self(user)
	if os.Geteuid() == 0 && user.Shared() {
		d.say("there is no user %s: it runs as %s, as others may, so that root alone is answered and believed; make one: useradd -r -s /usr/sbin/nologin %s", runAs, user.Name, runAs)
	}
	if err := d.openOutputs(user); err != nil {
		return err
	}
	if err := d.openStore(user); err != nil {
		return err
	}
	d.prepareSpools(user)
	d.openAllow(user)
	if err := d.openTraps(); err != nil {
		return err
	}
	if err := d.openWire(); err != nil {
		return err
	}
	d.openDrill()
	d.openInbox(user)
	d.openControl(user)
	if err := sandbox.DropTo(user, sandbox.NetBindService); err != nil {
		return err
	}
	d.lookAround()
	d.boot = bootID()
	d.spools()
	d.pipe = pipeline.New(pipeline.Config{
		Sensor: d.cfg.Sensor, Boot: d.boot, Zone: d.zoneOf, Outputs: d.sinks, Detect: d.judge, Told: d.told(), Held: d.heldBefore(),
	})
	d.joinStore()
	d.tellAbsence()
	d.enrich = enrich.New(d.enrichment())
	d.startDetector()
	d.limitMemory()
	d.recall(context.Background())
	d.inform(context.Background())
	d.started = time.Now()
	d.ready.Store(true)
	return nil
}

func (d *daemon) openTraps() error {
	inherited, err := systemd.Listeners()
	if err != nil {
		return err
	}
	cfg, err := d.trapConfig(d.cfg)
	if err != nil {
		return err
	}
	if len(inherited) > 0 && d.passive() {
		return errors.New(`mode = "passive" arms no trap, and the service manager handed over sockets: stop its socket units`)
	}
	for _, in := range inherited {
		defer in.File.Close() // listen.Open keeps its own
		cfg.Inherited = append(cfg.Inherited, in.File)
	}
	d.traps, err = listen.Open(cfg, d.touch)
	return err
}

// touch is called on the listening loop.
func (d *daemon) touch(t *klaxon.Touch, c listen.Conn) {
	if d.drilled(t, c) {
		return
	}
	if c.FD() < 0 {
		d.enrich.Offer(t, nil)
		return
	}
	d.enrich.Offer(t, c)
}

func (d *daemon) enrichment() enrich.Config {
	c := enrich.Config{IdentTimeout: d.cfg.IdentTimeout, Deliver: d.pipe.Touch}
	if d.cfg.Names {
		c.Names = names.Lookup
	}
	switch d.cfg.Ident {
	case config.IdentAll:
		c.Ident = func(*klaxon.Touch) bool { return true }
	case config.IdentInside:
		c.Ident = func(t *klaxon.Touch) bool { return d.zoneOf(t.Source.Addr) == klaxon.ZoneInside }
	}
	return c
}

func (d *daemon) openInbox(user sandbox.Identity) {
	believed := user.UID
	if user.Shared() {
		believed = -1
	}
	in, err := inbox.Open(d.paths.Touch, believed)
	if err != nil {
		d.say("touches of inetd's klaxon will not be joined: %v", err)
		return
	}
	d.inbox = in
}

// run watches until ctx ends, and then lets everything that was seen reach its
// output: watchers stop first, then what they saw is judged, then told.
func (d *daemon) run(ctx context.Context) error {
	defer d.close()
	d.greet()
	stopTelling := background(d.pipe.Run)
	stopTending := background(d.tendStore)
	stopHeld := background(d.tendHeld)
	stopAlive := background(d.tendAlive)
	var sum wire.State
	d.judging = true
	stopJudging := background(func(ctx context.Context) { sum = d.watch.Run(ctx) })
	stopRemembering := background(d.tendMemory)
	stopAnswering := background(d.answer)
	stopCalm := background(d.tendCalm)
	stopShields := background(d.tendShields)
	stopTesting := background(d.tendSelfTest)
	err := d.observe(ctx)
	stopAnswering()
	stopTesting()
	d.enrich.Close()
	d.pipe.Flush()
	stopCalm()
	stopShields()
	stopRemembering()
	d.ending.Store(true)
	stopJudging()
	in := d.traps.Counters()
	d.tellGaps(&in, d.traps.Status(), &sum)
	d.witness.close()
	stopTelling()
	stopHeld()
	stopAlive()
	stopTending()
	d.farewell(&sum)
	return err
}

// background runs f until the function that it returns is called, which waits
// for its end.
func background(f func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	return func() { cancel(); <-done }
}

// observe runs traps and inbox until ctx ends, or the traps cannot go on.
func (d *daemon) observe(ctx context.Context) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var watchers sync.WaitGroup
	watchers.Go(func() {
		defer stop()
		err = d.traps.Run(ctx)
	})
	if d.inbox != nil {
		watchers.Go(func() {
			if err := d.inbox.Run(ctx, d.pipe.Touch); err != nil && ctx.Err() == nil {
				d.say("hand-over: %v", err)
			}
		})
	}
	d.tend(ctx)
	systemd.Notify("STOPPING=1")
	watchers.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// tend does what is due now and then: reload, retry, the watchdog.
func (d *daemon) tend(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	retry := time.NewTicker(retryEvery)
	defer retry.Stop()
	patience := systemd.WatchdogInterval() / 3
	watchdog := tick(patience)
	defer watchdog.Stop()
	if err := systemd.Notify("READY=1"); err != nil {
		d.say("tell the service manager that all is ready: %v", err)
	}
	d.gaps.since, d.absent = time.Now(), d.absentees(interfaceThere)
	d.lookForGaps(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			d.reload(ctx)
			d.inform(ctx)
			d.lookForGaps(ctx)
		case <-retry.C:
			d.traps.Retry()
			d.welcome(interfaceThere)
			d.up(interfaceUp)
			d.lookAtConfig()
			d.inform(ctx)
			d.lookForGaps(ctx)
		case <-watchdog.C:
			if d.alive(ctx, patience) {
				systemd.Notify("WATCHDOG=1")
			}
		}
	}
}

func (d *daemon) close() {
	if d.enrich != nil {
		d.enrich.Close()
	}
	if d.traps != nil {
		d.traps.Close()
	}
	if d.inbox != nil {
		d.inbox.Close()
	}
	if d.live != nil {
		d.live.Close()
	}
	if d.drills.raw != nil {
		d.drills.raw.Close()
	}
	if d.desk != nil {
		d.desk.close()
	}
	d.closeSpools()
	for _, o := range d.sinks {
		if err := o.Sink.Close(); err != nil {
			d.say("close %s: %v", o.Sink.Name(), err)
		}
	}
}

// connected returns the addresses of this host's interfaces, each with the
// length of its prefix.
func connected() []netip.Prefix {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Prefix
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// bootID identifies this run: 8 random bytes.
func bootID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}
