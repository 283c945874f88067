package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/core/audit"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// followEvents is how often `tenon events -f` looks for news.
const followEvents = 500 * time.Millisecond

// eventsCommand is `tenon events`.
func (a *app) eventsCommand() *cobra.Command {
	after, limit, goOn := int64(0), 100, false
	c := &cobra.Command{
		Use: "events", Short: "Show what happened, from the event table", GroupID: groupWork, Args: a.takes(),
		Long: `Show what happened: every change of a run, a definition or a bookmark is one event, numbered without gaps.
--after continues where an earlier look ended.`,
		Example: "  tenon events\n  tenon events --after 1200 -o json\n  tenon events -f",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || limit > glue.MaxPageSize {
				return usageError("--limit %d is not between 1 and %d", limit, glue.MaxPageSize)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			if goOn {
				return a.tailEvents(cmd.Context(), c, after)
			}
			events, err := eventsAfter(cmd.Context(), c, after, limit)
			if err != nil {
				return err
			}
			return showList(a, events, "No events.", eventColumns()...)
		},
	}
	c.Flags().Int64Var(&after, "after", 0, "only events after this `number`")
	c.Flags().IntVarP(&limit, "limit", "n", limit, "how many at most")
	c.Flags().BoolVarP(&goOn, "follow", "f", false, "show events as they come, until Ctrl-C")
	c.Flags().SortFlags = false
	return c
}

// eventsAfter reads one page of events.
func eventsAfter(ctx context.Context, c *client.Client, after int64, limit int) ([]glue.Event, error) {
	var out api.EventList
	err := c.Admin(ctx, "ListEvents", api.EventInput{After: after, Limit: limit}, &out)
	return out.Events, err
}

// tailEvents shows events as they come.
func (a *app) tailEvents(ctx context.Context, c *client.Client, after int64) error {
	ctx, release := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer release()
	for {
		events, err := eventsAfter(ctx, c, after, glue.MaxPageSize)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, e := range events {
			after = e.Seq
			if a.flags.output != formatTable {
				if err := a.showDocument(e); err != nil {
					return err
				}
				continue
			}
			a.con.print("%s  %-18s  %s  %s\n", a.con.onOut(dim, e.At.Local().Format("15:04:05.000")), e.Kind, e.Job, oneLine(subject(e)))
		}
		if len(events) == glue.MaxPageSize {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvents):
		}
	}
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
		{title: "run", text: func(e glue.Event) string { return shortRun(e.Run) }, exact: func(e glue.Event) string { return e.Run }},
		{title: "who", whole: true, text: func(e glue.Event) string { return e.Who }},
		{title: "detail", text: eventWords, exact: func(e glue.Event) string { return string(e.Detail) }},
	}
}
