package wire

import "klaxon"

// outlet is a sink with its queue and its goroutine, so that one that hangs
// costs the others nothing.
type outlet struct {
	sink    klaxon.Sink
	queue   chan klaxon.Record
	done    chan struct{}
	failed  func(sink string, err error)
	patient bool // wait for a slow sink: what is read can wait

	written  uint64 // by the sink; its goroutine's until done
	refused  uint64 // by the sink; likewise
	overflow uint64 // never reached the sink; the offering goroutine's
	failing  bool
}

// OutputCounts is what became of the records of one output: all there were =
// Written + Lost.
type OutputCounts struct {
	Name          string
	Written, Lost uint64
}

func newOutlet(s klaxon.Sink, patient bool, failed func(string, error)) *outlet {
	o := &outlet{
		sink: s, patient: patient, failed: failed,
		queue: make(chan klaxon.Record, outletCap), done: make(chan struct{}),
	}
	go o.run()
	return o
}

func (o *outlet) offer(r klaxon.Record) {
	if o.patient {
		o.queue <- r
		return
	}
	select {
	case o.queue <- r:
	default:
		o.overflow++
	}
}

func (o *outlet) run() {
	defer close(o.done)
	batch := make([]klaxon.Record, 0, outletBatch)
	for r := range o.queue {
		batch = append(batch[:0], r)
		for len(batch) < cap(batch) && len(o.queue) > 0 {
			batch = append(batch, <-o.queue)
		}
		o.emit(batch)
	}
}

// emit does not try again: a terminal that is gone stays gone, and a syslog
// daemon may be back for the next record.
func (o *outlet) emit(batch []klaxon.Record) {
	n, err := o.sink.Emit(batch)
	o.written += uint64(n)
	o.refused += uint64(len(batch) - n)
	if err != nil && !o.failing && o.failed != nil {
		o.failed(o.sink.Name(), err)
	}
	o.failing = err != nil
}

// close waits until all that was offered is out.
func (o *outlet) close() OutputCounts {
	close(o.queue)
	<-o.done
	return OutputCounts{Name: o.sink.Name(), Written: o.written, Lost: o.refused + o.overflow}
}
