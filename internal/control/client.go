package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"syscall"
	"time"

	"klaxon/internal/chain"
	"klaxon/internal/store"
)

// ErrSilent says that no klaxond answers.
var ErrSilent = errors.New("klaxond does not run, or listens elsewhere")

// ErrRefused says that klaxond does not answer this user.
var ErrRefused = errors.New("klaxond answers root, the klaxon user and its own user only")

// Client asks a klaxond. Use NewClient.
type Client struct {
	path     string
	http     *http.Client
	patience func(what string) time.Duration
}

// NewClient returns a Client of the socket at a path. It connects when it asks.
func NewClient(path string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialPolite(ctx, path)
	}
	return &Client{path, &http.Client{Transport: &http.Transport{
		DialContext: dial, MaxIdleConns: 1, IdleConnTimeout: idleMax / 2, DisableCompression: true,
	}}, patienceFor}
}

// Status asks how klaxond is.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.get(ctx, "status", nil, &s)
}

// Why asks what is known of a source.
func (c *Client) Why(ctx context.Context, addr netip.Addr) (w Why, err error) {
	return w, c.get(ctx, "why", url.Values{"addr": {addr.String()}}, &w)
}

// Verify has klaxond verify its own store.
func (c *Client) Verify(ctx context.Context) (r chain.Report, err error) {
	return r, c.get(ctx, "verify", nil, &r)
}

// Allowed lists what is expected.
func (c *Client) Allowed(ctx context.Context) (list []Allowance, err error) {
	return list, c.get(ctx, "allowed", nil, &list)
}

// Allow has a source expected.
func (c *Client) Allow(ctx context.Context, a Allowance) (Allowance, error) {
	err := c.post(ctx, "allow", a, &a)
	return a, err
}

// Disallow ends what Allow began.
func (c *Client) Disallow(ctx context.Context, what string) (gone []Allowance, err error) {
	return gone, c.post(ctx, "forbid", map[string]string{"what": what}, &gone)
}

// Learn has klaxond watch for a time; with 0 it tells how far it is.
func (c *Client) Learn(ctx context.Context, span time.Duration) (l Lesson, err error) {
	return l, c.post(ctx, "learn", map[string]Duration{"for": Duration(span)}, &l)
}

// Records yields the lines of all records that a filter picks, page after page,
// and an error last. Limit is that of all of them, 0 for none.
func (c *Client) Records(ctx context.Context, f store.Filter) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		left, endless := f.Limit, f.Limit == 0
		for endless || left > 0 {
			f.Limit = store.LimitMax
			if !endless {
				f.Limit = min(left, store.LimitMax)
			}
			resp, err := c.do(ctx, http.MethodGet, "records", query(f), nil)
			if err != nil {
				yield(nil, err)
				return
			}
			n, more := eachLine(resp.Body, yield)
			left -= n
			f.Cursor, _ = strconv.ParseUint(resp.Header.Get(headNext), 10, 64)
			if !more || f.Cursor == 0 {
				return
			}
		}
	}
}

// Kept is what is kept of an alarm.
type Kept struct {
	Lines    [][]byte // its records, oldest first
	More     bool     // there are more of them
	Evidence int      // bytes of its packets
}

// Alarm asks for all records of an alarm.
func (c *Client) Alarm(ctx context.Context, id string) (k Kept, err error) {
	resp, err := c.do(ctx, http.MethodGet, "alarm", url.Values{"id": {id}}, nil)
	if err != nil {
		return k, err
	}
	k.More = resp.Header.Get(headMore) == "true"
	k.Evidence, _ = strconv.Atoi(resp.Header.Get(headEvidence))
	eachLine(resp.Body, func(line []byte, lineErr error) bool {
		if err = lineErr; err == nil {
			k.Lines = append(k.Lines, bytes.Clone(line))
		}
		return err == nil
	})
	return k, err
}

