package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// releaseTime is the date of everything in the release: a clock would make
// every build another one.
func releaseTime() (time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		out, err := exec.Command("git", "log", "-1", "--format=%ct").Output()
		if err != nil {
			return time.Time{}, fmt.Errorf("date the release by its commit: %w (outside git, set SOURCE_DATE_EPOCH)", err)
		}
		text = strings.TrimSpace(string(out))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return time.Time{}, errors.New("SOURCE_DATE_EPOCH: wanted seconds since 1970, got " + strconv.Quote(text))
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// described is what `git describe --tags --always --dirty` says behind a tag.
var described = regexp.MustCompile(`^v?(\d+(?:\.\d+)*)(?:-(rc\d+))?(?:-(\d+)-(g[0-9a-f]+))?(-dirty)?$`)

// packageVersion makes of it what dpkg and rpm both sort as meant: a candidate
// before its release, commits behind a tag after it, and what has no tag, dated,
// before everything that will have one.
func packageVersion(version string, at time.Time) string {
	m := described.FindStringSubmatch(version)
	if m == nil || !strings.Contains(m[1], ".") {
		odd := regexp.MustCompile(`[^A-Za-z0-9.]+`)
		return "0~" + at.Format("20060102150405") + "." + odd.ReplaceAllString(version, ".")
	}
	v := m[1]
	if m[2] != "" {
		v += "~" + m[2]
	}
	if m[3] != "" {
		v += "+" + m[3] + "." + m[4]
	}
	if m[5] != "" {
		v += "+dirty"
	}
	return v
}
