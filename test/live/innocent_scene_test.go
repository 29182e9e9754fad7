//go:build linux

package live

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// files makes a folder with something to fetch.
func (l *lab) files(n int) string {
	l.t.Helper()
	dir := filepath.Join(l.dir, "files")
	l.must(os.Mkdir(dir, 0o755))
	for i := 1; i <= n; i++ {
		l.must(os.WriteFile(filepath.Join(dir, "file"+strconv.Itoa(i)), make([]byte, 3000), 0o644))
	}
	return dir
}

func ftp(l *lab) {
	conf := l.write("vsftpd.conf", `listen=YES
anonymous_enable=YES
anon_root=%s
ftp_username=daemon
no_anon_password=YES
secure_chroot_dir=%s
seccomp_sandbox=NO
nopriv_user=nobody
background=NO
connect_from_port_20=YES
pasv_min_port=40000
pasv_max_port=50000
`, l.files(30), l.t.TempDir())
	l.daemon(server, "tcp/21", "vsftpd", conf)
}

func tftp(l *lab) {
	l.daemon(server, "udp/69", "dnsmasq", "-d", "--port=0", "-C", os.DevNull, "--enable-tftp", "--tftp-root="+l.files(20), "-u", "root")
}

func resolver(l *lab) {
	l.daemon(server, "udp/53", "dnsmasq", "-d", "-C", os.DevNull, "-u", "root", "--no-resolv", "--no-hosts", "--address=/example/10.77.0.50", "--address=/example/fd77::50")
}

func iperf(l *lab) { l.daemon(server, "tcp/5201", "iperf3", "-s") }

func sip(l *lab) {
	l.daemon(server, "udp/5060", "sipp", "-sn", "uas", "-i", "10.77.0.50", "-nostdin")
}

func backup(l *lab) {
	web(l)
	l.play(target, "serve", "tcp/22")
}

// haproxy checks ten services that live and four that do not.
func haproxy(l *lab) {
	web(l)
	var b strings.Builder
	for n := 50; n <= 59; n++ {
		fmt.Fprintf(&b, "  server s%d 10.77.0.%d:80 check inter 200ms\n", n, n)
	}
	for n := 50; n <= 53; n++ {
		fmt.Fprintf(&b, "  server d%d 10.77.0.%d:81 check inter 200ms\n", n, n)
	}
	conf := l.write("haproxy.cfg", `global
  maxconn 100
defaults
  timeout connect 1s
  timeout client 5s
  timeout server 5s
listen web
  bind :8000
  mode tcp
%s`, b.String())
	l.daemon(client, "tcp/8000", "haproxy", "-db", "-f", conf)
}

// chrony is a clock that others ask.
func chrony(l *lab) {
	conf := l.write("chrony.conf", "local stratum 3\nallow all\ncmdport 0\npidfile %s/chronyd.pid\n", l.dir)
	l.daemon(server, "udp/123", "chronyd", "-x", "-d", "-u", "root", "-f", conf)
}

func (l *lab) avahi(host string) {
	l.user("avahi")
	conf := l.write("avahi-"+host+".conf", "[server]\nhost-name=%s\nenable-dbus=no\n[publish]\npublish-workstation=yes\n[wide-area]\nenable-wide-area=no\n", host)
	l.daemon(host, "udp/5353", "avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f", conf)
}

// user makes a user for a program that insists on one; /etc is the lab's own.
func (l *lab) user(name string) {
	l.t.Helper()
	for file, line := range map[string]string{"/etc/passwd": ":x:65534:65534::/:/bin/false\n", "/etc/group": ":x:65534:\n"} {
		f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
		l.must(err)
		_, err = f.WriteString(name + line)
		l.must(err)
		l.must(f.Close())
	}
}

// eyeballs opens pages of hosts that have both families, of which IPv6 does not
// work (RFC 8305).
func eyeballs(l *lab) {
	args := []string{"curl", "-s", "-Z", "-m", "3"}
	for n := 50; n <= 59; n++ {
		args = append(args, "--resolve", fmt.Sprintf("h%d.example:80:10.77.0.%d,[fd77::%d]", n, n, n), fmt.Sprintf("http://h%d.example/", n))
	}
	l.run(client, args...)
}

// addresses gives a host more of them, of which the last part is from first to
// last.
func (l *lab) addresses(host string, first, last int) {
	l.t.Helper()
	var commands []string
	for n := first; n <= last; n++ {
		commands = append(commands, fmt.Sprintf("addr add 203.0.113.%d/24 dev eth0", n))
	}
	l.ip(host, commands...)
}

// swarm makes peers outside, of which every fourth still shares.
func swarm(l *lab) {
	l.addresses(outside, 100, 139)
	var services []string
	for i, addr := range swarmed() {
		if _, port, _ := strings.Cut(addr, ":"); i%4 == 0 {
			services = append(services, "tcp/"+port)
		}
	}
	l.play(outside, "serve", services...)
}

func swarmed() (list []string) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := 100; n <= 139; n++ {
		list = append(list, fmt.Sprintf("203.0.113.%d:%d", n, 20000+r.IntN(40000)))
	}
	return list
}
