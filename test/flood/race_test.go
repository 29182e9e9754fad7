//go:build race

package flood

// racing says that the race detector is on, which makes all of this ten times
// as slow: floods that fill the tables are then smaller.
const racing = true
