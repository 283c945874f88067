package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// runsExplain is `tenon runs explain`.
func (a *app) runsExplain() *cobra.Command {
	again := false
	c := &cobra.Command{
		Use: "explain RUN", Short: "Say why a run waits, or why it runs where it does", Args: a.takes("RUN"),
		Long: `Say of a waiting run what blocks it, in words and numbers: need, free and limit, who holds it, who is
before it, when it should start, what would help. Of a run that has started, say where it was placed, out of
what, and why. ` + runHelp,
		Example: "  tenon runs explain nightly\n  tenon runs explain jr_0193a5b2c --watch\n  tenon runs explain nightly -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.connect()
			if err != nil {
				return err
			}
			run, err := a.findRun(cmd.Context(), c, args[0])
			if err != nil {
				return err
			}
			return a.watch(cmd.Context(), again, func(ctx context.Context) error {
				var out api.RunExplanation
				if err := c.Admin(ctx, "ExplainRun", api.ExplainInput{RunID: val(run.Id)}, &out); err != nil {
					return err
				}
				return a.showExplanation(&out, time.Now())
			})
		},
	}
	addWatch(c, &again)
	return c
}

// showExplanation writes what is known of where a run stands.
func (a *app) showExplanation(e *api.RunExplanation, now time.Time) error {
	if err := a.showItem(e, a.explainFields(e, now)); err != nil {
		return err
	}
	if p := e.Placement; a.flags.output == formatTable && p != nil && len(p.Candidates) > 0 {
		a.con.print("\n")
		showTable(a.con, p.Candidates, candidateColumns(p))
	}
	return nil
}

// explainFields are the lines of an explanation.
func (a *app) explainFields(e *api.RunExplanation, now time.Time) []field {
	state := string(e.State)
	if e.Attempt > 0 {
		state += fmt.Sprintf(" (attempt %d)", e.Attempt+1)
	}
	r := val(e.Reason)
	position := ""
	if e.Position > 0 {
		position = fmt.Sprintf("%d of %d in queue %s", e.Position, e.Of, e.Queue)
	}
	fields := []field{
		{name: "Run", value: e.RunID, paint: bold},
		{name: "Job", value: e.JobName},
		{name: "State", value: state, paint: stateStyle(string(e.State))},
		{name: "Queue", value: fmt.Sprintf("%s, priority %d", e.Queue, e.Priority)},
		{name: "Submitted", value: clock(e.Submitted) + ", " + ago(e.Submitted, now)},
	}
	if !e.Started.IsZero() {
		fields = append(fields, field{name: "Started", value: clock(e.Started) + ", after " + span(e.Started.Sub(e.Submitted))})
	}
	fields = append(fields,
		field{name: "Error", value: e.Error, paint: red},
		field{name: "Why", value: a.whyText(e), paint: tierStyle(r.Tier)},
		field{name: "Held by", value: a.forPeople(heldBy(r))},
		field{name: "Set aside for", value: a.forPeople(r.For)},
		field{name: "Not before", value: inFuture(r.Until, now)},
		field{name: "Position", value: position},
		field{name: "Behind", value: a.forPeople(strings.Join(e.Ahead, ", "))},
		field{name: "Expected", value: expectedText(e.Expected, now)},
		field{name: "Would help", value: a.forPeople(strings.Join(e.Helps, "\n")), paint: cyan})
	for _, v := range e.Avoid {
		fields = append(fields, field{name: "Avoids", value: v.Subnet + " until " + clock(v.Until)})
	}
	return append(fields, placementFields(e.Placement)...)
}

// whyText is the server's words on a run: for people, without what stands in the fields beside them.
func (a *app) whyText(e *api.RunExplanation) string {
	if a.flags.output != formatTable {
		return e.Detail
	}
	return firstSentence(e.Detail)
}

// forPeople is a text with the ids of runs shortened, but whole in CSV.
func (a *app) forPeople(text string) string {
	if a.flags.output != formatTable {
		return text
	}
	return shortRuns(text)
}

// heldBy names a few of the runs that hold what is needed.
func heldBy(r api.WaitReason) string {
	names := strings.Join(r.Holders, ", ")
	if more := r.Held - len(r.Holders); more > 0 && names != "" {
		names += fmt.Sprintf(" and %s more", count(int64(more)))
	}
	return names
}

// inFuture is a time to come, and how far off it is; empty where there is none.
func inFuture(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return clock(t) + ", in " + age(now, t)
}

