package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"klaxon"
)

// identity is the same for each try of one record, and another for each record.
func identity(r klaxon.Record) string {
	switch r := r.(type) {
	case *klaxon.Touch:
		return tag("touch", r.ID, r.Boot, r.Seq)
	case *klaxon.Alarm:
		return tag("alarm", r.ID, r.Boot, r.Seq)
	case *klaxon.Health:
		return tag("health", r.ID, r.Boot, r.Seq)
	}
	return "unknown"
}

func tag(kind, id, boot string, seq uint64) string {
	return kind + "-" + word(id) + "-" + word(boot) + "-" + strconv.FormatUint(seq, 10)
}

// sign returns the headers of a body: those of Standard Webhooks, which have
// libraries for every language. The signature is base64 of HMAC-SHA256 over
// "ID.TIME.BODY". A key that begins in whsec_ is base64 behind that, any other is
// taken as it stands.
func (s *Sink) sign(id string, body []byte, now time.Time) http.Header {
	h := s.header.Clone()
	stamp := strconv.FormatInt(now.Unix(), 10)
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", stamp)
	if s.key.Set() {
		mac := hmac.New(sha256.New, keyOf(s.key.Reveal()))
		mac.Write([]byte(id + "." + stamp + "."))
		mac.Write(body)
		h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return h
}

func keyOf(text string) []byte {
	if coded, ok := strings.CutPrefix(text, "whsec_"); ok {
		if key, err := base64.StdEncoding.DecodeString(coded); err == nil {
			return key
		}
	}
	return []byte(text)
}
