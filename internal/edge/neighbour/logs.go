package neighbour

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tenon/internal/attempt"
	"tenon/internal/glue"
)

// LogsTargetPrefix is what stands before an operation's name in X-Amz-Target.
const LogsTargetPrefix = "Logs_20140328."

// Bounds of CloudWatch Logs' own.
const (
	maxLogEvents  = 10_000  // of one page
	maxPageBytes  = 1 << 20 // of one page
	maxStreams    = 50      // of one DescribeLogStreams page
	maxNamed      = 100     // logStreamNames of one FilterLogEvents
	eventOverhead = 26      // bytes that CloudWatch counts for an event beside its message

	maxOffset = 1 << 50  // that a token may name: beyond any log
	maxScan   = 64 << 20 // bytes of logs that one call goes through, found or not; its tokens lead on from there
	maxLook   = 1000     // newest runs of a region among which those of a group are looked for
)

// Logs answers CloudWatch Logs for the streams of job runs: group "/aws-glue/jobs/output" or ".../error" (python-jobs
// for pythonshell), stream = run id. The events are the attempt's own log files, read page by page; nothing is copied.
type Logs struct {
	// Root is the folder of the attempts.
	Root string
	// Run finds a run by id in a region; a *glue.Error or any other error when there is none.
	Run func(ctx context.Context, region, id string) (*glue.JobRun, error)
	// Recent lists those of a log group among the newest limit runs of the region, newest first, for the calls that name
	// no stream.
	Recent func(ctx context.Context, region, group string, limit int) ([]*glue.JobRun, error)
}

// Serve answers one operation.
func (l *Logs) Serve(ctx context.Context, region, op string, body []byte) (any, error) {
	in := logsRequest{}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, glue.Errorf(glue.CodeSerialization, "the body is not JSON of the right types")
		}
	}
	if in.Group == "" {
		in.Group = groupOfARN(in.GroupIdentifier)
	}
	switch op {
	case "GetLogEvents":
		return l.get(ctx, region, in)
	case "FilterLogEvents":
		return l.filter(ctx, region, in)
	case "DescribeLogStreams":
		return l.streams(ctx, region, in)
	}
	return nil, glue.Errorf("UnknownOperationException",
		"CloudWatch Logs %s is not implemented by Tenon; served are GetLogEvents, FilterLogEvents and DescribeLogStreams.", op)
}

// logsRequest holds the members of the three requests.
type logsRequest struct {
	Group           string   `json:"logGroupName"`
	GroupIdentifier string   `json:"logGroupIdentifier"`
	Stream          string   `json:"logStreamName"`
	Streams         []string `json:"logStreamNames"`
	StreamPrefix    string   `json:"logStreamNamePrefix"`
	Start           *int64   `json:"startTime"` // ms, inclusive
	End             *int64   `json:"endTime"`   // ms, exclusive
	Limit           int      `json:"limit"`
	Token           string   `json:"nextToken"`
	FromHead        bool     `json:"startFromHead"`
	Pattern         string   `json:"filterPattern"`
	OrderBy         string   `json:"orderBy"`
	Descending      bool     `json:"descending"`
}

// groupOfARN takes the group's name out of an ARN, or returns s.
func groupOfARN(s string) string {
	if _, name, ok := strings.Cut(s, ":log-group:"); ok {
		return strings.TrimSuffix(name, ":*")
	}
	return s
}

// notFound is CloudWatch's refusal of a group or stream that does not exist.
func notFound(what string) error {
	return glue.Errorf("ResourceNotFoundException", "The specified log %s does not exist.", what)
}

// invalid is CloudWatch's refusal of a wrong parameter.
func invalid(format string, args ...any) error {
	return glue.Errorf("InvalidParameterException", format, args...)
}

// streamFile tells which file of an attempt a group's last part names.
func streamFile(group string) (base, file string, ok bool) {
	if base, ok = strings.CutSuffix(group, "/output"); ok {
		return base, attempt.FileStdout, true
	}
	if base, ok = strings.CutSuffix(group, "/error"); ok {
		return base, attempt.FileStderr, true
	}
	return "", "", false
}

// stream is the log of one run in one group: the same file of each of its attempts, one after the other.
type stream struct {
	name  string
	run   *glue.JobRun
	files []string // by attempt
}

