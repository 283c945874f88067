package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"tenon/internal/client"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// How often a run that is followed is asked for news: at first often, so that a short run's output comes at once, then
// less, until there is news again. A pause is at most a part (1 of pollShare) of the time that the run has been followed,
// so that a short run is not made much longer by the last pause.
const (
	pollLeast = 40 * time.Millisecond
	pollMost  = 500 * time.Millisecond
	pollShare = 16
)

// logPage is how many lines one call may bring.
const logPage = 10_000

// The endings of a run's two log groups.
const (
	streamOutput = "output"
	streamError  = "error"
)

// logLine is one line of a run's logs.
type logLine struct {
	At      time.Time `json:"at"`
	Stream  string    `json:"stream"` // output or error
	Message string    `json:"message"`
}

// logReader reads the logs of one run, from the beginning on.
type logReader struct {
	c       *client.Client
	group   string // the run's log group without /output or /error
	run     string
	streams []string
	tokens  map[string]string // where each stream goes on
	tail    int               // 0: from the beginning; else only the last so many lines of each
	held    []logLine         // read, but the other stream may still have older ones
}

// getLogEvents is the request and the part of the answer that is used.
type getLogEvents struct {
	Group    string `json:"logGroupName"`
	Stream   string `json:"logStreamName"`
	Token    string `json:"nextToken,omitempty"`
	Limit    int    `json:"limit,omitempty"`
	FromHead bool   `json:"startFromHead"`
}

// logEvents is the answer.
type logEvents struct {
	Events []struct {
		Timestamp int64  `json:"timestamp"` // ms
		Message   string `json:"message"`
	} `json:"events"`
	Forward string `json:"nextForwardToken"`
}

// next returns what came since the last call, one stream after the other. more tells that there may be more at once. With
// an error no stream has gone on: the next call brings what this one had read of the others.
func (r *logReader) next(ctx context.Context) (lines []logLine, more bool, err error) {
	tokens := map[string]string{}
	for _, s := range r.streams {
		in := getLogEvents{Group: r.group + "/" + s, Stream: r.run, Token: r.tokens[s], Limit: logPage, FromHead: true}
		if in.Token == "" && r.tail > 0 {
			in.FromHead, in.Limit = false, r.tail
		}
		var out logEvents
		err := r.c.Logs(ctx, "GetLogEvents", in, &out)
		var refused *glue.Error
		if errors.As(err, &refused) && refused.Code == "ResourceNotFoundException" {
			continue // nothing was written yet
		}
		if err != nil {
			return nil, false, err
		}
		for _, e := range out.Events {
			lines = append(lines, logLine{time.UnixMilli(e.Timestamp).UTC(), s, e.Message})
		}
		more = more || len(out.Events) > 0 && in.Token != out.Forward && in.FromHead
		tokens[s] = out.Forward
	}
	maps.Copy(r.tokens, tokens)
	return lines, more, nil
}

// settle takes the lines that one look brought and returns those that may be shown: the streams are read one after the
// other, so a line is held until the next look has asked for the other stream's older ones. last: nothing will follow.
func (r *logReader) settle(lines []logLine, last bool) []logLine {
	until := int64(math.MaxInt64)
	if !last && len(r.streams) > 1 {
		until = math.MinInt64
		for _, l := range r.held {
			until = max(until, l.At.UnixMilli())
		}
	}
	all := append(r.held, lines...)
	slices.SortStableFunc(all, func(a, b logLine) int { return cmp.Compare(a.At.UnixMilli(), b.At.UnixMilli()) })
	n := 0
	for n < len(all) && all[n].At.UnixMilli() <= until {
		n++
	}
	r.held = slices.Clone(all[n:])
	return all[:n]
}

// newLogReader makes a reader over the streams of a run.
func newLogReader(c *client.Client, run *wire.JobRun, streams ...string) *logReader {
	return &logReader{c: c, group: val(run.LogGroupName), run: val(run.Id), streams: streams, tokens: map[string]string{}}
}

