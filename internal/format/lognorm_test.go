package format

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"klaxon/internal/nstest"
	"klaxon/test/debs"
)

// TestLognorm: liblognorm, which rsyslog reads CEF with, finds in our lines what
// our own reader finds.
func TestLognorm(t *testing.T) {
	lognormalizer, err := debs.Find("lognormalizer")
	var missing *debs.MissingError
	if errors.As(err, &missing) {
		nstest.Skip(t, missing.Error())
	} else if err != nil {
		t.Fatal(err)
	}
	rules := filepath.Join(t.TempDir(), "cef.rulebase")
	if err := os.WriteFile(rules, []byte("version=2\nrule=:%f:cef%\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var input [][]byte
	for _, r := range ordinary() {
		input = append(input, write(t, "cef", r))
	}
	for i, b := range bombs {
		for _, r := range poison(b, bombs[(i+3)%len(bombs)], bombs[(i+5)%len(bombs)], bombs[(i+7)%len(bombs)]) {
			input = append(input, write(t, "cef", r))
		}
	}
	cmd := exec.Command(lognormalizer, "-r", rules)
	cmd.Stdin = bytes.NewReader(append(bytes.Join(input, []byte("\n")), '\n'))
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	if len(got) != len(input) {
		t.Fatalf("%d lines were read as %d", len(input), len(got))
	}
	for i, line := range input {
		compareLognorm(t, line, got[i])
	}
}

func compareLognorm(t *testing.T, line, decoded []byte) {
	t.Helper()
	var read struct {
		F struct {
			SignatureID, Name, Severity string
			Extensions                  map[string]string
		} `json:"f"`
	}
	want, err := readCEF(string(line))
	if err == nil {
		err = json.Unmarshal(decoded, &read)
	}
	if err != nil {
		t.Fatalf("%v in %s, of %s", err, decoded, line)
	}
	if h := want.header; read.F.SignatureID != h[4] || read.F.Name != h[5] || read.F.Severity != h[6] {
		t.Errorf("the header of %s is read as %+v", line, read.F)
	}
	if len(read.F.Extensions) != len(want.ext) {
		t.Errorf("%d keys are read of the %d in %s", len(read.F.Extensions), len(want.ext), line)
	}
	for key, value := range want.ext {
		other, ok := read.F.Extensions[key]
		if !ok { // liblognorm 2.0.6 takes the first byte of the first key for a space
			other = read.F.Extensions[key[1:]]
		}
		if other != value {
			t.Errorf("%s is %q to one reader and %q to the other, in %s", key, value, other, line)
		}
	}
}
