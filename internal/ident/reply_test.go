package ident

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"klaxon"
)

// The connection is 6193 on the machine that is asked, 23 here, as in the
// examples of RFC 1413.
func TestParseReply(t *testing.T) {
	long := strings.Repeat("u", 512)
	for _, c := range []struct {
		line    string
		outcome klaxon.IdentOutcome
		claim   string
	}{
		// The examples of RFC 1413, sections 4 and 6, with the ports made one.
		{"6193, 23 : USERID : UNIX :stjohns", "claim", "stjohns"},
		{"6193, 23 : USERID : OTHER :StJohns", "claim", "StJohns"},
		{"6193, 23 : USERID : UNIX : stjohns", "claim", "stjohns"},
		{"6193, 23 : USERID : UNIX,US-ASCII : stjohns", "claim", "stjohns"},
		{"6193, 23 : ERROR : NO-USER", "error", ""},
		{"6193, 23 : ERROR : INVALID-PORT", "error", ""},
		{"6193, 23 : ERROR : UNKNOWN-ERROR", "error", ""},
		{"6193, 23 : ERROR : X-MOON", "error", ""},
		{"6193, 23 : ERROR : HIDDEN-USER", "hidden-user", ""},
		// RFC 931.
		{"6193, 23 : USERID : MULTICS : StJohns.DODCSC.a", "claim", "StJohns.DODCSC.a"},
		{"6193, 23 : USERID : TAC : MCSJ-MITMUL", "claim", "MCSJ-MITMUL"},
		// White space anywhere but in a token; case.
		{"6193,23:USERID:UNIX:joe", "claim", "joe"},
		{" \t6193\t,\t23\t:\tuserid\t:\tunix\t:joe", "claim", "joe"},
		{"6193,23:Error: hidden-user \t", "hidden-user", ""},
		{"06193,00023:USERID:UNIX:joe", "claim", "joe"},
		// The user id is all that follows, less one space.
		{"6193,23:USERID:UNIX:   joe  ", "claim", "  joe  "},
		{"6193,23:USERID:UNIX:\tjoe", "claim", "\tjoe"},
		{"6193,23:USERID:UNIX:a:b:c", "claim", "a:b:c"},
		{"6193,23:USERID:UNIX:  ", "claim", " "},
		{"6193,23:USERID:UNIX:\x1b[2J\xff%s", "claim", "\x1b[2J\xff%s"},
		{"6193,23:USERID:UNIX:" + long, "claim", long},
		{"6193,23:USERID:UNIX:" + long + "v", "claim", long},
		// Malformed.
		{"", "error", ""},
		{":::", "error", ""},
		{"6193,23", "error", ""},
		{"6193,23:", "error", ""},
		{"6193,23:USERID", "error", ""},
		{"6193,23:USERID:UNIX", "error", ""},
		{"6193,23:USERID:UNIX:", "error", ""},
		{"6193,23:USERID:UNIX: ", "error", ""},
		{"6193,23:USERID: :joe", "error", ""},
		{"6193,23:USERID:UNIX:jo\x00e", "error", ""},
		{"6193,23:USERIDS:UNIX:joe", "error", ""},
		{"6193,23:ERROR:HIDDEN-USER:joe", "error", ""},
		{"6193,23:ERROR", "error", ""},
		{"HTTP/1.1 400 Bad Request", "error", ""},
		// Another connection's ports, or none.
		{"23, 6193 : USERID : UNIX : joe", "error", ""},
		{"6193, 24 : USERID : UNIX : joe", "error", ""},
		{"6194, 23 : USERID : UNIX : joe", "error", ""},
		{"6194, 23 : ERROR : HIDDEN-USER", "error", ""},
		{"6193 : USERID : UNIX : joe", "error", ""},
		{"6193, : USERID : UNIX : joe", "error", ""},
		{", 23 : USERID : UNIX : joe", "error", ""},
		{"6193, 23, 1 : USERID : UNIX : joe", "error", ""},
		{"6193, +23 : USERID : UNIX : joe", "error", ""},
		{"6193, 2 3 : USERID : UNIX : joe", "error", ""},
		{"71729, 23 : USERID : UNIX : joe", "error", ""}, // 6193 + 65536
		{"006193, 23 : USERID : UNIX : joe", "error", ""},
	} {
		outcome, claim := parseReply([]byte(c.line), 6193, 23)
		if outcome != c.outcome || string(claim) != c.claim {
			t.Errorf("%q: %s %q, want %s %q", c.line, outcome, claim, c.outcome, c.claim)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	for _, s := range []string{
		"6193, 23 : USERID : UNIX : stjohns",
		"6193,23:USERID:OTHER,UTF-8:" + strings.Repeat("\xff", 600),
		"6193, 23 : ERROR : HIDDEN-USER",
		"6193, 23 : ERROR : NO-USER",
		"6193,23:USERID:UNIX:a\x00b",
	} {
		f.Add([]byte(s), uint16(6193), uint16(23))
	}
	f.Fuzz(func(t *testing.T, line []byte, remote, local uint16) {
		before := bytes.Clone(line)
		outcome, claim := parseReply(line, remote, local)
		if !bytes.Equal(line, before) {
			t.Fatal("the line was changed")
		}
		switch outcome {
		case klaxon.IdentClaim:
			within := len(claim) > 0 && len(claim) <= 512 && cap(claim) <= cap(line) &&
				&line[:cap(line)][cap(line)-1] == &claim[:cap(claim)][cap(claim)-1]
			if !within || bytes.ContainsAny(claim, "\x00\r\n") {
				t.Fatalf("claim %q of %q", claim, line)
			}
		case klaxon.IdentHidden, klaxon.IdentError:
			if claim != nil {
				t.Fatalf("claim %q with outcome %s", claim, outcome)
			}
		default:
			t.Fatalf("a line cannot have outcome %q", outcome)
		}
	})
}

func TestReadLine(t *testing.T) {
	full := strings.Repeat("x", 999)
	for _, c := range []struct {
		name, stream string
		end          error // after stream
		line         string
		outcome      klaxon.IdentOutcome
	}{
		{"CR LF", "one\r\ntwo\r\n", io.EOF, "one", ""},
		{"LF", "one\ntwo", io.EOF, "one", ""},
		{"CR", "one\rtwo", io.EOF, "one", ""},
		{"end of stream", "one", io.EOF, "one", ""},
		{"empty line", "\r\none\r\n", io.EOF, "", ""},
		{"nothing", "", io.EOF, "", "no-answer"},
		{"silence", "", os.ErrDeadlineExceeded, "", "no-answer"},
		{"half a line, silence", "one", os.ErrDeadlineExceeded, "", "no-answer"},
		{"reset", "", io.ErrUnexpectedEOF, "", "no-answer"},
		{"half a line, reset", "one", io.ErrUnexpectedEOF, "", "error"},
		{"1,000 bytes", full + "\n", io.EOF, full, ""},
		{"1,001 bytes", full + "x\n", io.EOF, "", "error"},
	} {
		for _, split := range []func(io.Reader) io.Reader{
			func(r io.Reader) io.Reader { return r }, iotest.OneByteReader, iotest.DataErrReader,
		} {
			r := io.MultiReader(strings.NewReader(c.stream), iotest.ErrReader(c.end))
			line, outcome := readLine(split(r))
			if string(line) != c.line || outcome != c.outcome {
				t.Errorf("%s: %q %q, want %q %q", c.name, line, outcome, c.line, c.outcome)
			}
		}
	}
}

// TestReadsNoMore: what lies beyond 1,000 bytes stays with the kernel.
func TestReadsNoMore(t *testing.T) {
	r := strings.NewReader(strings.Repeat("x", 5000))
	readLine(r)
	if read := 5000 - r.Len(); read > 1000 {
		t.Errorf("%d bytes read", read)
	}
}
