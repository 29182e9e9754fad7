package wire

import (
	"net/netip"
	"strconv"
	"strings"
)

// Settings are what a recording keeps of a run in the comment at its head, so
// that it replays the same: `tocsin seed=N sensor=NAME mirrors=true
// one-way=true gateways=A,B`.
type Settings struct {
	Seed     uint64
	Sensor   string // of SensorOK
	Mirrors  bool
	OneWay   bool
	Gateways []netip.Addr
}

const commentWord = "tocsin"

// Comment writes them. What does not fit is left out.
func (s Settings) Comment() string {
	words := []string{commentWord, "seed=" + strconv.FormatUint(s.Seed, 10)}
	if SensorOK(s.Sensor) {
		words = append(words, "sensor="+s.Sensor)
	}
	if s.Mirrors {
		words = append(words, "mirrors=true")
	}
	if s.OneWay {
		words = append(words, "one-way=true")
	}
	if list := s.Gateways[:min(len(s.Gateways), gatewaysMax)]; len(list) > 0 {
		var text []string
		for _, a := range list {
			text = append(text, a.WithZone("").String())
		}
		words = append(words, "gateways="+strings.Join(text, ","))
	}
	return strings.Join(words, " ")
}

// ParseComment reads what Comment wrote. A file is written by a stranger: a
// comment that has anything else in it is not believed at all.
func ParseComment(text string) (Settings, bool) {
	words := strings.Split(text, " ")
	if words[0] != commentWord || len(words) < 2 {
		return Settings{}, false
	}
	var s Settings
	seen := map[string]bool{}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		if seen[key] || !s.set(key, value) {
			return Settings{}, false
		}
		seen[key] = true
	}
	if !seen["seed"] || s.Comment() != text {
		return Settings{}, false
	}
	return s, true
}

func (s *Settings) set(key, value string) bool {
	var err error
	switch key {
	case "seed":
		s.Seed, err = strconv.ParseUint(value, 10, 64)
		return err == nil
	case "sensor":
		s.Sensor = value
		return SensorOK(value)
	case "mirrors":
		s.Mirrors = value == "true"
		return s.Mirrors
	case "one-way":
		s.OneWay = value == "true"
		return s.OneWay
	case "gateways":
		for text := range strings.SplitSeq(value, ",") {
			a, err := netip.ParseAddr(text)
			if err != nil || a.Zone() != "" || len(s.Gateways) == gatewaysMax {
				return false
			}
			s.Gateways = append(s.Gateways, a)
		}
		return true
	}
	return false
}

// SensorOK tells names that a comment can hold: letters, digits and "._:-", up
// to 128 bytes, as hosts have them.
func SensorOK(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("._:-", rune(c)) {
			return false
		}
	}
	return name != "" && len(name) <= sensorMax
}
