package workflow

import (
	"fmt"
	"time"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// localForm is how a fire time is written in a zone.
const localForm = "Mon 2006-01-02 15:04 MST"

// schedule speaks of a SCHEDULED trigger: its next fire times, in which zone they are meant, and what was missed.
func (x *explainer) schedule() {
	s, err := cron.Parse(x.t.Schedule)
	if err != nil {
		x.why("%s", message(err))
		return
	}
	if x.t.Setting.Timezone != "" {
		if _, err := cron.Location(x.t.Setting.Timezone); err != nil {
			x.why("Tag %s: %s It is read in UTC.", glue.TagTimezone, message(err))
		}
	}
	in := zone(x.t)
	times := s.Times(x.q.Now, x.q.Now.AddDate(cron.MaxYear, 0, 0), in, nextShown)
	shown := in
	if shown == time.UTC && x.q.Zone != nil {
		shown = x.q.Zone
	}
	for _, t := range times {
		f := FireTime{At: t.UTC()}
		if t.In(shown).Format("-07:00") != "+00:00" || shown.String() != "UTC" {
			f.Local = t.In(shown).Format(localForm)
		}
		x.e.Next = append(x.e.Next, f)
	}
	if len(times) == 0 {
		x.why("Its schedule %s has ended: there is no fire time after %s.", x.t.Schedule, x.clock(x.q.Now))
		x.do("Give it a schedule that goes on.")
	} else {
		x.good = fmt.Sprintf("It fires next at %s, in %s.", x.clock(times[0]), span(times[0].Sub(x.q.Now)))
		x.confusion(times[0])
	}
	x.passedOver(s, in)
}

// confusion says what a schedule that is read in UTC means where the asker lives: the commonest reason to believe that a
// trigger did not fire.
func (x *explainer) confusion(next time.Time) {
	here := x.q.Zone
	if here == nil || x.t.Setting.Timezone != "" {
		return
	}
	if _, offset := next.In(here).Zone(); offset == 0 {
		return
	}
	name := here.String()
	if name == "Local" { // a zone without a name cannot be a tag's value
		name = ""
	}
	text := fmt.Sprintf("The schedule is read in UTC: %s there is %s here. To have it mean the time of %s, all year round, set the tag %s.",
		next.UTC().Format("15:04"), next.In(here).Format("15:04"), orElse(name, "a place"), glue.TagTimezone)
	if x.q.ARN == "" || name == "" {
		x.do(text)
		return
	}
	x.do(text, "aws", "glue", "tag-resource", "--resource-arn", x.q.ARN, "--tags-to-add", glue.TagTimezone+"="+name)
}

// passedOver tells of fire times that were missed, and of what became of them.
func (x *explainer) passedOver(s cron.Schedule, in *time.Location) {
	for _, f := range x.q.Progress.Recent {
		if f.Skipped == "" {
			continue
		}
		x.why("At %s it did not fire: %s.", x.clock(f.At), f.Skipped)
		if x.t.Setting.Missed == glue.MissedSkip && x.q.ARN != "" {
			x.do("Have a fire time that was missed made up for, once.",
				"aws", "glue", "tag-resource", "--resource-arn", x.q.ARN, "--tags-to-add", glue.TagMissed+"="+string(glue.MissedOnce))
		}
		break // the newest tells
	}
	if x.t.State != glue.TriggerActivated || x.q.Progress.Accounted.IsZero() {
		return
	}
	switch due := Due(s, in, x.t.Setting.Missed, x.q.Progress.Accounted, x.q.Now); {
	case len(due.Fire) > 0:
		x.good = fmt.Sprintf("It is due since %s, and about to fire.", x.clock(due.Fire[0].At))
	case x.q.Progress.Count == 0 && len(x.e.Next) > 0:
		x.good += fmt.Sprintf(" It has not come to a fire time since it was activated, at %s.", x.clock(x.q.Progress.Accounted))
	}
}

// span writes a time to wait, to the minute from an hour on.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
