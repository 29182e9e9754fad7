package secret

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestNeverPrinted(t *testing.T) {
	const text = "hunter2"
	s := New(text)
	holder := struct {
		Open   Secret
		hidden Secret
		list   []Secret
	}{s, s, []Secret{s}}
	asJSON, err := json.Marshal(holder.Open)
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []string{
		s.String(), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x %d", s, s, s, s, s, s, s),
		fmt.Sprintf("%v %+v %#v", holder, holder, &holder), string(asJSON), fmt.Sprint(&s),
	} {
		if strings.Contains(got, text) || strings.Contains(got, "68756e74657232") {
			t.Errorf("it is in %q", got)
		}
	}
	if s.Reveal() != text || New("").Set() || fmt.Sprint(Secret{}) != "" {
		t.Error("the text itself is lost, or there is one where none was set")
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	for _, tt := range []struct {
		text string
		mode os.FileMode
		want string // of the error; "" for none
	}{
		{"hunter2\n", 0o640, ""},
		{"hunter2", 0o400, ""},
		{"hunter2\r\n", 0o600, ""},
		{"hunter2\n", 0o604, "everybody"},
		{"\n", 0o600, "empty"},
		{"hunter2\nmore\n", 0o600, "more than one line"},
		{strings.Repeat("x", maxLength+1), 0o600, "longer"},
	} {
		path := filepath.Join(dir, "token")
		os.Remove(path)
		if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
			t.Fatal(err)
		}
		s, err := Read("file:" + path)
		if tt.want == "" && (err != nil || s.Reveal() != "hunter2") || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%q: %v", tt.text[:min(len(tt.text), 20)], err)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("the error tells it: %v", err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "cred"), []byte("hunter2"), 0o444); err != nil {
		t.Fatal(err)
	}
	if s, err := Read("credential:cred"); err != nil || s.Reveal() != "hunter2" {
		t.Errorf("credential: %v", err)
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, where := range []string{"hunter2", "file:" + pipe, "file:relative", "credential:../cred", "credential:", "credential:..", "file:" + dir, "credential:none"} {
		if _, err := Read(where); err == nil {
			t.Errorf("%q was read", where)
		}
	}
}
