//go:build !linux

package main

// remoteDisk knows nothing here.
func remoteDisk(string) string { return "" }
