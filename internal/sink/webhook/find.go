package webhook

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"klaxon/internal/secret"
)

// Find returns a template as Options take it, from the name of a shipped one or the
// absolute path of a file; "" for "".
func Find(where string) (string, error) {
	switch {
	case where == "" || slices.Contains(Shipped, where):
		return where, nil
	case !filepath.IsAbs(where):
		return "", fmt.Errorf("template %q is none of those that are shipped (%s), and no absolute path", where, strings.Join(Shipped, ", "))
	}
	text, err := os.ReadFile(where)
	if err != nil {
		return "", fmt.Errorf("read the template: %w", err)
	}
	if _, err := parse(where, string(text), secret.Secret{}); err != nil {
		return "", err // which names the file
	}
	return string(text), nil
}