// stream finds a stream. "<run id>_attempt_N" is that attempt's alone.
func (l *Logs) stream(ctx context.Context, region, group, name string) (*stream, error) {
	base, file, ok := streamFile(group)
	if !ok {
		return nil, notFound("group")
	}
	id, only := glue.SplitAttempt(name)
	run, err := l.Run(ctx, region, id)
	if err != nil || run.LogGroup != base || only > run.Attempt {
		return nil, notFound("stream")
	}
	s := &stream{name: name, run: run}
	for n := 0; n <= run.Attempt; n++ {
		if only < 0 || only == n {
			dir := attempt.Key{Run: run.ID, Attempt: n}.Dir(l.Root)
			s.files = append(s.files, filepath.Join(dir, file))
		}
	}
	return s, nil
}

// position is a place in a stream: an offset in the file of one attempt. Its text form, f/N/offset or b/N/offset, is
// GetLogEvents' token; f reads on forwards from there, b backwards.
type position struct {
	file   int
	offset int64
}

// token is p as GetLogEvents' tokens are written.
func (p position) token(direction string) string {
	return fmt.Sprintf("%s/%d/%d", direction, p.file, p.offset)
}

// parseToken reads what token wrote.
func parseToken(s string, files int) (direction string, p position, err error) {
	parts := strings.Split(s, "/")
	if len(parts) == 3 && (parts[0] == "f" || parts[0] == "b") {
		n, err1 := strconv.Atoi(parts[1])
		off, err2 := strconv.ParseInt(parts[2], 10, 64)
		if err1 == nil && err2 == nil && n >= 0 && n < max(files, 1) && off >= 0 && off <= maxOffset {
			return parts[0], position{n, off}, nil
		}
	}
	return "", p, invalid("The specified nextToken is invalid.")
}

// logEvent is an event as it goes out.
type logEvent struct {
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
	Stream        string `json:"logStreamName,omitempty"`
	ID            string `json:"eventId,omitempty"`
}

// event is e as it goes out.
func event(e attempt.LogEvent) logEvent {
	text := e.Text
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return logEvent{Timestamp: e.At.UnixMilli(), IngestionTime: e.At.UnixMilli(), Message: text}
}

// within reports whether an event's time is in [Start, End).
func (in *logsRequest) within(at time.Time) bool {
	ms := at.UnixMilli()
	return (in.Start == nil || ms >= *in.Start) && (in.End == nil || ms < *in.End)
}

// limit is how many events a page may hold.
func (in *logsRequest) limit() (int, error) {
	if in.Limit < 0 || in.Limit > maxLogEvents {
		return 0, invalid("limit must be between 1 and %d.", maxLogEvents)
	}
	if in.Limit == 0 {
		return maxLogEvents, nil
	}
	return in.Limit, nil
}

// page gathers events up to a count and a size, from at most maxScan bytes of logs.
type page struct {
	events  []logEvent
	left    int
	bytes   int
	scanned int64
}

// spent reports whether the call has gone through all the bytes it may. The error is that of a caller who left.
func (p *page) spent(ctx context.Context) (bool, error) { return p.scanned >= maxScan, ctx.Err() }

// add takes an event, unless the page is full.
func (p *page) add(e logEvent) bool {
	size := len(e.Message) + eventOverhead
	if p.left == 0 || (p.bytes+size > maxPageBytes && len(p.events) > 0) {
		return false
	}
	p.events, p.left, p.bytes = append(p.events, e), p.left-1, p.bytes+size
	return true
}

// forward reads events from p on into pg until that is full, the call has read its share, or the stream ends; it returns
// where to read on, and whether there may be more.
func (s *stream) forward(ctx context.Context, p position, pg *page, take func(attempt.LogEvent) (logEvent, bool)) (position, bool, error) {
	for p.file < len(s.files) {
		f, err := os.Open(s.files[p.file])
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return p, false, fmt.Errorf("logs: %w", err)
		}
		if err == nil {
			full, err := forwardFile(ctx, f, &p, pg, take)
			if err = errors.Join(err, f.Close()); err != nil || full {
				return p, full, err
			}
		}
		if p.file == len(s.files)-1 {
			return p, false, nil
		}
		p = position{file: p.file + 1}
	}
	return p, false, nil
}

// forwardFile is forward within one file; full reports that the page has no room for the event at p, or that the call
// has read its share.
func forwardFile(ctx context.Context, f io.ReaderAt, p *position, pg *page, take func(attempt.LogEvent) (logEvent, bool)) (full bool, err error) {
	for {
		if spent, err := pg.spent(ctx); spent || err != nil {
			return spent, err
		}
		events, next, err := attempt.ReadLog(f, p.offset, maxLogEvents)
		if err != nil {
			return false, err
		}
		pg.scanned += max(0, next-p.offset)
		for _, e := range events {
			if out, ok := take(e); ok && !pg.add(out) {
				p.offset = e.Offset
				return true, nil
			}
			p.offset = e.Next
		}
		if len(events) == 0 {
			p.offset = max(p.offset, next)
			return false, nil
		}
	}
}

