package control

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"klaxon/internal/render"
	"klaxon/internal/store"
)

// Headers beside records, which are lines as the store has them.
const (
	headNext     = "Klaxon-Next"     // the cursor of the next page
	headEvidence = "Klaxon-Evidence" // bytes of an alarm's packets
	headMore     = "Klaxon-More"     // an alarm has more records
)

func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	st, err := s.host.Status(r.Context())
	if err != nil {
		return err
	}
	st.V, st.Control = 1, s.Counts()
	return answer(w, st)
}

func (s *Server) why(w http.ResponseWriter, r *http.Request) error {
	addr, err := askedAddr(r.URL.Query())
	if err != nil {
		return err
	}
	why, err := s.host.Why(r.Context(), addr)
	if err != nil {
		return err
	}
	why.V = 1
	return answer(w, why)
}

func (s *Server) records(w http.ResponseWriter, r *http.Request) error {
	f, err := parseFilter(r.URL.Query())
	if err != nil {
		return err
	}
	page, err := s.host.Records(r.Context(), f)
	if err != nil {
		return err
	}
	if page.Next != 0 {
		w.Header().Set(headNext, strconv.FormatUint(page.Next, 10))
	}
	return lines(w, page.Records)
}

func (s *Server) alarm(w http.ResponseWriter, r *http.Request) error {
	id, err := askedID(r.URL.Query())
	if err != nil {
		return err
	}
	a, err := s.host.Alarm(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set(headEvidence, strconv.Itoa(a.Evidence))
	w.Header().Set(headMore, strconv.FormatBool(a.More))
	return lines(w, a.Records)
}

func (s *Server) evidence(w http.ResponseWriter, r *http.Request) error {
	id, err := askedID(r.URL.Query())
	if err != nil {
		return err
	}
	data, err := s.host.Evidence(r.Context(), id)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/vnd.tcpdump.pcap")
	w.Write(data) // its failure is the client's
	return nil
}

func (s *Server) verify(w http.ResponseWriter, r *http.Request) error {
	report, err := s.host.Verify(r.Context())
	if err != nil {
		return err
	}
	return answer(w, report)
}

func (s *Server) allowed(w http.ResponseWriter, r *http.Request) error {
	list, err := s.host.Allowed(r.Context())
	if err != nil {
		return err
	}
	return answer(w, list)
}

func (s *Server) allow(w http.ResponseWriter, r *http.Request) error {
	var a Allowance
	if err := decode(r.Body, &a); err != nil {
		return err
	}
	if err := a.check(); err != nil {
		return err
	}
	a.By = "uid " + strconv.Itoa(asker(r.Context()))
	a, err := s.host.Allow(r.Context(), a)
	if err != nil {
		return err
	}
	return answer(w, a)
}

func (s *Server) disallow(w http.ResponseWriter, r *http.Request) error {
	var which struct {
		What string `json:"what"`
	}
	if err := decode(r.Body, &which); err != nil {
		return err
	}
	gone, err := s.host.Disallow(r.Context(), which.What)
	if err != nil {
		return err
	}
	return answer(w, gone)
}

func (s *Server) learn(w http.ResponseWriter, r *http.Request) error {
	var how struct {
		For Duration `json:"for"`
	}
	if err := decode(r.Body, &how); err != nil {
		return err
	}
	lesson, err := s.host.Learn(r.Context(), time.Duration(how.For))
	if err != nil {
		return err
	}
	return answer(w, lesson)
}

// asker is the uid of whoever asks.
func asker(ctx context.Context) int {
	uid, ok := ctx.Value(uidKey{}).(int)
	if !ok {
		return -1
	}
	return uid
}

func answer(w http.ResponseWriter, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(body, '\n')) // its failure is the client's
	return nil
}

func lines(w http.ResponseWriter, records []store.Record) error {
	w.Header().Set("Content-Type", "application/jsonl")
	for i := range records {
		if _, err := w.Write(append(oneLine(records[i].Line), '\n')); err != nil {
			return nil // the client went away
		}
	}
	return nil
}

// oneLine is a record as whoever asks reads it: what somebody put in its place in the
// store, which may have several lines or be longer than any record, ends no answer.
func oneLine(line []byte) []byte {
	const room = lineMax - 2 // the end of the line, and one byte that the reader keeps free
	return bytes.ReplaceAll(line[:min(len(line), room)], []byte("\n"), []byte(" "))
}

// plain makes any text safe to show, and leaves escapes that are there already.
func plain(s string) string {
	var out []byte
	for i := range len(s) {
		if s[i] == '\\' || s[i] == '~' {
			out = append(out, s[i])
		} else {
			out = render.AppendText(out, []byte{s[i]}, 1)
		}
	}
	return string(out)
}
