package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// sizeOf reads bytes, or a number with K, M, G or T for powers of 1024.
func sizeOf(raw string) (size int64, ok bool) {
	number, shift := raw, 0
	if n := len(raw); n > 0 {
		if i := strings.IndexByte("KMGT", raw[n-1]); i >= 0 {
			number, shift = raw[:n-1], 10*(i+1)
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64>>shift {
		return 0, false
	}
	return n << shift, true
}

// ageOf reads days, as in "90d", or a duration of Go, as in "36h".
func ageOf(raw string) (age time.Duration, ok bool) {
	if days, found := strings.CutSuffix(raw, "d"); found {
		n, err := strconv.ParseUint(days, 10, 16) // 65,535 days fit in a Duration
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	age, err := time.ParseDuration(raw)
	return age, err == nil
}
