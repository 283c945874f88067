package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/client"
	"tenon/internal/edge/api"
	"tenon/internal/wire"
)

// maxWaiting bounds what `tenon queue` gathers; waitingPage is what one call brings at most.
const (
	maxWaiting  = 10_000
	waitingPage = 1000
)

// queueFlags are the flags of `tenon queue`.
type queueFlags struct {
	queue, job string
	limit      int
	again      bool
}

// queueCommand is `tenon queue`.
func (a *app) queueCommand() *cobra.Command {
	f := &queueFlags{limit: 50}
	c := &cobra.Command{
		Use: "queue [COMMAND]", Short: "Show the runs that wait, and why", GroupID: groupWork, Args: a.noneBut("a command"),
		Long: `Show the runs that wait, in the order of their turn: what blocks each, and when it should start. POS is the place
in its queue, - for a run that is not in line. EXPECTED is from now on: four runs of five start within that
range; ? is not known yet, since a job that it depends on has not run before; - is not reckoned yet, or held.

tenon runs explain RUN says all that is known of one run.`,
		Example: `  tenon queue
  tenon queue --watch
  tenon queue --queue etl --limit 500 -o csv
  tenon queue hold etl                  # nothing of it starts`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.limit < 1 || f.limit > maxWaiting {
				return usageError("--limit %d is not between 1 and %d", f.limit, maxWaiting)
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), f.again, func(ctx context.Context) error { return a.showWaiting(ctx, c, f) })
		},
		SuggestionsMinimumDistance: typos,
	}
	c.Flags().StringVar(&f.queue, "queue", "", "only those of this `queue`")
	c.Flags().StringVar(&f.job, "job", "", "only those of this `job`")
	c.Flags().IntVarP(&f.limit, "limit", "n", f.limit, "how many at most")
	addWatch(c, &f.again)
	c.Flags().SortFlags = false
	ls := a.queuesCommand()
	ls.Use, ls.Aliases, ls.GroupID = "ls", []string{"list"}, ""
	ls.Example = strings.ReplaceAll(ls.Example, "tenon queues", "tenon queue ls")
	c.AddCommand(ls, a.queueHold("hold", "Let nothing of a queue start", true), a.queueHold("unhold", "Let a held queue go on", false))
	return c
}

// showWaiting writes the first waiting runs, and that there are more where there are. A queue or job that does not exist is
// refused: that nothing waits in it would only hide a slip of the pen.
func (a *app) showWaiting(ctx context.Context, c *client.Client, f *queueFlags) error {
	runs, inLine, err := waiting(ctx, c, f, f.limit+1)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		if err := f.exist(ctx, c); err != nil {
			return err
		}
	}
	more := len(runs) > f.limit
	if more {
		runs = runs[:f.limit]
	}
	if err := showList(a, runs, "Nothing waits.", waitingColumns(time.Now())...); err != nil || !more {
		return err
	}
	left := "There are more"
	if f.job == "" && inLine > f.limit {
		left = count(int64(inLine-f.limit)) + " more in line"
	}
	a.con.say("%s", a.con.onErr(dim, left+"; --limit shows them."))
	return nil
}

// exist refuses a queue that is not configured, and a job that is not defined.
func (f *queueFlags) exist(ctx context.Context, c *client.Client) error {
	if f.queue != "" {
		var out api.QueueList
		if err := c.Admin(ctx, "ListQueues", api.QuotaInput{}, &out); err != nil {
			return err
		}
		if !slices.ContainsFunc(out.Queues, func(q api.QueueInfo) bool { return q.Name == f.queue }) {
			return fmt.Errorf("queue %s is not configured; `tenon queues` shows what there is", f.queue)
		}
	}
	if f.job != "" {
		return c.Call(ctx, "GetJob", wire.GetJobRequest{JobName: &f.job}, nil)
	}
	return nil
}