// printLines writes lines of a log: as the script did, its stdout to out and its stderr to err, or with all on out when
// only one stream was asked for.
func (a *app) printLines(lines []logLine, stamps, together bool) error {
	for _, l := range lines {
		if a.flags.output == formatJSON {
			text, err := json.Marshal(l)
			if err != nil {
				return err
			}
			a.con.print("%s\n", text)
			continue
		}
		text := l.Message
		if stamps {
			text = a.con.onOut(dim, l.At.Local().Format("15:04:05.000")) + " " + text
		}
		if l.Stream == streamError && !together {
			fmt.Fprintln(a.con.err, text)
		} else {
			fmt.Fprintln(a.con.out, text)
		}
	}
	return nil
}

// watcher is told of a run while it is followed. What is nil is not asked for.
type watcher struct {
	logs  *logReader
	lines func([]logLine) error // of logs
	state func(*wire.JobRun)    // each time the state or its detail changed
	every func(*wire.JobRun)    // at each look
}

// drain reads every line that there is now, passes on those whose place is settled, with last all of them, and tells
// whether there was any.
func (w *watcher) drain(ctx context.Context, last bool) (news bool, err error) {
	if w.logs == nil {
		return false, nil
	}
	for more := true; more; {
		var lines []logLine
		if lines, more, err = w.logs.next(ctx); err != nil {
			return news, err
		}
		news = news || len(lines) > 0
		if err := w.lines(w.logs.settle(lines, last && !more)); err != nil {
			return news, err
		}
	}
	return news, nil
}

// follow watches a run until it is final and its logs are read, and returns it as it ended. A signal on interrupt is
// answered by stop; the run is then followed to its end.
func follow(ctx context.Context, c *client.Client, run *wire.JobRun, w watcher, interrupt <-chan struct{}, stop func() error) (*wire.JobRun, error) {
	pause, last, began := pollLeast, "", time.Now()
	for {
		latest, err := getRun(ctx, c, val(run.JobName), val(run.Id))
		if err != nil {
			return run, err
		}
		run = latest
		now := val(run.JobRunState) + firstSentence(val(run.StateDetail)) // what follows it changes with each estimate
		if now != last && w.state != nil {
			w.state(run)
		}
		if w.every != nil {
			w.every(run)
		}
		final := glue.RunState(val(run.JobRunState)).Final()
		news, err := w.drain(ctx, final) // after the look at the state: of a final run, every line is there
		if err != nil || final {
			return run, err
		}
		most := min(max(time.Since(began)/pollShare, pollLeast), pollMost)
		if pause = min(pause*3/2, most); news || now != last {
			pause = pollLeast
		}
		last = now
		select {
		case <-ctx.Done():
			return run, ctx.Err()
		case <-interrupt:
			interrupt = nil
			if err := stop(); err != nil {
				return run, err
			}
		case <-time.After(pause):
		}
	}
}

// getRun reads one run.
func getRun(ctx context.Context, c *client.Client, job, id string) (*wire.JobRun, error) {
	var out wire.GetJobRunResponse
	err := c.Call(ctx, "GetJobRun", wire.GetJobRunRequest{JobName: &job, RunId: &id}, &out)
	return out.JobRun, err
}

// stopRun asks for the end of one run.
func stopRun(ctx context.Context, c *client.Client, job, id string) error {
	var out wire.BatchStopJobRunResponse
	err := c.Call(ctx, "BatchStopJobRun", wire.BatchStopJobRunRequest{JobName: &job, JobRunIds: []string{id}}, &out)
	if err == nil && len(out.Errors) > 0 {
		d := out.Errors[0].ErrorDetail
		return &glue.Error{Code: glue.Code(val(d.ErrorCode)), Message: val(d.ErrorMessage)}
	}
	return err
}