// backward reads the last events before p into pg, in the order of time, as forward does; it returns where to read on backwards.
func (s *stream) backward(ctx context.Context, p position, pg *page, in *logsRequest) (position, error) {
	var reversed []logEvent
	for {
		f, err := os.Open(s.files[p.file])
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return p, fmt.Errorf("logs: %w", err)
		}
		full := false
		for err == nil && p.offset > 0 && !full {
			var events []attempt.LogEvent
			if full, err = pg.spent(ctx); full || err != nil {
				break
			}
			if events, err = attempt.ReadLogBack(f, p.offset, maxLogEvents); err != nil || len(events) == 0 {
				break
			}
			pg.scanned += p.offset - events[0].Offset
			for _, e := range slices.Backward(events) {
				if in.within(e.At) && !pg.add(event(e)) {
					full = true
					break
				}
				p.offset = e.Offset
			}
		}
		if f != nil {
			err = errors.Join(err, f.Close())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return p, err
		}
		if full || p.file == 0 {
			break
		}
		p = position{file: p.file - 1, offset: fileSize(s.files[p.file-1])}
	}
	for _, e := range slices.Backward(pg.events) {
		reversed = append(reversed, e)
	}
	pg.events = reversed
	return p, nil
}

// fileSize is the size of a file, 0 where there is none.
func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// getAnswer is the answer of GetLogEvents. Both tokens are always there; a token that comes back unchanged means that
// there is nothing (yet) in that direction.
type getAnswer struct {
	Events   []logEvent `json:"events"`
	Forward  string     `json:"nextForwardToken"`
	Backward string     `json:"nextBackwardToken"`
}

// get is GetLogEvents.
func (l *Logs) get(ctx context.Context, region string, in logsRequest) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	s, err := l.stream(ctx, region, in.Group, in.Stream)
	if err != nil {
		return nil, err
	}
	direction, at := "b", position{file: len(s.files) - 1}
	switch {
	case in.Token != "":
		if direction, at, err = parseToken(in.Token, len(s.files)); err != nil {
			return nil, err
		}
	case in.FromHead:
		direction, at = "f", position{}
	default:
		at.offset = fileSize(s.files[at.file])
	}
	pg := &page{left: limit, events: []logEvent{}}
	end := at
	if direction == "f" {
		end, _, err = s.forward(ctx, at, pg, func(e attempt.LogEvent) (logEvent, bool) { return event(e), in.within(e.At) })
		return getAnswer{Events: pg.events, Forward: end.token("f"), Backward: at.token("b")}, err
	}
	end, err = s.backward(ctx, at, pg, &in)
	if pg.events == nil {
		pg.events = []logEvent{}
	}
	return getAnswer{Events: pg.events, Forward: at.token("f"), Backward: end.token("b")}, err
}

// filterAnswer is the answer of FilterLogEvents.
type filterAnswer struct {
	Events   []logEvent     `json:"events"`
	Searched []searchedName `json:"searchedLogStreams"`
	Next     string         `json:"nextToken,omitempty"`
}

// searchedName is one stream that a search went through.
type searchedName struct {
	Name string `json:"logStreamName"`
	Done bool   `json:"searchedCompletely"`
}

// filterToken is where a search goes on: the streams it began with, so that a run that starts between two pages changes
// nothing, and the place in them.
type filterToken struct {
	Streams []string `json:"s"`
	At      int      `json:"n"`
	File    int      `json:"f"`
	Offset  int64    `json:"o"`
}

// filter is FilterLogEvents: the events of the streams, stream by stream, that contain every term of the pattern.
func (l *Logs) filter(ctx context.Context, region string, in logsRequest) (any, error) {
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	match, err := parsePattern(in.Pattern)
	if err != nil {
		return nil, err
	}
	t, err := l.filterStart(ctx, region, in)
	if err != nil {
		return nil, err
	}
	pg := &page{left: limit, events: []logEvent{}}
	out := filterAnswer{Searched: []searchedName{}}
	for ; t.At < len(t.Streams); t.At, t.File, t.Offset = t.At+1, 0, 0 {
		name := t.Streams[t.At]
		s, err := l.stream(ctx, region, in.Group, name)
		if err != nil {
			return nil, err
		}
		end, full, err := s.forward(ctx, position{t.File, t.Offset}, pg, func(e attempt.LogEvent) (logEvent, bool) {
			o := event(e)
			o.Stream, o.ID = name, fmt.Sprintf("%013d%s%016x", o.Timestamp, name, e.Offset)
			return o, in.within(e.At) && match(o.Message)
		})
		if err != nil {
			return nil, err
		}
		out.Searched = append(out.Searched, searchedName{Name: name, Done: !full})
		if full {
			t.File, t.Offset = end.file, end.offset
			raw, err := json.Marshal(t)
			if err != nil {
				return nil, err
			}
			out.Next = base64.RawURLEncoding.EncodeToString(raw)
			break
		}
	}
	out.Events = pg.events
	return out, nil
}

