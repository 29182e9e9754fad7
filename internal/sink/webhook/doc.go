// Package webhook posts each record to a URL: as our own JSON, or in the words of
// a template. The body is signed. What a template gets is a fixed type of plain
// printable text, so that none can leak, call or forge anything.
package webhook
