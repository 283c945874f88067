package placement

import (
	"cmp"
	"slices"
	"time"

	"tenon/internal/glue"
)

// Category says what a candidate has.
type Category uint8

// The categories.
const (
	CategoryGood      Category = iota // addresses for all workers
	CategoryUsable                    // the two that the smallest run needs, but not all
	CategoryFull                      // none or one
	CategoryUnchecked                 // it is no subnet that Tenon keeps the addresses of
)

// String names the category as records do.
func (c Category) String() string { return [...]string{"good", "usable", "full", "unchecked"}[c] }

// Note says why a candidate is not preferred, if there is more to say than its category.
type Note uint8

// The notes.
const (
	NoteNone Note = iota
	NoteAbsent
	NoteCordoned
	NoteOpen
	NoteTried
	NoteHalfOpen
	NoteAvoided
)

// String spells the note as records do.
func (n Note) String() string {
	return [...]string{"", "there is no such connection", "cordoned", "breaker open", "breaker half-open, a run tries it", "breaker half-open", "just failed"}[n]
}

// leastAddresses is what the smallest run needs: a driver and a worker.
const leastAddresses = 2

// Request is a run that wants a place.
type Request struct {
	Choices    []glue.Choice // connections with a subnet, as listed
	Workers    int64         // each takes one address
	Extra      int64         // addresses it takes beside
	MinWorkers int64         // it starts with so many where no subnet has addresses for all; 0 is all
	Strategy   Strategy      // empty is Capacity
	Avoid      []glue.Avoided
	Seed       uint64 // of the order of Random: see Seed
}

// Need is how many addresses the whole run takes.
func (r *Request) Need() int64 { return r.Workers + r.Extra }

// Stand is how the subnet of a choice stands now.
type Stand struct {
	Managed  bool // Tenon keeps its addresses; the zero Stand is a subnet that it does not know
	Zone     string
	Free     int64
	Cordoned bool
	Health   State // of its breaker
	Probed   bool  // with HalfOpen: a run tries it already, or another of its zone

	// Of its whole zone, for Spread: addresses in use and in all.
	ZoneUsed, ZoneUsable int64
}

// Candidate is a choice as it was judged. Those of one Rank stand in the order of preference. It is made of numbers alone:
// who wants words asks for a Record.
type Candidate struct {
	Free     int64 // addresses; -1: not known
	Workers  int64 // that the run would have there; 0: it may not go there now
	Take     int64 // addresses that it would take; 0 on an unchecked one
	Choice   int32 // its place in Request.Choices
	Category Category
	Note     Note

	avoided bool  // it failed the run lately
	group   uint8 // 0 good, 1 usable, 2 all others
}

// Admissible reports whether the run may go there now.
func (c *Candidate) Admissible() bool { return c.Workers > 0 }

// Rank judges the choices of a run, stands being those of the choices, place by place, and appends the candidates to into
// in the order of preference: good ones, then usable ones, each in the order of the strategy with those that failed the
// run lately behind; then all others as listed: without addresses, cordoned, broken, unknown to Tenon.
//
// A run goes to an unchecked subnet only if Tenon knows none of its choices.
func Rank(into []Candidate, r *Request, stands []Stand, now time.Time) []Candidate {
	managed := slices.ContainsFunc(stands, func(s Stand) bool { return s.Managed })
	first := len(into)
	for i := range r.Choices {
		into = append(into, r.judge(i, &stands[i], managed, now))
	}
	slices.SortStableFunc(into[first:], func(a, b Candidate) int {
		if by := cmp.Compare(a.group, b.group); by != 0 || a.group == 2 {
			return by
		}
		if a.avoided != b.avoided {
			if a.avoided {
				return 1
			}
			return -1
		}
		switch r.Strategy {
		case Random:
			return cmp.Compare(lot(r.Seed, a.Choice), lot(r.Seed, b.Choice))
		case Ordered:
			return 0
		case Spread:
			// a.used/a.usable against b.used/b.usable
			p, q := &stands[a.Choice], &stands[b.Choice]
			if by := cmp.Compare(p.ZoneUsed*q.ZoneUsable, q.ZoneUsed*p.ZoneUsable); by != 0 {
				return by
			}
		}
		return cmp.Compare(b.Free, a.Free)
	})
	return into
}

// judge says what choice i is worth.
func (r *Request) judge(i int, s *Stand, managed bool, now time.Time) Candidate {
	c := Candidate{Choice: int32(i), Category: CategoryUnchecked, Free: -1, group: 2}
	if !s.Managed {
		if r.Choices[i].Subnet == "" {
			c.Note = NoteAbsent
		}
		if !managed {
			c.Workers = r.Workers
		}
		return c
	}
	c.Free = s.Free
	need := r.Need()
	switch {
	case s.Free >= need:
		c.Category, c.group = CategoryGood, 0
		c.Workers, c.Take = r.Workers, need
	case s.Free >= leastAddresses:
		c.Category, c.group = CategoryUsable, 1
		if workers := s.Free - r.Extra; r.MinWorkers > 0 && workers >= r.MinWorkers {
			c.Workers, c.Take = workers, s.Free
		}
	default:
		c.Category = CategoryFull
	}
	switch {
	case s.Cordoned:
		c.block(NoteCordoned)
	case s.Health == Open:
		c.block(NoteOpen)
	case s.Health == HalfOpen && s.Probed:
		c.block(NoteTried)
	case s.Health == HalfOpen:
		c.Note = NoteHalfOpen
	}
	for _, a := range r.Avoid {
		if a.Subnet == r.Choices[i].Subnet && a.Until.After(now) {
			c.avoided = true
			if c.Note == NoteNone {
				c.Note = NoteAvoided
			}
		}
	}
	return c
}

// block keeps the run from a candidate.
func (c *Candidate) block(why Note) { c.Workers, c.Take, c.group, c.Note = 0, 0, 2, why }

// Record spells the decision for the candidate that was chosen. zone names the zone of a choice by its place. The addresses
// are to be added.
func (r *Request) Record(ranked []Candidate, chosen *Candidate, zone func(choice int32) string, attempt int, now time.Time) glue.Placement {
	choice := r.Choices[chosen.Choice]
	p := glue.Placement{
		At: now, Attempt: attempt, Strategy: string(cmp.Or(r.Strategy, Capacity)), Connection: choice.Connection, Zone: zone(chosen.Choice),
		Workers: chosen.Workers, Candidates: make([]glue.Candidate, len(ranked)), Why: r.Why(ranked, chosen, zone),
	}
	if chosen.Take > 0 {
		p.Subnet = choice.Subnet
	}
	for i := range ranked {
		c := &ranked[i]
		of := r.Choices[c.Choice]
		p.Candidates[i] = glue.Candidate{Connection: of.Connection, Subnet: of.Subnet, Zone: zone(c.Choice), Category: c.Category.String(), Free: c.Free, Note: c.Note.String()}
	}
	return p
}
