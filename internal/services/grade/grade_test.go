package grade

import (
	"testing"

	"klaxon"
)

func TestOf(t *testing.T) {
	tests := []struct {
		tr   klaxon.Transport
		port uint16
		want Grade
	}{
		{klaxon.TCP, 113, Never}, // auth: an answer could be the next question
		{klaxon.UDP, 113, Never},
		{klaxon.TCP, 7, Never},
		{klaxon.UDP, 7, Never},
		{klaxon.TCP, 19, Never},
		{klaxon.UDP, 69, Never},
		{klaxon.TCP, 21, Discouraged},
		{klaxon.TCP, 540, Discouraged},
		{klaxon.UDP, 21, None},
		{klaxon.TCP, 143, Good},
		{klaxon.TCP, 110, Good},
		{klaxon.TCP, 119, Good},
		{klaxon.TCP, 514, Good},
		{klaxon.TCP, 513, Good},
		{klaxon.TCP, 11, Good},
		{klaxon.TCP, 15, Good},
		{klaxon.UDP, 517, None},
		{klaxon.UDP, 518, None},
		{klaxon.TCP, 4000, Good},
		{klaxon.TCP, 65535, Good},
		{klaxon.UDP, 4000, None},
		{klaxon.SCTP, 4000, None},
	}
	for _, tt := range tests {
		if got := Of(tt.tr, tt.port); got != tt.want {
			t.Errorf("Of(%v, %d) = %q, want %q", tt.tr, tt.port, got, tt.want)
		}
	}
}
