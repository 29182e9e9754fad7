package detect

// Hosts is track.Tracker.Remember.
func (d *Detector) Hosts() []byte { return d.track.Remember() }

// RecallHosts is track.Tracker.Recall.
func (d *Detector) RecallHosts(b []byte) bool { return d.track.Recall(b) }
