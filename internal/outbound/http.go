package outbound

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"klaxon"
	"klaxon/internal/secret"
)

// HTTP posts to one peer. Use NewHTTP.
type HTTP struct {
	base   secret.Secret // the URL: for many services it is the password
	host   string
	client *http.Client
	veil   *secret.Veil
}

// NewHTTP returns an HTTP for a URL. What the peer says is never quoted with the URL
// or what else is to be hidden.
func NewHTTP(base secret.Secret, conf *tls.Config, allowPrivate bool, hidden ...secret.Secret) (*HTTP, error) {
	u, err := url.Parse(base.Reveal())
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New("the URL is none of http or https") // and is not shown
	}
	t := &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return Dial(ctx, network, address, allowPrivate)
		},
		TLSClientConfig: conf, DisableCompression: true, MaxConnsPerHost: 1,
		MaxResponseHeaderBytes: maxHeader, IdleConnTimeout: idle, TLSHandshakeTimeout: 10 * time.Second,
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	veil := secret.NewVeil(append(hidden, base)...)
	return &HTTP{base, u.Host, &http.Client{Transport: t, CheckRedirect: stay}, veil}, nil
}

// Reply is what a peer answered, as far as it was read.
type Reply struct {
	Status int
	Body   []byte
}

// Call sends a request to a path below the URL, "" for the URL itself. When the peer
// had all of it and broke off, the error is a klaxon.Doubt.
func (h *HTTP) Call(ctx context.Context, method, path string, header http.Header, body []byte) (Reply, error) {
	u, err := url.Parse(h.base.Reveal())
	if err != nil {
		return Reply{}, errors.New("the URL is none")
	}
	if path, query, found := bytes.Cut([]byte(path), []byte("?")); len(path) > 0 {
		u = u.JoinPath(string(path))
		if found {
			u.RawQuery = string(query)
		}
	}
	var sent atomic.Bool // by a goroutine of the transport
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) { sent.Store(i.Err == nil) }})
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return Reply{}, fmt.Errorf("call %s: the request is malformed", h.host)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", "klaxon")
	resp, err := h.client.Do(req)
	switch {
	case err != nil && sent.Load():
		return Reply{}, &klaxon.Doubt{Err: h.failure(err)}
	case err != nil:
		return Reply{}, h.failure(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	switch {
	case err != nil && resp.StatusCode < 300:
		return Reply{}, h.failure(err)
	case len(text) > maxReply && resp.StatusCode < 300:
		// Taken, but not as such a service would say it: better told twice.
		return Reply{}, fmt.Errorf("call %s: the answer is longer than %d bytes", h.host, maxReply)
	}
	return Reply{resp.StatusCode, text[:min(len(text), maxReply)]}, nil
}

// failure leaves the URL out, which the error of net/http holds, and hides what is
// quoted in it of a malformed answer.
func (h *HTTP) failure(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return fmt.Errorf("call %s: %w", h.host, h.veil.Error(err))
}

// Host is the peer, as to be shown.
func (h *HTTP) Host() string { return h.host }

// Close ends idle connections.
func (h *HTTP) Close() { h.client.CloseIdleConnections() }
