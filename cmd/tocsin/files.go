package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"syscall"

	"klaxon/internal/services"
	"klaxon/internal/track"
	"klaxon/internal/watch/packet"
)

// Our own bounds on files of the user's: more is a mistake.
const (
	maxAllowed   = 100_000 // lines of -allow
	maxAllowLine = 1024    // bytes
)

// readAllowed reads the sources that are expected: an address or network a
// line, and comments.
func readAllowed(path string) ([]netip.Prefix, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read expected sources: %w", err)
	}
	defer f.Close()
	var list []netip.Prefix
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, maxAllowLine)
	number := 0
	for lines.Scan() {
		number++
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := network(text)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		if list = append(list, p); len(list) > maxAllowed {
			return nil, fmt.Errorf("%s:%d: more than %d networks", path, number, maxAllowed)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", path, number+1, err)
	}
	return list, nil
}

// readFilter reads the output of tcpdump -ddd, when there is such a file.
func readFilter(path string, cfg *packet.Config) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read filter: %w", err)
	}
	defer f.Close()
	if cfg.Extra, err = packet.ParseFilter(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// watched turns services into a set of ports; nil for none.
func watched(specs []string) (*track.Watched, []services.Trap, error) {
	if len(specs) == 0 {
		return nil, nil, nil
	}
	traps, err := services.Parse(specs)
	if err != nil {
		return nil, nil, err
	}
	w := &track.Watched{}
	for _, t := range traps {
		if t.Transport.String() == "udp" {
			w.AddUDP(t.Port, t.Port)
		} else {
			w.AddTCP(t.Port, t.Port)
		}
	}
	return w, traps, nil
}

// create makes a file to write. One that was there is emptied only once it is
// known not to be the one that is read.
func create(path string, input *os.File) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|syscall.O_NOFOLLOW, 0o640)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("write %s: it is a symbolic link; name the file itself", path)
	}
	if err != nil {
		return nil, fmt.Errorf("write a file: %w", err)
	}
	if err := empty(f, input); err != nil {
		f.Close()
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return f, nil
}

func empty(f, input *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if input != nil {
		if in, err := input.Stat(); err == nil && os.SameFile(in, info) && info.Mode().IsRegular() {
			return errors.New("it is the file that is read")
		}
	}
	if info.Mode()&fs.ModeType != 0 {
		return nil
	}
	return f.Truncate(0)
}
