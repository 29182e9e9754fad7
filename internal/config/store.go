package config

import (
	"path/filepath"
	"time"
)

// Store says what is kept, and for how long.
type Store struct {
	Enabled bool
	Path    string
	MaxSize int64         // bytes
	MaxAge  time.Duration // 0: no limit
}

// defaultStore keeps what is asked about: a season, and no more than any disk
// can spare.
func defaultStore(paths Paths) Store {
	return Store{Enabled: true, Path: filepath.Join(paths.State, "klaxon.db"), MaxSize: 1 << 30, MaxAge: 90 * 24 * time.Hour}
}

func (m *merger) storePath(v value) {
	t := v.texts[0]
	if !filepath.IsAbs(t.raw) {
		m.problem("store.path", t, "%q is not absolute; want one like \"/var/lib/klaxon/klaxon.db\"", t.raw)
		return
	}
	m.c.Store.Path = filepath.Clean(t.raw)
}

func (m *merger) storeMaxSize(v value) {
	t := v.texts[0]
	size, ok := sizeOf(t.raw)
	if !ok || size < minStore || size > maxStore {
		m.problem("store.max_size", t, "%q is no size; want one from \"%dM\" to \"%dT\"", t.raw, minStore>>20, maxStore>>40)
		return
	}
	m.c.Store.MaxSize = size
}

func (m *merger) storeMaxAge(v value) {
	t := v.texts[0]
	age, ok := ageOf(t.raw)
	switch {
	case t.raw == "none":
		m.c.Store.MaxAge = 0
	case !ok || age < minAge || age > maxAge:
		m.problem("store.max_age", t, "%q is no age; want one from \"1h\" to \"%dd\", or \"none\"", t.raw, maxAge/(24*time.Hour))
	default:
		m.c.Store.MaxAge = age
	}
}