// Evidence asks for the packets of an alarm, a pcapng file.
func (c *Client) Evidence(ctx context.Context, id string) ([]byte, error) {
	resp, err := c.do(ctx, http.MethodGet, "evidence", url.Values{"id": {id}}, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(io.LimitReader(resp.Body, store.EvidenceMax))
}

// Tail yields the line of every record from now on. missed, in its place, is how
// many records were left out there.
func (c *Client) Tail(ctx context.Context, begun func(), take func(line []byte, missed uint64) bool) error {
	resp, err := c.do(ctx, http.MethodGet, "tail", nil, nil)
	if err != nil {
		return err
	}
	begun()
	ended := errors.New("klaxond ended")
	eachLine(resp.Body, func(line []byte, lineErr error) bool {
		if lineErr != nil {
			ended = c.explain(lineErr)
			return false
		}
		if len(line) == 0 {
			return true
		}
		if n, ok := missedIn(line); ok {
			return take(nil, n)
		}
		return take(line, 0)
	})
	if ctx.Err() != nil {
		return nil
	}
	return ended
}

func missedIn(line []byte) (uint64, bool) {
	var m struct {
		Type  string `json:"type"`
		Count uint64 `json:"count"`
	}
	if !bytes.HasPrefix(line, []byte(`{"v":1,"type":"missed"`)) || json.Unmarshal(line, &m) != nil {
		return 0, false
	}
	return m.Count, true
}

// eachLine yields lines and closes their source; more is whether all were taken.
func eachLine(body io.ReadCloser, yield func([]byte, error) bool) (n int, more bool) {
	defer body.Close()
	in := bufio.NewScanner(body)
	in.Buffer(make([]byte, 0, 16<<10), lineMax)
	for in.Scan() {
		n++
		if !yield(in.Bytes(), nil) {
			return n, false
		}
	}
	if err := in.Err(); err != nil {
		yield(nil, fmt.Errorf("read klaxond's answer: %w", err))
		return n, false
	}
	return n, true
}

func (c *Client) get(ctx context.Context, what string, q url.Values, to any) error {
	resp, err := c.do(ctx, http.MethodGet, what, q, nil)
	if err != nil {
		return err
	}
	return readAnswer(resp, to)
}

func (c *Client) post(ctx context.Context, what string, body, to any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	resp, err := c.do(ctx, http.MethodPost, what, nil, bytes.NewReader(text))
	if err != nil {
		return err
	}
	return readAnswer(resp, to)
}

func readAnswer(resp *http.Response, to any) error {
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, statusMax)).Decode(to); err != nil {
		return fmt.Errorf("read klaxond's answer: %w", err)
	}
	return nil
}

// do asks, and returns an answer that is no error.
func (c *Client) do(ctx context.Context, method, what string, q url.Values, body io.Reader) (*http.Response, error) {
	u := url.URL{Scheme: "http", Host: "klaxond", Path: "/v1/" + what, RawQuery: q.Encode()}
	p := waiting(ctx, c.patience(what), c.path)
	req, err := http.NewRequestWithContext(p.ctx, method, u.String(), body)
	if err != nil {
		p.stop()
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		defer p.stop()
		return nil, c.explain(p.why(err))
	}
	p.ReadCloser, resp.Body = resp.Body, p
	if resp.StatusCode == http.StatusOK {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refusal(resp)
}

func refusal(resp *http.Response) error {
	var e struct {
		Error string `json:"error"`
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, errorMax))
	if err != nil || json.Unmarshal(text, &e) != nil || e.Error == "" {
		e.Error = "klaxond answers " + resp.Status
	}
	e.Error = plain(e.Error)
	switch resp.StatusCode {
	case http.StatusForbidden:
		return ErrRefused
	case http.StatusNotFound:
		return &Refusal{e.Error, ErrNotFound}
	case http.StatusBadRequest:
		return &Refusal{e.Error, ErrInvalid}
	case http.StatusNotImplemented:
		return &Refusal{e.Error, ErrUnavailable}
	}
	return errors.New(e.Error)
}

// explain tells a missing klaxond and a missing right from what else goes wrong.
func (c *Client) explain(err error) error {
	switch {
	case errors.Is(err, ErrStill):
		return err
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("%w (%s)", ErrSilent, c.path)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%w (%s)", ErrRefused, c.path)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err // "Get http://klaxond" would mislead
	}
	return fmt.Errorf("ask klaxond at %s: %w", c.path, err)
}
