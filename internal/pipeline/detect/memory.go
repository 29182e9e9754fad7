package detect

// Remember is track.Tracker.Remember.
func (d *Detector) Remember() []byte { return d.track.Remember() }

// Recall is track.Tracker.Recall.
func (d *Detector) Recall(b []byte) bool { return d.track.Recall(b) }