// expectedText is when a run should start, as a sentence.
func expectedText(e *api.Expected, now time.Time) string {
	if e == nil {
		return ""
	}
	switch {
	case e.Guess:
		return "not known yet: job " + e.Untimed + " has not run before"
	case e.More:
		return "not before " + inFuture(e.High, now)
	case e.Low.IsZero():
		return inFuture(e.P50, now)
	}
	return fmt.Sprintf("in %s (80%% likely), about %s", lapseRange(max(e.Low.Sub(now), 0), max(e.High.Sub(now), 0)), clock(e.P50.Round(time.Second)))
}

// placementFields say where a run was put.
func placementFields(p *glue.Placement) []field {
	if p == nil {
		return nil
	}
	place := p.Subnet
	if place == "" { // a connection whose subnet Tenon does not keep
		place = "without a subnet"
	}
	if p.Zone != "" {
		place += " in " + p.Zone
	}
	if p.Connection != "" {
		place += ", connection " + p.Connection
	}
	workers := ""
	if p.Workers > 0 {
		workers = fmt.Sprint(p.Workers)
	}
	return []field{
		{name: "Placed", value: place},
		{name: "Strategy", value: p.Strategy},
		{name: "Why there", value: p.Why},
		{name: "Workers", value: workers},
		{name: "Addresses", value: strings.Join(p.Addresses, ", ")},
	}
}

// candidateColumns are the columns of what a placement was chosen from.
func candidateColumns(p *glue.Placement) []column[glue.Candidate] {
	chosen := func(c glue.Candidate) bool { // of a subnet whose addresses Tenon does not keep, the placement has no name
		return c.Connection == p.Connection && (c.Subnet == p.Subnet || p.Subnet == "")
	}
	return []column[glue.Candidate]{
		{text: func(c glue.Candidate) string {
			if chosen(c) {
				return "→"
			}
			return " "
		}, paint: func(glue.Candidate) style { return green }},
		{title: "connection", text: func(c glue.Candidate) string { return orDefault(c.Connection, "-") }},
		{title: "subnet", text: func(c glue.Candidate) string { return orDefault(c.Subnet, "-") }},
		{title: "zone", text: func(c glue.Candidate) string { return orDefault(c.Zone, "-") }},
		{title: "category", text: func(c glue.Candidate) string { return c.Category }, paint: func(c glue.Candidate) style {
			return map[string]style{"good": green, "usable": yellow, "full": red}[c.Category]
		}},
		{title: "free", right: true, text: func(c glue.Candidate) string {
			if c.Free < 0 {
				return "?"
			}
			return count(c.Free)
		}},
		{title: "note", text: func(c glue.Candidate) string { return c.Note }},
	}
}

// runsHold is `tenon runs hold` and `tenon runs unhold`.
func (a *app) runsHold(verb, short string, held bool) *cobra.Command {
	return &cobra.Command{
		Use: verb + " RUN...", Short: short, Args: a.atLeastOne("RUN"), Long: short + ". " + runHelp,
		Example: "  tenon runs " + verb + " jr_0193a5b2c\n  tenon runs " + verb + " nightly",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachRun(cmd.Context(), args, "Hold", func(id string) any { return api.HoldInput{RunID: id, Held: held} })
		},
	}
}

// runsBoost is `tenon runs boost`.
func (a *app) runsBoost() *cobra.Command {
	priority := 100
	c := &cobra.Command{
		Use: "boost RUN...", Short: "Change the priority of waiting runs", Args: a.atLeastOne("RUN"),
		Long: `Change the priority of waiting runs: those of a higher one go before all others, whatever their queue's
share. ` + runHelp,
		Example: "  tenon runs boost nightly\n  tenon runs boost jr_0193a5b2c --priority -10      # let others pass",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.eachRun(cmd.Context(), args, "Boost", func(id string) any { return api.BoostInput{RunID: id, Priority: priority} })
		},
	}
	c.Flags().IntVar(&priority, "priority", priority, "from -1000 to 1000; runs that set none have their queue's")
	return c
}

// eachRun makes one of Tenon's own calls for each run that is named, and prints its id.
func (a *app) eachRun(ctx context.Context, names []string, op string, input func(id string) any) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	return each(ctx, names, func(ctx context.Context, name string) error {
		run, err := a.findRun(ctx, c, name)
		if err != nil {
			return err
		}
		if err := c.Admin(ctx, op, input(val(run.Id)), nil); err != nil {
			return err
		}
		a.con.print("%s\n", val(run.Id))
		return nil
	})
}
