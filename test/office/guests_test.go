package office

import (
	"time"

	"klaxon/internal/synth"
)

// push is a service that programs of telephones prefer to the web. The office
// lets nobody out to it.
type push struct {
	port  uint16
	hosts []*synth.Host
}

// guests are the telephones of visitors behind one address: their programs try a
// port of their own, and when that fails the web's on the same host.
func (o *office) guests() {
	h := o.routed("10.1.9.0/24", 1)
	var services []*push
	for _, port := range []uint16{5223, 5228, 5222, 853} {
		p := &push{port: port}
		for range 12 {
			x := o.Host(o.Anywhere().String()).Open(443)
			if port < 5225 {
				x.Firewalled()
			} else {
				x.Rejects()
			}
			p.hosts = append(p.hosts, x)
		}
		services = append(services, p)
	}
	o.often(o.pace/4, func() {
		if hour := o.Now().Hour(); o.weekend() || hour < 8 || hour > 18 {
			return
		}
		o.resolve(h)
		if !o.chance(.2) {
			o.fetch(h, popular(o, o.sites), 443)
			return
		}
		p := pick(o, services)
		x := pick(o, p.hosts)
		h.Connect(x.Addr, p.port, synth.Talk{Fast: true})
		o.After(2*time.Second, func() { o.fetch(h, &site{host: x}, 443) })
	})
}
