//go:build linux

package live

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"klaxon/internal/nstest"
)

// A role is played by this test binary as a process of its own, all of which is
// on the host that it is to be on.
const (
	roleEnv = "KLAXON_LIVE_ROLE"
	argsEnv = "KLAXON_LIVE_ARGS"
)

var roles = map[string]func(args []string) error{
	"serve": serve, "lookup": lookup, "check": check, "reset": reset, "mail": mail, "type": typing, "clock": clock,
	"retry": retry, "peers": peers, "chatter": chatter, "quic": quic, "media": media, "load": load, "log": logging, "zombie": zombie, "bouncer": bouncer,
	"flood": flood, "knock": knock,
}

// play starts a role and returns when it says that it is ready, with a
// function that waits for its end.
func (l *lab) play(host, role string, args ...string) (wait func()) {
	l.t.Helper()
	l.log = append(l.log, host+": ("+role+") "+strings.Join(args, " "))
	self, err := os.Executable()
	l.must(err)
	cmd := exec.Command("nsenter", "--net="+nstest.Namespace(host), self)
	cmd.Env = append(os.Environ(), roleEnv+"="+role, argsEnv+"="+strings.Join(args, " "))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	l.must(err)
	l.must(cmd.Start())
	if b := make([]byte, 1); !ready(out, b) {
		l.t.Fatalf("%s on %s: %v", role, host, cmd.Wait())
	}
	return func() {
		l.t.Helper()
		if err := cmd.Wait(); err != nil {
			l.t.Errorf("%s on %s: %v", role, host, err)
		}
	}
}

func ready(r io.Reader, b []byte) bool {
	_, err := io.ReadFull(r, b)
	return err == nil
}

// act plays a role to its end.
func (l *lab) act(host, role string, args ...string) {
	l.t.Helper()
	l.play(host, role, args...)()
}

func sayReady() { fmt.Print(".") }

// serve answers on services like tcp/22 as long as it lives: port 80 and its
// like speak HTTP, other streams get a greeting and an echo, datagrams an echo.
func serve(services []string) error {
	for _, service := range services {
		transport, port, _ := strings.Cut(service, "/")
		if transport == "udp" {
			c, err := net.ListenPacket("udp", ":"+port)
			if err != nil {
				return err
			}
			go echoDatagrams(c)
			continue
		}
		ln, err := net.Listen("tcp", ":"+port)
		if err != nil {
			return err
		}
		if strings.HasPrefix(port, "80") {
			go http.Serve(ln, http.HandlerFunc(page))
		} else {
			go echoStreams(ln, port)
		}
	}
	sayReady()
	time.Sleep(time.Hour)
	return nil
}

func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	fmt.Fprintf(w, "<html><body>%s</body></html>%s", r.URL.Path, strings.Repeat(" ", 2000))
}

func echoDatagrams(c net.PacketConn) {
	b := make([]byte, 2048)
	for {
		n, from, err := c.ReadFrom(b)
		if err == nil {
			c.WriteTo(b[:n], from)
		}
	}
}

func echoStreams(ln net.Listener, port string) {
	greeting := "220 mail.example ESMTP\r\n"
	if port == "22" {
		greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"
	}
	for {
		c, err := ln.Accept()
		if err != nil {
			continue
		}
		go func() {
			defer c.Close()
			fmt.Fprint(c, greeting)
			io.Copy(c, c)
		}()
	}
}
