package office

import (
	"time"

	"klaxon/internal/synth"
)

// pod is a container with an address of its own.
type pod struct {
	h    *synth.Host
	node *synth.Host
	port uint16
}

// cluster runs containers that come and go, each with a new address. Who looks
// for them learns it late.
func (o *office) cluster() {
	number := 1
	var running []*pod
	for i := range 30 {
		p := &pod{node: o.servers.nodes[i%4], port: []uint16{8080, 8080, 9090, 3000}[i%4]}
		running = append(running, p)
		var replace func()
		replace = func() {
			o.retire(p)
			p.h = o.routed(pods, number).Open(p.port)
			number++
			o.start(p)
			if o.Now().Before(o.until) {
				o.After(o.gap(8*time.Hour), replace)
			}
		}
		o.After(o.gap(time.Minute), replace)
	}
	prometheus := o.servers.apps[0]
	o.steadily(5*time.Minute, func() {
		o.inTurn(len(running), time.Second, func(i int) {
			if p := running[i]; p.h != nil {
				prometheus.Connect(p.h.Addr, p.port, synth.Talk{Up: 200, Down: 4000})
				p.node.Connect(p.h.Addr, p.port, synth.Talk{End: synth.ByReset})
			}
		})
		o.inTurn(len(o.servers.nodes), time.Second, func(i int) {
			prometheus.Connect(o.servers.nodes[i].Addr, 9100, synth.Talk{Up: 200, Down: 4000})
			prometheus.Connect(o.servers.nodes[i].Addr, 10250, synth.Talk{Up: 200, Down: 4000})
		})
	})
	o.often(20*time.Second, func() { // those who use them
		if p := pick(o, running); p.h != nil {
			pick(o, o.servers.nodes).Connect(p.h.Addr, p.port, synth.Talk{Up: 300, Down: 900})
		}
	})
}

// retire ends a container: for some seconds it refuses, then nobody has its
// address any more, and both are asked for by those who do not know yet.
func (o *office) retire(p *pod) {
	if p.h == nil {
		return
	}
	old, port := p.h, p.port
	old.Close(port)
	users := []*synth.Host{o.servers.apps[0], o.servers.nodes[0], o.servers.nodes[1]}
	o.inTurn(6, 5*time.Second, func(i int) {
		if i == 2 {
			old.Asleep()
		}
		pick(o, users).Connect(old.Addr, port, synth.Talk{Fast: true})
	})
}

// start lets the node ask a new container whether it is ready, too early at first.
func (o *office) start(p *pod) {
	p.h.Close(p.port)
	node, h, port := p.node, p.h, p.port
	o.inTurn(5, 2*time.Second, func(i int) {
		if i == 2 {
			h.Open(port)
		}
		node.Connect(h.Addr, port, synth.Talk{Up: 100, Down: 100})
	})
}
