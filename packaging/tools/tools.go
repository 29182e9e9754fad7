// Package tools pins, by hash, what releases are made and checked with, in a
// module of its own: none of it reaches go.mod, or a program.
package tools

// The schemas of bills of materials lie in this one.
import _ "github.com/CycloneDX/cyclonedx-go"
