package placement

import (
	"cmp"
	"strconv"
)

// Why says in a sentence or two why a run goes to the candidate that Best chose:
// "subnet-a has 251 free addresses, the most of 3 candidates; the run takes 10."
func (r *Request) Why(ranked []Candidate, chosen *Candidate, zone func(choice int32) string) string {
	choice := r.Choices[chosen.Choice]
	if chosen.Take == 0 {
		name := cmp.Or(choice.Connection, choice.Subnet)
		return "Tenon keeps the addresses of none of its subnets; " + name + " is the first of " + count(int64(len(ranked)), "candidate") + "."
	}
	s := choice.Subnet + " has " + count(chosen.Free, "free address") + r.preference(ranked, chosen, zone)
	if chosen.Category == CategoryGood {
		s += "; the run takes " + strconv.FormatInt(chosen.Take, 10) + "."
	} else {
		s += ". The run wants " + strconv.FormatInt(r.Need(), 10) + " and starts with " +
			strconv.FormatInt(chosen.Workers, 10) + " of " + count(r.Workers, "worker") + "."
	}
	if chosen.avoided {
		s += " It just failed the run, but there is no better one."
	}
	if chosen.Note == NoteHalfOpen {
		s += " It failed before: this run tries it."
	}
	return s
}

// preference says what the chosen candidate has before the others.
func (r *Request) preference(ranked []Candidate, chosen *Candidate, zone func(choice int32) string) string {
	all := count(int64(len(ranked)), "candidate")
	rivals, most, mark := 0, int64(0), " that the run may go to"
	for i := range ranked {
		c := &ranked[i]
		most = max(most, c.Free)
		switch {
		case c.group == chosen.group && c.Admissible() && c.avoided == chosen.avoided:
			rivals++
		case c.group == chosen.group && c.Admissible():
			mark = " that did not just fail the run"
		case c.Admissible() && mark == " that the run may go to":
			mark = " with addresses for all workers"
		}
	}
	among := all
	if rivals < len(ranked) {
		among = "the " + strconv.Itoa(rivals) + " of " + all + mark
	}
	switch {
	case len(ranked) == 1:
		return " and is the only candidate"
	case r.Strategy == Ordered && chosen.Choice == 0:
		return " and is the first of " + all + " in the list"
	case (r.Strategy == Capacity || r.Strategy == "") && chosen.Free == most:
		return ", the most of " + all
	case rivals == 1:
		return " and is the only one of " + all + mark
	case r.Strategy == Random:
		return " and was drawn from " + among
	case r.Strategy == Ordered:
		return " and is the first in the list of " + among
	case r.Strategy == Spread:
		return " in " + zone(chosen.Choice) + ", the least loaded zone of " + among
	}
	return ", the most of " + among
}

// count writes a number and its noun.
func count(n int64, noun string) string {
	s := strconv.FormatInt(n, 10) + " " + noun
	switch {
	case n == 1:
		return s
	case noun[len(noun)-1] == 's':
		return s + "es"
	}
	return s + "s"
}
