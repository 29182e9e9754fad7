// Package systemd speaks the three small protocols between a daemon and its
// service manager: readiness and watchdog (sd_notify(3)) and socket activation
// (sd_listen_fds(3)). Without a manager all of it does nothing.
package systemd

import (
	"net"
	"os"
	"strconv"
	"time"
)

// Notify tells the manager a state, such as "READY=1". It does nothing when
// nobody asked to be told.
func Notify(state string) error {
	address := os.Getenv("NOTIFY_SOCKET")
	if address == "" {
		return nil
	}
	// "@" names an abstract socket; package net understands it.
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: address, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte(state))
	return err
}

// NotifyReloading tells the manager that a reload begins; READY=1 ends it. The
// time stamp lets a Type=notify-reload unit tell this reload from an older one.
func NotifyReloading() error {
	return Notify("RELOADING=1\nMONOTONIC_USEC=" + strconv.FormatInt(monotonic()/1000, 10))
}

// WatchdogInterval returns how often the manager wants to hear WATCHDOG=1, 0
// for never. Half of it is a good pace.
func WatchdogInterval() time.Duration {
	if pid := os.Getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || usec <= 0 {
		return 0
	}
	return time.Duration(usec) * time.Microsecond
}
