//go:build linux

package install

import (
	"debug/elf"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"klaxon/test/debs"
)

// TestOtherMachine makes the release for arm64: the packages say so, and its
// programs run, under qemu, and see in a capture what those for this machine see.
func TestOtherMachine(t *testing.T) {
	if !soak() {
		t.Skip("SKIPPED: the release for arm64: KLAXON_SOAK is not 1, and it takes building everything once more")
	}
	qemu, err := debs.Find("qemu-aarch64")
	if err != nil {
		t.Skip("SKIPPED: the release for arm64: " + err.Error())
	}
	other := filepath.Join(t.TempDir(), "arm64")
	if err := dist("../..", other, "-arch", "arm64"); err != nil {
		t.Fatal(err)
	}
	ours, dir := unpacked(t), t.TempDir()
	output(t, "tar", "-xzf", only(t, other, "*.tar.gz"), "-C", dir, "--strip-components=1")
	if got := strings.TrimSpace(output(t, "dpkg-deb", "-f", only(t, other, "*.deb"), "Architecture")); got != "arm64" {
		t.Errorf("the .deb is for %s", got)
	}
	list, err := rpm(t, "rpm", "--dbpath", t.TempDir(), "-qp", "--qf", "%{ARCH}", only(t, other, "*.rpm")).Output()
	if err != nil || string(list) != "aarch64" {
		t.Errorf("the .rpm is for %s, %v", list, err)
	}
	for _, program := range programs {
		path := filepath.Join(dir, program)
		f, err := elf.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if f.Machine != elf.EM_AARCH64 {
			t.Errorf("%s is for %v", program, f.Machine)
		}
		if out := output(t, qemu, path, "-version"); !strings.Contains(out, " "+version+"\n") {
			t.Errorf("%s says of itself: %s", program, out)
		}
	}
	output(t, qemu, filepath.Join(dir, "usr/sbin/klaxond"), "-check", "-config", filepath.Join(dir, "etc/klaxon/klaxon.toml"))
	file := filepath.Join(t.TempDir(), "capture")
	if err := os.WriteFile(file, []byte(output(t, "gzip", "-dc", "../../testdata/captures/nmap-os-and-version.pcapng.gz")), 0o644); err != nil {
		t.Fatal(err)
	}
	capture := func(name string, args ...string) string {
		return output(t, name, append(args, "-q", "-json", "-sensor", "here", "-seed", "1", "-r", file)...)
	}
	want := capture(filepath.Join(ours, "usr/sbin/tocsin"))
	if got := capture(qemu, filepath.Join(dir, "usr/sbin/tocsin")); got != want || !strings.Contains(want, `"type":"alarm"`) {
		t.Errorf("tocsin for arm64 sees\n%s\nand for %s\n%s", got, runtime.GOARCH, want)
	}
}
