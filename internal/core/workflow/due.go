package workflow

import (
	"sort"
	"time"

	"tenon/internal/core/cron"
	"tenon/internal/glue"
)

// Bounds of what one look at a schedule does.
const (
	// OnTime is how late a fire time may be dealt with and still not be missed: a restart, a busy moment.
	OnTime = time.Minute
	// MaxCatchUp bounds the missed fire times that one trigger makes up for: the latest ones; older are skipped.
	MaxCatchUp = 100
	// MaxMissedCount bounds the counting of skipped fire times: Skipped.Count says "or more" from here on. A schedule of
	// every five minutes has so many in three and a half days.
	MaxMissedCount = 1000
)

// Dues is what is to be done about the fire times of a schedule up to now.
type Dues struct {
	Fire      []DueTime // to fire for, the oldest first
	Skipped   Skipped   // not to be fired for
	Accounted time.Time // the latest fire time that this deals with: to be kept in the same commit
	Next      time.Time // the first fire time after now; zero if the schedule has ended
}

// DueTime is a fire time that is to be fired for.
type DueTime struct {
	At     time.Time
	Missed bool // more than OnTime late
}

// Skipped are the fire times that are passed over.
type Skipped struct {
	Count       int // at most MaxMissedCount, which means "or more"
	First, Last time.Time
}

// Due deals with the fire times after accounted up to now. One that is at most OnTime late is fired for in any case.
// Earlier ones were missed, while no plane was up or since the clock jumped, and go by the policy: MissedOnce fires for the
// latest of all, MissedSkip for none, MissedCatchUp for each, of which the latest MaxCatchUp count. Its work is bounded,
// however long ago accounted is. An accounted of zero is now: nothing is due before a trigger's first activation.
func Due(s cron.Schedule, loc *time.Location, policy glue.MissedPolicy, accounted, now time.Time) Dues {
	d := Dues{Accounted: accounted, Next: s.Next(now, loc)}
	if accounted.IsZero() {
		d.Accounted = now
		return d
	}
	times, more := passed(s, loc, accounted, now)
	if len(times) == 0 {
		return d
	}
	d.Accounted = times[len(times)-1]
	keep := 0 // of the latest
	for i := len(times) - 1; i >= 0 && !late(times[i], now); i-- {
		keep++
	}
	switch policy {
	case glue.MissedSkip:
	case glue.MissedCatchUp:
		keep = max(keep, min(len(times), MaxCatchUp))
	default:
		keep = max(keep, 1)
	}
	for _, t := range times[len(times)-keep:] {
		d.Fire = append(d.Fire, DueTime{At: t, Missed: late(t, now)})
	}
	if skipped := times[:len(times)-keep]; len(skipped) > 0 {
		d.Skipped = Skipped{Count: len(skipped), First: skipped[0], Last: skipped[len(skipped)-1]}
		if more {
			d.Skipped.Count = MaxMissedCount
		}
	}
	return d
}

// late reports whether a fire time is dealt with too late to be on time.
func late(t, now time.Time) bool { return now.Sub(t) > OnTime }

// passed lists the fire times in (after, now]. Of more than MaxMissedCount it gives the first and the latest ones alone.
func passed(s cron.Schedule, loc *time.Location, after, now time.Time) (times []time.Time, more bool) {
	times = s.Times(after, now, loc, MaxMissedCount+MaxCatchUp)
	if len(times) < MaxMissedCount+MaxCatchUp {
		return times, false
	}
	// The latest are found from behind: the fewest minutes back that hold as many as can be wanted, and one that is skipped.
	// Fire times are whole minutes, so that it is exactly so many.
	first, minutes := times[0], int(now.Sub(after)/time.Minute)+1
	latest := func(back int) []time.Time {
		return s.Times(now.Add(-time.Duration(back)*time.Minute), now, loc, MaxCatchUp+1)
	}
	back := sort.Search(minutes, func(back int) bool { return len(latest(back)) > MaxCatchUp })
	return append([]time.Time{first}, latest(back)...), true
}
