package mail

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// kept is how a letter outlives the process.
type kept struct {
	To    []string  `json:"to"`
	Since time.Time `json:"since"`
	Tries int       `json:"tries"`
	Text  []byte    `json:"text"`
}

// Keep has mails that are late outlive the process. What is left of a process before is
// what it had kept last, empty for none; keep is given all of it whenever that changes,
// before Deliver returns. Call it before that.
func (s *Sink) Keep(left []byte, keep func([]byte)) error {
	l := s.late
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keep = keep
	if len(left) == 0 {
		return nil
	}
	var list []kept
	if err := json.Unmarshal(left, &list); err != nil {
		return fmt.Errorf("read the mails that some receivers had not got: %w", err)
	}
	for _, k := range list[max(len(list)-maxLate, 0):] {
		// A receiver who is named no more gets nothing more.
		to := slices.DeleteFunc(k.To, func(r string) bool { return !slices.Contains(s.o.To, r) })
		if age := time.Since(k.Since); len(to) == 0 || age < 0 || age > lateFor {
			continue
		}
		m := &letter{text: k.Text, to: to, since: k.Since, tries: min(max(k.Tries, 0), maxTries)}
		l.letters = append(l.letters, m)
		l.wait(m)
	}
	l.save()
	return nil
}

// save keeps the newest letters that there is room for. The caller holds mu.
func (l *late) save() {
	if l.keep == nil {
		return
	}
	var list []kept
	room := keptMax
	for _, m := range slices.Backward(l.letters) {
		if room -= len(m.text); room < 0 {
			break
		}
		list = append(list, kept{m.to, m.since, m.tries, m.text})
	}
	slices.Reverse(list)
	if list == nil {
		l.keep(nil)
		return
	}
	if text, err := json.Marshal(list); err == nil {
		l.keep(text)
	}
}
