package config

import "time"

// Drill says whether klaxond may touch its own traps.
type Drill struct {
	Enabled  bool          // klaxonctl drill is answered
	SelfTest time.Duration // how often klaxond tests itself; 0: never
}

func (m *merger) selfTest(v value) {
	t := v.texts[0]
	if t.raw == "off" {
		m.c.Drill.SelfTest = 0
		return
	}
	d, err := time.ParseDuration(t.raw)
	if err != nil || d < minSelfTest || d > maxSelfTest {
		m.problem("drill.self_test", t, "%q is no interval; want one from \"%s\" to \"%s\", or \"off\"", t.raw, minSelfTest, maxSelfTest)
		return
	}
	m.c.Drill.SelfTest = d
}
