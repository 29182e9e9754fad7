package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"klaxon/internal/sink/mail"
	"klaxon/internal/statefile"
)

// lateSuffix is of the file of the mails that some receivers of an output have not got
// yet, beside that of what it owes.
const lateSuffix = ".late"

// lateMax bounds what is read of it: in JSON the texts are a third longer.
const lateMax = 32 << 20

// keepLate has what some receivers of a mail output have not got outlive the process.
func (d *daemon) keepLate(m *mail.Sink) {
	path := filepath.Join(d.arrearsDir(), m.Name()+lateSuffix)
	said := ""
	say := func(err error) {
		if text := err.Error(); text != said {
			said = text
			d.say("output %s: %v: a restart loses mails that some receivers have not got", m.Name(), err)
		}
	}
	left, err := readLate(path)
	if err != nil {
		say(err)
	}
	if err := m.Keep(left, func(text []byte) {
		if err := writeLate(path, text); err != nil {
			say(err)
		}
	}); err != nil {
		say(fmt.Errorf("%s: %w", path, err))
	}
}

func writeLate(path string, text []byte) error {
	if len(text) > 0 {
		return statefile.Write(path, text)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// readLate returns what a process before left; nothing when there is no such file.
func readLate(path string) ([]byte, error) {
	f, err := statefile.Open(path, os.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, lateMax))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return text, nil
}
