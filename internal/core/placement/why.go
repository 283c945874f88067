package placement

import (
	"strconv"
)

// Why says in one or two sentences why a run goes to the candidate that Best chose:
// "subnet-a has 251 free addresses, most of 3 candidates; the run takes 10."
func (r *Request) Why(ranked []Candidate, chosen *Candidate) string {
	if chosen.Take == 0 {
		return "Tenon keeps the addresses of none of its subnets; " + name(chosen) + " is the first of " + count(len(ranked), "candidate") + "."
	}
	s := chosen.Subnet + " has " + count64(chosen.Free, "free address")
	switch {
	case len(ranked) == 1:
		s += " and is the only candidate"
	case r.Strategy == Random:
		s += " and was drawn from " + strconv.Itoa(rivals(ranked, chosen)) + " of " + count(len(ranked), "candidate")
	case r.Strategy == Ordered:
		s += " and is the first of " + count(len(ranked), "candidate") + " in the order of the list"
	case r.Strategy == Spread:
		s += "; " + chosen.Zone + " is the least loaded zone of " + count(len(ranked), "candidate")
	default:
		s += ", most of " + count(len(ranked), "candidate")
	}
	if chosen.Category == CategoryGood {
		s += "; the run takes " + strconv.FormatInt(chosen.Take, 10) + "."
	} else {
		s += ", but the run would take " + strconv.FormatInt(r.Need(), 10) + ": it starts with " +
			strconv.FormatInt(chosen.Workers, 10) + " of " + count64(r.Workers, "worker") + "."
	}
	if r.Strategy != Random && passedOver(ranked, chosen) {
		s += " It was chosen among those that did not just fail."
	}
	if chosen.avoided {
		s += " It just failed, but there is no other."
	}
	if chosen.Probe {
		s += " It failed before: this run tries it."
	}
	return s
}

// rivals is how many candidates the run could have drawn as well as the chosen one.
func rivals(ranked []Candidate, chosen *Candidate) (n int) {
	for i := range ranked {
		if c := &ranked[i]; c.Admissible() && c.group == chosen.group && c.avoided == chosen.avoided {
			n++
		}
	}
	return n
}

// passedOver reports whether a candidate stands behind the chosen one only because it failed the run lately.
func passedOver(ranked []Candidate, chosen *Candidate) bool {
	for i := range ranked {
		if c := &ranked[i]; c.avoided && !chosen.avoided && c.group == chosen.group {
			return true
		}
	}
	return false
}

// name is a candidate's connection, or its subnet where it came without one.
func name(c *Candidate) string {
	if c.Connection != "" {
		return c.Connection
	}
	return c.Subnet
}

// count writes a number and its noun.
func count(n int, noun string) string { return count64(int64(n), noun) }

// count64 is count for amounts.
func count64(n int64, noun string) string {
	s := strconv.FormatInt(n, 10) + " " + noun
	switch {
	case n == 1:
		return s
	case noun[len(noun)-1] == 's':
		return s + "es"
	}
	return s + "s"
}
