package sandbox

import "testing"

func TestFind(t *testing.T) {
	const debian = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65533:65532:nobody:/nonexistent:/usr/sbin/nologin\n"
	for name, c := range map[string]struct {
		file string
		want Identity
	}{
		"there":          {debian + "klaxon:x:990:989::/:/usr/sbin/nologin\n", Identity{"klaxon", 990, 989}},
		"not there":      {debian, Identity{"nobody", 65533, 65532}},
		"empty":          {"", Identity{"nobody", 65534, 65534}},
		"longer name":    {"klaxonhub:x:7:7::/:/bin/sh\n", nobody},
		"negative":       {"klaxon:x:-1:5::/:/bin/sh\n", nobody},
		"too large":      {"klaxon:x:4294967296:5::/:/bin/sh\n", nobody},
		"short line":     {"klaxon:x:5\n", nobody},
		"name in a name": {"a:klaxon:1:1::/:/bin/sh\n", nobody},
	} {
		if got := find(c.file, "klaxon"); got != c.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
