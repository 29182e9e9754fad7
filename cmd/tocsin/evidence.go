package main

import (
	"klaxon"
	"klaxon/internal/decode"
	"klaxon/internal/evidence"
	"klaxon/internal/watch/capture"
)

// witness keeps the packets of alarms in files of a folder.
type witness struct {
	store   *evidence.Store
	folder  *folder
	comment string // at the head of each file: what it takes to replay it
	written map[string]bool
}

// openEvidence opens the folder of -evidence.
func (s *session) openEvidence() (err error) {
	if s.evidence != "" {
		s.folder, err = openFolder(s.evidence)
	}
	return err
}

func (s *session) startEvidence() error {
	if s.folder == nil {
		return nil
	}
	s.folder.patient = s.cfg.Patient
	if err := s.folder.start(); err != nil {
		return err
	}
	s.cfg.Evidence = &witness{evidence.New(s.settings.Seed), s.folder, s.settings.Comment(), make(map[string]bool)}
	return nil
}

// Packet implements wire.Evidence.
func (w *witness) Packet(p *decode.Packet, f *capture.Frame) {
	w.store.Packet(p, &evidence.Frame{At: f.Time, Interface: f.Interface, Length: f.Length, Data: f.Data})
}

// Alarm implements wire.Evidence.
func (w *witness) Alarm(a *klaxon.Alarm, ifaces []capture.Interface) (name string) {
	frames, _ := w.store.Alarm(a)
	name = a.ID + evidenceSuffix
	if len(frames) > 0 && w.folder.offer(leaf{name, w.comment, ifaces, frames}) {
		w.written[a.ID] = true
	}
	there := w.written[a.ID]
	if a.Event == klaxon.EventClose || a.Event == klaxon.EventRetract {
		delete(w.written, a.ID)
	}
	if !there {
		return ""
	}
	return name
}
