package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/core/audit"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// followEvents is how often `tenon audit -f` looks for news.
const followEvents = 500 * time.Millisecond

// eventFlags are the flags of `tenon events`.
type eventFlags struct {
	after         int64
	newest        bool // the last ones, whatever after is
	limit         int
	follow        bool
	pattern, kind string
	bridge        bool
}

// eventsCommand is `tenon events`.
func (a *app) eventsCommand() *cobra.Command {
	f := &eventFlags{limit: 100}
	c := &cobra.Command{
		Use: "events [COMMAND]", Short: "Show what happened, from the event table", GroupID: groupWork, Args: a.noneBut("a command"),
		Long: `Show what happened, the newest events of all: every change of a run, a workflow, a definition or a bookmark is
one event, numbered without gaps. --after continues where an earlier look ended; --after 0 begins with the first.
--follow shows what happens from now on, or with --after all that happened since.

--kind is a list of kinds parted by commas; run.* is every kind that begins so. --pattern is an event pattern of
EventBridge, on the form that events have there, which --eventbridge shows: see docs/events.md.`,
		Example: `  tenon events
  tenon events --after 1200 -o json
  tenon events -f --kind 'run.ended,workflow.*'
  tenon events -f --pattern '{"detail": {"state": ["FAILED", "TIMEOUT"]}}'
  tenon events --eventbridge -n 3`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.newest = !cmd.Flags().Changed("after")
			if f.limit < 1 || f.limit > glue.MaxPageSize {
				return usageError("--limit %d is not between 1 and %d", f.limit, glue.MaxPageSize)
			}
			if f.pattern != "" && !json.Valid([]byte(f.pattern)) {
				return usageError("--pattern is not JSON, such as {\"source\": [\"aws.glue\"]}")
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			if f.follow {
				return a.tailEvents(cmd.Context(), c, f)
			}
			return a.listEvents(cmd.Context(), c, f)
		},
		SuggestionsMinimumDistance: typos,
	}
	c.AddCommand(a.eventsPut())
	c.Flags().Int64Var(&f.after, "after", 0, "only events after this `number`")
	c.Flags().IntVarP(&f.limit, "limit", "n", f.limit, "how many at most")
	c.Flags().BoolVarP(&f.follow, "follow", "f", false, "show events as they come, until Ctrl-C")
	c.Flags().StringVar(&f.kind, "kind", "", "only events of these `kinds`")
	c.Flags().StringVar(&f.pattern, "pattern", "", "only events that this event `pattern` matches")
	c.Flags().BoolVar(&f.bridge, "eventbridge", false, "show events in EventBridge's form, one a line")
	c.Flags().SortFlags = false
	return c
}

// listEvents shows the events that are asked for.
func (a *app) listEvents(ctx context.Context, c *client.Client, f *eventFlags) error {
	events, forms, err := eventsAfter(ctx, c, f)
	if err != nil {
		return err
	}
	if !f.bridge {
		return showList(a, events, "No events.", eventColumns()...)
	}
	forms = slices.DeleteFunc(forms, func(form json.RawMessage) bool { return string(form) == "null" })
	if a.flags.output == formatYAML {
		return a.showDocument(forms)
	}
	for _, form := range forms {
		a.con.print("%s\n", form)
	}
	return nil
}

// eventsAfter reads the first events that are asked for, or the newest, and their forms in EventBridge where those are.
func eventsAfter(ctx context.Context, c *client.Client, f *eventFlags) (events []glue.Event, forms []json.RawMessage, err error) {
	in := api.EventInput{After: f.after, Kind: f.kind, Pattern: json.RawMessage(f.pattern), Forms: f.bridge}
	if f.newest {
		in.After, in.Before = 0, math.MaxInt64
	}
	for more := true; more && len(events) < f.limit; {
		in.Limit = f.limit - len(events)
		var out api.EventList
		if err := c.Admin(ctx, "ListEvents", in, &out); err != nil {
			return nil, nil, err
		}
		if more = out.More; f.newest {
			events, forms, in.Before = append(out.Events, events...), append(out.Forms, forms...), out.Last
			continue
		}
		events, forms, in.After = append(events, out.Events...), append(forms, out.Forms...), out.Last
	}
	return events, forms, nil
}

// How a stream that broke off is taken up again: after streamRetry, doubled up to streamRetryMost, streamRetries times in a row.
const (
	streamRetry     = 200 * time.Millisecond
	streamRetryMost = 5 * time.Second
	streamRetries   = 12
)

// tailEvents shows events as they come. A stream that ends is taken up where it ended, so that none is lost or shown twice.
func (a *app) tailEvents(ctx context.Context, c *client.Client, f *eventFlags) error {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	if f.newest { // from now on
		last, _, err := eventsAfter(ctx, c, &eventFlags{newest: true, limit: 1})
		if err != nil {
			return err
		}
		for _, e := range last {
			f.after = e.Seq
		}
	}
	query := url.Values{"after": {fmt.Sprint(f.after)}}
	for name, value := range map[string]string{"kind": f.kind, "pattern": f.pattern} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if !f.bridge {
		query.Set("raw", "1")
	}
	last, opened, pause := "", false, streamRetry
	for failures := 0; ; {
		err := c.Stream(ctx, query, last, func(m client.Message) error {
			last, opened, failures, pause = m.ID, true, 0, streamRetry
			return a.showMessage(m, f)
		})
		var refused *glue.Error
		errors.As(err, &refused)
		switch {
		case ctx.Err() != nil:
			return nil
		case opened && refused != nil && refused.Code == glue.CodeThrottling: // the places were taken meanwhile
		case refused != nil, !opened && !errors.Is(err, client.ErrStreamEnded): // the server means it; or nobody was ever there
			return err
		}
		if failures++; failures > streamRetries {
			return fmt.Errorf("%w\nGo on with: tenon events -f --after %s", err, orDefault(last, fmt.Sprint(f.after)))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
			pause = min(2*pause, streamRetryMost)
		}
		if again, err := a.connect(); err == nil { // its server may have come back on another port
			c = again
		}
	}
}