// waiting reads the first waiting runs, limit at most, and how many are in line in the queue, of whatever job.
func waiting(ctx context.Context, c *client.Client, f *queueFlags, limit int) (runs []api.RunExplanation, inLine int, err error) {
	in := api.WaitingInput{Queue: f.queue, JobName: f.job}
	for len(runs) < limit {
		in.Limit = min(limit-len(runs), waitingPage)
		var out api.WaitingList
		if err := c.Admin(ctx, "ListWaiting", in, &out); err != nil {
			return nil, 0, err
		}
		runs, inLine = append(runs, out.Runs...), out.Total
		if in.NextToken = out.NextToken; in.NextToken == "" {
			break
		}
	}
	return runs, inLine, nil
}

// waitingColumns are the columns of the waiting runs, as seen at now.
func waitingColumns(now time.Time) []column[api.RunExplanation] {
	type run = api.RunExplanation
	reason := func(r run) api.WaitReason { return val(r.Reason) }
	expected := func(r run) api.Expected { return val(r.Expected) }
	return []column[run]{
		{title: "pos", right: true, text: func(r run) string {
			if r.Position == 0 {
				return "-"
			}
			return count(int64(r.Position))
		}, exact: func(r run) string { return fmt.Sprint(r.Position) }},
		{title: "run", text: func(r run) string { return shortRun(r.RunID) }, exact: func(r run) string { return r.RunID }},
		{title: "job", text: func(r run) string { return r.JobName }},
		{title: "queue", text: func(r run) string { return r.Queue }},
		{title: "prio", right: true, text: func(r run) string { return fmt.Sprint(r.Priority) }},
		{title: "waited", right: true, text: func(r run) string { return age(r.Submitted, now) },
			exact: func(r run) string { return fmt.Sprintf("%.3f", max(now.Sub(r.Submitted), 0).Seconds()) }},
		{title: "submitted", whole: true, text: func(r run) string { return exactTime(r.Submitted) }},
		{title: "expected", right: true, text: func(r run) string { return expectedIn(r.Expected, now) },
			exact: func(r run) string { return exactTime(expected(r).P50) }},
		{title: "expected low", whole: true, text: func(r run) string { return exactTime(expected(r).Low) }},
		{title: "expected high", whole: true, text: func(r run) string { return exactTime(expected(r).High) }},
		{title: "tier", whole: true, text: func(r run) string { return reason(r).Tier }},
		{title: "why", text: func(r run) string { return brief(r.Detail) }, exact: func(r run) string { return r.Detail },
			paint: func(r run) style { return tierStyle(reason(r).Tier) }, below: func(r run) string { return brief(r.Detail) }},
	}
}

// firstSentence is what the words on a waiting run begin with: what blocks it, in numbers, the same for all alike.
func firstSentence(detail string) string {
	head, _, more := strings.Cut(shortRuns(detail), ". ")
	if more {
		head += "."
	}
	return head
}

// brief is the first sentence for a table: of what is short it has one thing, and counts the others.
func brief(detail string) string {
	first := firstSentence(detail)
	head, rest, more := strings.Cut(first, alsoMark)
	if !more {
		return first
	}
	return head + ", and for " + many(int64(1+strings.Count(rest, alsoMark)), "other limit") + "."
}

// alsoMark parts the things that are short in the server's words.
const alsoMark = "; also for "

// tierStyle is red for what no waiting cures, dim for what is only a matter of turn, else yellow.
func tierStyle(tier string) style {
	switch tier {
	case "never", "breaker", "disk":
		return red
	case "turn", "":
		return dim
	}
	return yellow
}

// expectedIn is when a run should start, from now, as a range: 40-90s, 2-5m, >24h; - where there is nothing to say, ? where a job that it depends on has not run before.
func expectedIn(e *api.Expected, now time.Time) string {
	if e == nil {
		return "-"
	}
	switch {
	case e.Guess:
		return "?"
	case e.More:
		return ">" + age(now, e.High)
	case e.Low.IsZero():
		return age(now, e.P50)
	}
	return lapseRange(max(e.Low.Sub(now), 0), max(e.High.Sub(now), 0))
}

// lapseRange is a range of durations in the unit of its end: 40-90s, 2-5m, 3h.
func lapseRange(low, high time.Duration) string {
	to := lapse(high)
	unit := to[len(to)-1:]
	from := fmt.Sprint(int64(low / map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour}[unit]))
	if from+unit == to {
		return to
	}
	return from + "-" + to
}