// filterStart is where a search begins or goes on.
func (l *Logs) filterStart(ctx context.Context, region string, in logsRequest) (t filterToken, err error) {
	if in.Token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(in.Token)
		if err != nil || json.Unmarshal(raw, &t) != nil || t.At < 0 || t.File < 0 || t.Offset < 0 || t.Offset > maxOffset || len(t.Streams) > maxNamed {
			return t, invalid("The specified nextToken is invalid.")
		}
		return t, nil
	}
	if len(in.Streams) > maxNamed {
		return t, invalid("at most %d logStreamNames, got %d.", maxNamed, len(in.Streams))
	}
	if len(in.Streams) > 0 {
		return filterToken{Streams: in.Streams}, nil
	}
	runs, err := l.newest(ctx, region, in.Group, in.StreamPrefix, maxNamed)
	for _, r := range slices.Backward(runs) {
		t.Streams = append(t.Streams, r.ID)
	}
	return t, err
}

// newest lists the runs of a group whose id begins with prefix, newest first.
func (l *Logs) newest(ctx context.Context, region, group, prefix string, limit int) ([]*glue.JobRun, error) {
	base, _, ok := streamFile(group)
	if !ok {
		return nil, notFound("group")
	}
	runs, err := l.Recent(ctx, region, base, maxLook)
	if err != nil {
		return nil, err
	}
	runs = slices.DeleteFunc(runs, func(r *glue.JobRun) bool { return !strings.HasPrefix(r.ID, prefix) })
	return runs[:min(limit, len(runs))], nil
}

// parsePattern understands the plain form of filter patterns: terms, all of which must be in the message, quoted or not.
// Other forms are refused by name.
func parsePattern(pattern string) (func(string) bool, error) {
	var terms []string
	for rest := strings.TrimSpace(pattern); rest != ""; rest = strings.TrimSpace(rest) {
		switch rest[0] {
		case '"':
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, invalid("Invalid filter pattern: a quote is not closed.")
			}
			terms, rest = append(terms, rest[1:end+1]), rest[end+2:]
		case '{', '[', '?', '-', '%':
			return nil, invalid("Filter patterns that begin with %q are not implemented by Tenon; use plain terms.", rest[:1])
		default:
			term, after, _ := strings.Cut(rest, " ")
			terms, rest = append(terms, term), after
		}
	}
	return func(s string) bool {
		for _, t := range terms {
			if !strings.Contains(s, t) {
				return false
			}
		}
		return true
	}, nil
}

// streams is DescribeLogStreams: the newest runs of the group.
func (l *Logs) streams(ctx context.Context, region string, in logsRequest) (any, error) {
	limit := in.Limit
	if limit < 0 || limit > maxStreams {
		return nil, invalid("limit must be between 1 and %d.", maxStreams)
	}
	if limit == 0 {
		limit = maxStreams
	}
	var runs []*glue.JobRun
	var err error
	if strings.HasPrefix(in.StreamPrefix, glue.RunIDPrefix) && len(in.StreamPrefix) == len(glue.RunIDPrefix)+64 {
		s, err := l.stream(ctx, region, in.Group, in.StreamPrefix)
		if err == nil {
			runs = []*glue.JobRun{s.run}
		}
	} else if runs, err = l.newest(ctx, region, in.Group, in.StreamPrefix, limit); err != nil {
		return nil, err
	}
	list := []map[string]any{}
	for _, r := range runs {
		entry := map[string]any{"logStreamName": r.ID, "creationTime": r.Submitted.UnixMilli(), "storedBytes": 0,
			"arn": fmt.Sprintf("arn:aws:logs:%s::log-group:%s:log-stream:%s", region, in.Group, r.ID)}
		if !r.Started.IsZero() {
			entry["firstEventTimestamp"], entry["lastIngestionTime"] = r.Started.UnixMilli(), r.Modified.UnixMilli()
		}
		list = append(list, entry)
	}
	return map[string]any{"logStreams": list}, nil
}
