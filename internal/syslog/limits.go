package syslog

import "time"

// Our own choices.
const (
	// writeTimeout bounds how long a stuck daemon can hold a writer up.
	writeTimeout = time.Second

	// maxMessage is what rsyslog takes by default; our lines are far shorter.
	maxMessage = 8 << 10
)
