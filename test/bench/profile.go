package main

import (
	"fmt"
	"os"
	"runtime/pprof"
)

const profileRuns = 60

// profile writes where the detector's time goes on the capture that wireJudge
// measures, for the compiler (go.dev/doc/pgo): `make profile` renews the one that the
// programs are built with.
func profile(b *bench, to string) error {
	path, err := b.capture(captureMixed)
	if err != nil {
		return err
	}
	list, err := decoded(path, judgePackets)
	if err != nil {
		return err
	}
	f, err := os.Create(to)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return fmt.Errorf("%s: %w", to, err)
	}
	for range profileRuns {
		judge(newDetector(), list, &pieces{})
	}
	pprof.StopCPUProfile()
	return f.Close()
}