// showMessage shows one message of a stream.
func (a *app) showMessage(m client.Message, f *eventFlags) error {
	switch {
	case m.Name == "gap":
		a.con.say("%s", a.con.onErr(yellow, "Some events have been pruned before they were read."))
		return nil
	case m.Name != "" || m.Data == "": // the end, which the next stream takes up
		return nil
	case f.bridge && a.flags.output != formatYAML:
		a.con.print("%s\n", m.Data)
		return nil
	case f.bridge:
		return a.showDocument(json.RawMessage(m.Data))
	}
	var e glue.Event
	if err := json.Unmarshal([]byte(m.Data), &e); err != nil {
		return fmt.Errorf("event %s: %w", m.ID, err)
	}
	if a.flags.output != formatTable {
		return a.showDocument(e)
	}
	a.con.print("%s  %-19s  %s  %s\n", a.con.onOut(dim, e.At.Local().Format("15:04:05.000")), e.Kind, e.Job, oneLine(subject(e)))
	return nil
}

// subject is the run and the detail of an event.
func subject(e glue.Event) string {
	s := shortRun(e.Run)
	if text := eventWords(e); text != "" {
		s = strings.TrimLeft(s+"  "+text, " ")
	}
	return s
}

// eventWords says the detail of an event for people. What it does not know is shown as it is stored.
func eventWords(e glue.Event) string {
	var d struct {
		State    string     `json:"state"`
		Error    string     `json:"error"`
		Micros   int64      `json:"executed_us"`
		Usage    glue.Usage `json:"usage"`
		Waited   int64      `json:"wait_us"`
		Subnet   string     `json:"subnet"`
		Quarters int64      `json:"quarter_dpus"`
		Kind     string     `json:"kind"`
		Name     string     `json:"name"`
		Version  int64      `json:"version"`
		Runs     int64      `json:"run"`
		To       string     `json:"to"`
		Keys     []string   `json:"keys"`
		Removed  bool       `json:"removed"`
	}
	if len(e.Detail) == 0 {
		return ""
	}
	if err := json.Unmarshal(e.Detail, &d); err != nil {
		return otherWords(e)
	}
	switch e.Kind {
	case glue.EventRunEnded:
		s := d.State + " after " + span(time.Duration(d.Micros)*time.Microsecond)
		if d.Usage.FilesRead > 0 {
			s += ", read " + size(d.Usage.BytesRead)
		}
		if d.Usage.FilesWritten > 0 {
			s += ", wrote " + size(d.Usage.BytesWritten)
		}
		if d.Error != "" {
			s += ": " + d.Error
		}
		return s
	case glue.EventRunRetry:
		return d.Error
	case glue.EventBookmark:
		return fmt.Sprintf("version %d, %s", d.Version, many(d.Runs, "run"))
	case glue.EventBookmarkReset:
		if d.To == "" {
			return "to the beginning"
		}
		return "to " + shortRun(d.To)
	case glue.EventRunAdmitted:
		s := "waited " + span(time.Duration(d.Waited)*time.Microsecond)
		if d.Subnet != "" {
			s += ", on " + d.Subnet
		}
		return s
	case glue.EventRunSubmitted:
		return number(float64(d.Quarters)/4) + " DPU"
	case glue.EventDefinitionPut:
		return fmt.Sprintf("%s %s, version %d", d.Kind, d.Name, d.Version)
	case glue.EventDefinitionGone:
		return d.Kind + " " + d.Name
	case glue.EventTags:
		sign := " +"
		if d.Removed {
			sign = " -"
		}
		return d.Kind + " " + d.Name + sign + strings.Join(d.Keys, sign)
	}
	return otherWords(e)
}

// otherWords are the audit's on an event, or its detail as it is stored.
func otherWords(e glue.Event) string {
	if why := audit.Why(&e); why != "" {
		return shortRuns(why)
	}
	return string(e.Detail)
}

// eventColumns are the columns of a list of events.
func eventColumns() []column[glue.Event] {
	return []column[glue.Event]{
		{title: "no", right: true, text: func(e glue.Event) string { return fmt.Sprint(e.Seq) }},
		{title: "at", text: func(e glue.Event) string { return moment(e.At, time.Now()) }, exact: func(e glue.Event) string { return exactTime(e.At) }},
		{title: "event", text: func(e glue.Event) string { return string(e.Kind) }},
		{title: "job", text: func(e glue.Event) string { return e.Job }},
		{title: "run", spare: true, text: func(e glue.Event) string { return shortRun(e.Run) }, exact: func(e glue.Event) string { return e.Run }},
		{title: "who", whole: true, text: func(e glue.Event) string { return e.Who }},
		{title: "detail", text: eventWords, exact: func(e glue.Event) string { return string(e.Detail) }},
	}
}