// queuesCommand is `tenon queues`, and `tenon queue ls`.
func (a *app) queuesCommand() *cobra.Command {
	again := false
	c := &cobra.Command{
		Use: "queues", Short: "List the queues: weight, shares, who waits and runs", GroupID: groupWork, Args: a.takes(),
		Long: `List the queues of the region. SHARE is a queue's dominant share of the account divided by its weight: the
queue with the lowest one is served next. USES is used of nominal, for each resource that the queue has a quota of.`,
		Example: "  tenon queues\n  tenon queues -o json\n  tenon queues --watch",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				var out api.QueueList
				if err := c.Admin(ctx, "ListQueues", api.QuotaInput{}, &out); err != nil {
					return err
				}
				return showList(a, out.Queues, "No queues.", queueColumns(time.Now())...)
			})
		},
	}
	addWatch(c, &again)
	return c
}

// queueColumns are the columns of a list of queues.
func queueColumns(now time.Time) []column[api.QueueInfo] {
	type queue = api.QueueInfo
	return []column[queue]{
		{title: "queue", text: func(q queue) string { return q.Name }, paint: func(queue) style { return bold }},
		{title: "parent", text: func(q queue) string { return orDefault(q.Parent, "-") }, exact: func(q queue) string { return q.Parent }, spare: true},
		{title: "weight", right: true, text: func(q queue) string { return fmt.Sprint(q.Weight) }},
		{title: "prio", right: true, text: func(q queue) string { return fmt.Sprint(q.Priority) }},
		{title: "share", right: true, text: func(q queue) string { return number(q.Share) }},
		{title: "waiting", right: true, text: func(q queue) string { return count(int64(q.Waiting)) }, exact: func(q queue) string { return fmt.Sprint(q.Waiting) }},
		{title: "running", right: true, text: func(q queue) string { return count(int64(q.Running)) }, exact: func(q queue) string { return fmt.Sprint(q.Running) }},
		{title: "oldest", right: true, text: func(q queue) string { return age(q.Oldest, now) }, exact: func(q queue) string { return exactTime(q.Oldest) }},
		{title: "state", text: func(q queue) string {
			if q.Held {
				return "held"
			}
			return "open"
		}, paint: func(q queue) style {
			if q.Held {
				return yellow
			}
			return plain
		}},
		{title: "max wait", whole: true, text: func(q queue) string { return q.MaxWait }},
		{title: "uses", text: queueShares, below: queueShares},
	}
}

// queueShares is what a queue uses of its quotas: used/nominal, and what of it is borrowed.
func queueShares(q api.QueueInfo) string {
	var parts []string
	for _, s := range q.Shares {
		text := fmt.Sprintf("%s %s/%s", s.Resource, number(s.Used), limitText(s.Nominal))
		if s.Borrowed > 0 {
			text += fmt.Sprintf(" (%s borrowed)", number(s.Borrowed))
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// limitText is a limit, of which -1 is none.
func limitText(n float64) string {
	if n < 0 {
		return "no limit"
	}
	return number(n)
}

// queueHold is `tenon queue hold` and `tenon queue unhold`.
func (a *app) queueHold(verb, short string, held bool) *cobra.Command {
	long := "Let nothing of a queue start until `tenon queue unhold`. Its runs keep their places, and those under way go on.\nThis outlives a restart of the server."
	if !held {
		long = "Let a held queue go on. A queue that the configuration holds stays held: change it there."
	}
	return &cobra.Command{
		Use: verb + " QUEUE...", Short: short, Args: a.atLeastOne("QUEUE"), Long: long,
		Example: "  tenon queue " + verb + " etl",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			return each(cmd.Context(), args, func(ctx context.Context, name string) error {
				if err := c.Admin(ctx, "Hold", api.HoldInput{Queue: name, Held: held}, nil); err != nil {
					return err
				}
				a.con.print("%s\n", name)
				return nil
			})
		},
	}
}
