//go:build !race

package flood

const racing = false
