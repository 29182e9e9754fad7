// Package office plays a month in an office to the detector: some 200 hosts that
// work, sleep, print, telephone and are looked after for 30 days, passers-by from
// the Internet, and twenty planted scans of all kinds, all of which must be told,
// and nobody else. One file for each part of the office; scans_test.go has what
// is planted. A day of it is played in every run, the month under KLAXON_SOAK=1.
package office
