package outbound

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"klaxon/internal/outbound/outboundtest"
	"klaxon/internal/secret"
)

func TestPublic(t *testing.T) {
	for addr, want := range map[string]bool{
		"192.0.2.1": true, "8.8.8.8": true, "2606:4700::1": true, "172.32.0.1": true, "100.128.0.1": true,
		"127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.1.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "224.0.0.1": false, "255.255.255.255": false, "198.18.0.1": false,
		"::1": false, "::": false, "fe80::1": false, "fe80::1%eth0": false, "fd00::1": false, "ff02::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"2001:0:1::1": false, "fec0::1": false,
	} {
		if got := Public(netip.MustParseAddr(addr)); got != want {
			t.Errorf("%s: %v", addr, got)
		}
	}
}

// TestPrivateIsRefused: by address, and by a name that leads there; and nothing
// reaches the peer.
func TestPrivateIsRefused(t *testing.T) {
	peer := outboundtest.New(t)
	for _, url := range []string{peer.URL, strings.Replace(peer.URL, "127.0.0.1", "localhost", 1), "http://[::ffff:127.0.0.1]:80/", "http://169.254.169.254/latest"} {
		h, err := NewHTTP(secret.New(url), nil, false)
		if err != nil {
			t.Fatal(err)
		}
		_, err = h.Call(t.Context(), http.MethodPost, "", nil, []byte("x"))
		var private *PrivateError
		if !errors.As(err, &private) || !strings.Contains(err.Error(), "allow_private") {
			t.Errorf("%s: %v", url, err)
		}
	}
	if n := len(peer.Taken()); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

// TestHostilePeers: each is an error that quotes no control byte and not the URL,
// within the deadline.
func TestHostilePeers(t *testing.T) {
	peer, elsewhere := outboundtest.New(t), outboundtest.New(t)
	h, err := NewHTTP(secret.New(peer.URL+"/hunter2?key=hunter2"), nil, true)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for name, answer := range map[string]http.HandlerFunc{
		"hangs": outboundtest.Hang, "drips": outboundtest.Drip, "500": outboundtest.Status(500), "10 MB": outboundtest.Huge(200),
		"10 MB of 500": outboundtest.Huge(500), "400": outboundtest.Status(400),
		"redirects": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		},
		"long head": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 1<<20)) },
		"hangs up":  func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		peer.Answer(answer)
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		reply, err := h.Call(ctx, http.MethodPost, "", nil, []byte("x"))
		if err == nil && reply.Judge() != Taken {
			err = h.Err(&reply)
		}
		cancel()
		if err == nil || strings.Contains(err.Error(), "hunter2") || strings.ContainsAny(err.Error(), "\x1b\r\n") || len(err.Error()) > 500 {
			t.Errorf("%s: %v", name, err)
		}
		if len(reply.Body) > maxReply {
			t.Errorf("%s: %d bytes were read", name, len(reply.Body))
		}
	}
	if n := len(elsewhere.Taken()); n != 0 {
		t.Errorf("a redirection was followed %d times", n)
	}
}
