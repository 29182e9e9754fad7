package control

import (
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"

	"klaxon/internal/store"
)

// TestStill: whoever asks a klaxond that was stopped is told so, and does not wait for
// ever, wherever in the answer it stands still.
func TestStill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	answers := make(chan string, 1)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			c.Write([]byte(<-answers))
		}
	}()
	for name, answer := range map[string]string{
		"at once":       "",
		"in its middle": "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"v\":1,",
	} {
		c := NewClient(path)
		c.patience = func(string) time.Duration { return 100 * time.Millisecond }
		answers <- answer
		if _, err := c.Status(t.Context()); !errors.Is(err, ErrStill) {
			t.Errorf("%s: status: %v", name, err)
		}
		answers <- answer
		var last error
		for _, err := range c.Records(t.Context(), store.Filter{}) {
			last = err
		}
		if !errors.Is(last, ErrStill) {
			t.Errorf("%s: records: %v", name, last)
		}
	}
}
