package main

import (
	"context"
	"time"

	"klaxon/internal/control"
	"klaxon/internal/decode"
	"klaxon/internal/pipeline"
	"klaxon/internal/pipeline/wire"
)

// Rates are told over the last minute: samples are taken every sampleEvery, and
// samplesMax are kept.
const (
	sampleEvery = 10 * time.Second
	samplesMax  = 7
)

// sample is what had been counted at a time.
type sample struct {
	at                               time.Time
	packets, bytes, touches, records uint64
}

// sampleRates takes samples until ctx ends.
func (k *desk) sampleRates(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		k.sample(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (k *desk) sample(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, detectorPatience)
	defer cancel()
	seen, err := k.d.watch.State(ctx)
	if err != nil {
		return // a busy detector is asked the next time
	}
	counts := inEarnest(k.d.pipe.Counts())
	seen.Alarms = k.d.drills.counts.less(seen.Alarms)
	now := k.sampleOf(&seen, &counts)
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.samples) == samplesMax {
		k.samples = append(k.samples[:0], k.samples[1:]...)
	}
	k.samples = append(k.samples, now)
}

func (*desk) sampleOf(seen *wire.State, counts *pipeline.Counts) sample {
	return sample{time.Now(), seen.Tally[decode.Decoded], seen.Bytes, counts.In, seen.Alarms.Records}
}

// rates is what came since the oldest sample, nil when that says too little.
func (k *desk) rates(now sample) *control.Rates {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.samples) == 0 {
		return nil
	}
	old := k.samples[0]
	over := now.at.Sub(old.at)
	if over < time.Second {
		return nil
	}
	per := func(now, old uint64) float64 {
		return float64(max(now, old)-old) / over.Seconds() // a detector that was not asked says 0
	}
	return &control.Rates{
		Over: control.Duration(over.Round(time.Millisecond)), Packets: per(now.packets, old.packets), Bits: 8 * per(now.bytes, old.bytes),
		Touches: per(now.touches, old.touches), Records: per(now.records, old.records),
	}
}
