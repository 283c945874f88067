package controller

import (
	"fmt"
	"strings"
	"time"

	"tenon/internal/core/workflow"
	"tenon/internal/glue"
)

// The fire times of all triggers stand in one heap: of the triggers that are ACTIVATED the loop looks at none but the
// first. What a trigger has been fired for, or not, is in its progress, which is written in the commit of the fire: after a
// restart nothing is fired twice, and what passed meanwhile is dealt with by the trigger's policy.

// maxDue bounds the fire times that one turn deals with: many triggers may have the same.
const maxDue = 256

// arm gives a trigger its alarm: the next fire time of a SCHEDULED one that is ACTIVATED, the end of the batch window of an
// EVENT one.
func (s *state) arm(tr *trigger) {
	var at time.Time
	switch {
	case tr.Type == glue.TriggerScheduled && tr.State == glue.TriggerActivated && tr.zone != nil:
		at = tr.times.Next(tr.progress.Accounted, tr.zone)
	case len(tr.progress.Batch) > 0:
		_, window := workflow.Batch(&tr.Trigger)
		at = tr.progress.BatchSince.Add(window)
	}
	s.schedule.set(tr, at)
}

// fireTimes deals with the triggers whose time has come. What is left over is due at once again.
func (s *state) fireTimes(t *turn) {
	for left := maxDue; left > 0; left-- {
		tr, ok := s.schedule.pop(t.now)
		switch {
		case !ok:
			return
		case tr.Type == glue.TriggerScheduled:
			left -= s.fireDues(t, tr)
		default:
			s.fireBatches(t, tr, true)
		}
	}
}

// missedDetail is the detail of trigger.missed.
type missedDetail struct {
	Trigger  string            `json:"trigger"`
	Workflow string            `json:"workflow,omitempty"`
	Policy   glue.MissedPolicy `json:"policy"`
	Count    int               `json:"count"` // workflow.MaxMissedCount says "or more"
	First    time.Time         `json:"first"`
	Last     time.Time         `json:"last"`
}

// fireDues fires a trigger for the times that have come since it was last looked at, or passes over them, and returns how
// many it fired for.
func (s *state) fireDues(t *turn, tr *trigger) int {
	dues := workflow.Due(tr.times, tr.zone, tr.Setting.Missed, tr.progress.Accounted, t.now)
	tr.progress.Accounted = dues.Accounted
	t.touchTrigger(tr)
	if m := dues.Skipped; m.Count > 0 {
		policy := first(tr.Setting.Missed, glue.MissedOnce)
		t.note(glue.Event{Region: tr.region, Kind: glue.EventTriggerMissed}, missedDetail{tr.Name, tr.WorkflowName, policy, m.Count, m.First, m.Last})
		tr.note(glue.Fired{At: m.Last, Cause: glue.Cause{Kind: glue.CauseSchedule, Time: m.Last, Missed: true},
			Skipped: fmt.Sprintf("it was missed, the last of %d, and tenon:missed is %s", m.Count, policy)})
	}
	for _, due := range dues.Fire {
		s.start(t, tr, glue.Cause{Kind: glue.CauseSchedule, Time: due.At, Missed: due.Missed}, nil)
	}
	s.schedule.set(tr, dues.Next)
	return len(dues.Fire)
}

// overdue deals with the fire times of a trigger that have come, before a command changes what they are: commands are decided
// ahead of what time has brought about.
func (s *state) overdue(t *turn, tr *trigger) {
	if tr.Type == glue.TriggerScheduled && tr.alarm != nil && !tr.alarm.at.After(t.now) {
		s.fireDues(t, tr)
	}
}

// start fires a start trigger that nobody waits for: what keeps it from firing is told where its fires are, as the end of a
// sentence.
func (s *state) start(t *turn, tr *trigger, cause glue.Cause, properties map[string]string) {
	if _, err := s.begin(t, tr, cause, properties); err != nil {
		tr.note(glue.Fired{At: t.now, Cause: cause, Skipped: strings.TrimSuffix(messageOf(err), ".")})
		t.touchTrigger(tr)
	}
}
