package plot

import (
	"io"
	"strings"
)

// IsPicture tells names that say in which form a picture is wanted.
func IsPicture(name string) bool {
	return strings.HasSuffix(name, ".svg") || strings.HasSuffix(name, ".png")
}

// WriteAs writes the picture in the form that a name asks for, SVG if it asks for
// none.
func (p *Plot) WriteAs(name string, w io.Writer) error {
	if strings.HasSuffix(name, ".png") {
		return p.WritePNG(w)
	}
	return p.WriteSVG(w)
}
