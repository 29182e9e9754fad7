package ident

import (
	"net"
	"runtime"
	"testing"
	"time"
)

// TestAliveFINBehindData: the source sent a request and left.
func TestAliveFINBehindData(t *testing.T) {
	fd, source := pair(t)
	source.Write([]byte("hello"))
	source.Close()
	for give := time.Now().Add(patient); Alive(fd); runtime.Gosched() {
		if time.Now().After(give) {
			t.Fatal("alive with a FIN behind unread data")
		}
	}
}

func TestAliveOfOtherSockets(t *testing.T) {
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	f, err := udp.(*net.UDPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if Alive(int(f.Fd())) {
		t.Error("a UDP socket is alive")
	}
}
