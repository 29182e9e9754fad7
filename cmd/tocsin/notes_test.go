package main

import (
	"testing"

	"klaxon/internal/services"
)

func TestBytes(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 bytes", 999: "999 bytes", 1000: "1.0 kB", 9949: "9.9 kB", 9951: "10 kB", 999_499: "999 kB", 999_500: "1.0 MB", 1<<64 - 1: "18 EB",
	} {
		if got := bytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestPorts(t *testing.T) {
	traps, err := services.Parse([]string{"courier", "rje", "tcp/1-3,5", "udp/7,8", "tcp/65535"})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := ports(traps), "tcp 1-3,5,77,530,65535, udp 7-8"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
