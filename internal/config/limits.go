package config

import "time"

// Our own choices. The file is trusted; these catch accidents.
const (
	maxFile      = 1 << 20 // bytes
	maxDropIns   = 256     // files in conf.d
	maxSensor    = 128     // bytes
	minIdentWait = 100 * time.Millisecond
	maxIdentWait = 30 * time.Second
	maxInterface = 15      // bytes; IFNAMSIZ less the zero
	maxMemory    = 8 << 30 // bytes
	minStore     = 4 << 20 // bytes; its empty tables and a day of a quiet host
	maxStore     = 1 << 40 // bytes
	minAge       = time.Hour
	maxAge       = 36500 * 24 * time.Hour
	minSelfTest  = time.Second // one takes milliseconds where all is well
	maxSelfTest  = 24 * time.Hour
	maxRules     = 4096 // tables [[allow]] of all files
	maxOutputs   = 32   // tables [[output]] of all files
	maxName      = 32   // bytes of an output's name
	minBudget    = 2    // records in a minute
	maxBudget    = 1_000_000
	minDeadline  = 100 * time.Millisecond
	maxDeadline  = 5 * time.Minute
	maxDigest    = 24 * time.Hour
	maxTo        = 32 // addresses of one mail
	maxNetworks  = 1024
)
