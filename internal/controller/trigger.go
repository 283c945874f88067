package controller

import (
	"cmp"
	"slices"
	"time"

	"tenon/internal/core/cron"
	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// trigger is what the loop knows of a trigger. Its definition is replaced, never changed: graphs and fires share its parts.
type trigger struct {
	glue.Trigger
	region   string
	progress glue.TriggerProgress
	times    cron.Schedule    // of a SCHEDULED trigger
	zone     *time.Location   // that it is read in
	alarm    *alarm[*trigger] // in state.schedule
	unfit    error            // what the store has cannot be understood: nothing is due
	gone     bool             // deleted: fires of it may be pending still

	touched bool // the current turn has to write its progress
}

// key names the trigger.
func (tr *trigger) key() triggerKey { return triggerKey{tr.region, tr.Name} }

// prepare reads the schedule of a trigger.
func (tr *trigger) prepare() (err error) {
	tr.unfit = nil
	if tr.Type != glue.TriggerScheduled {
		return nil
	}
	if tr.times, err = cron.Parse(tr.Schedule); err != nil {
		return err
	}
	tr.zone, err = cron.Location(tr.Setting.Timezone)
	return err
}

// note takes down one time that the trigger fired, or was due and did not.
func (tr *trigger) note(fired glue.Fired) {
	if fired.Skipped == "" {
		tr.progress.Count++
	}
	recent := append([]glue.Fired{fired.Brief()}, tr.progress.Recent...)
	tr.progress.Recent = recent[:min(len(recent), glue.MaxRecentFires)]
}

// touchTrigger notes that the progress of tr has to be written.
func (t *turn) touchTrigger(tr *trigger) {
	if !tr.touched {
		tr.touched = true
		t.triggers = append(t.triggers, tr)
	}
}

// write stores what the trigger has behind it.
func (tr *trigger) write(tx *store.Tx) error {
	if tr.gone {
		return nil
	}
	tr.progress.Region, tr.progress.Name, tr.progress.Incarnation = tr.region, tr.Name, tr.Incarnation
	return tx.PutTriggerProgress(&tr.progress)
}

// watched are the jobs whose ends make the loop look at tr in a chain.
func (tr *trigger) watched() []triggerKey {
	if tr.Type != glue.TriggerConditional || tr.State != glue.TriggerActivated || tr.WorkflowName != "" || tr.Predicate == nil {
		return nil
	}
	var jobs []triggerKey
	for _, c := range tr.Predicate.Conditions {
		if key := (triggerKey{tr.region, c.JobName}); c.JobName != "" && !slices.Contains(jobs, key) {
			jobs = append(jobs, key)
		}
	}
	return jobs
}

// addTrigger puts a trigger into the memory.
func (s *state) addTrigger(tr *trigger) {
	s.triggers[tr.key()] = tr
	if tr.WorkflowName != "" {
		w := triggerKey{tr.region, tr.WorkflowName}
		s.members[w] = append(s.members[w], tr)
		s.redraw(w)
	}
	for _, job := range tr.watched() {
		s.watchers[job] = append(s.watchers[job], tr)
	}
	s.arm(tr)
}

// dropTrigger takes a trigger out of the memory.
func (s *state) dropTrigger(tr *trigger) {
	delete(s.triggers, tr.key())
	if tr.WorkflowName != "" {
		w := triggerKey{tr.region, tr.WorkflowName}
		without(s.members, w, tr)
		s.redraw(w)
	}
	for _, job := range tr.watched() {
		without(s.watchers, job, tr)
	}
	s.schedule.set(tr, time.Time{})
}

// changeTrigger replaces the definition of a trigger in the memory.
func (s *state) changeTrigger(tr *trigger, change func()) {
	s.dropTrigger(tr)
	change()
	s.addTrigger(tr)
}

// without takes tr out of a list of an index.
func without(index map[triggerKey][]*trigger, key triggerKey, tr *trigger) {
	left := slices.DeleteFunc(index[key], func(have *trigger) bool { return have == tr })
	if len(left) == 0 {
		delete(index, key)
		return
	}
	index[key] = left
}

// triggersOf lists the triggers that name a workflow, by name.
func (s *state) triggersOf(region, name string) []*trigger {
	list := slices.Clone(s.members[triggerKey{region, name}])
	slices.SortFunc(list, func(a, b *trigger) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// loadDefinitionPage is how many definitions are read at once.
const loadDefinitionPage = 1000

// eachDefinition calls f for all definitions of a kind.
func eachDefinition(rd *store.Reader, kind string, f func(d *store.Definition) error) error {
	for region, name := "", ""; ; {
		page, err := rd.AllDefinitions(kind, region, name, loadDefinitionPage)
		if err != nil {
			return err
		}
		for i := range page {
			region, name = page[i].Region, page[i].Name
			if err := f(&page[i]); err != nil {
				return err
			}
		}
		if len(page) < loadDefinitionPage {
			return nil
		}
	}
}

// readTriggers takes all triggers into the memory, with what they have behind them, and arms those that wait for a time.
func (s *state) readTriggers(rd *store.Reader) error {
	progress := map[triggerKey]glue.TriggerProgress{}
	for region, name := "", ""; ; {
		page, err := rd.AllTriggerProgress(region, name, loadDefinitionPage)
		if err != nil {
			return err
		}
		for _, p := range page {
			region, name = p.Region, p.Name
			progress[triggerKey{region, name}] = p
		}
		if len(page) < loadDefinitionPage {
			break
		}
	}
	return eachDefinition(rd, glue.KindTrigger, func(d *store.Definition) error {
		tr, err := readTrigger(d)
		if err != nil {
			return err
		}
		if p := progress[tr.key()]; p.Incarnation == tr.Incarnation {
			tr.progress = p
		} else {
			tr.progress.Accounted = d.Modified
		}
		s.addTrigger(tr)
		return nil
	})
}

// readTrigger makes a trigger of its definition.
func readTrigger(d *store.Definition) (*trigger, error) {
	def, err := stored[glue.Trigger](*d)
	if err != nil {
		return nil, err
	}
	tr := &trigger{Trigger: *def, region: d.Region}
	tr.Name, tr.Incarnation, tr.Version = d.Name, d.Incarnation, d.Version
	if tr.Setting, err = workflow.ParseSettings(d.Tags); err == nil {
		err = tr.prepare()
	}
	if err != nil { // by other rules than those it was checked by: it is not armed, and all else goes on
		tr.zone, tr.unfit = nil, err
	}
	return tr, nil
}
