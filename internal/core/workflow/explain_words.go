package workflow

import (
	"fmt"
	"strings"

	"tenon/internal/glue"
)

// list joins words as a sentence does: a, b and c. Of many it says how many more there are.
func list(words []string, last string) string {
	if n := len(words); n > listShown {
		words = append(words[:listShown-1:listShown-1], fmt.Sprintf("%d more", n-listShown+1))
		last = "and"
	}
	switch n := len(words); n {
	case 0:
		return "none"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " " + last + " " + words[n-1]
	}
}

// actionWords names what is started: job A, jobs A and B, job A and crawler c.
func actionWords(actions []glue.Action) string {
	var jobs, crawlers []string
	for _, a := range actions {
		if a.CrawlerName != "" {
			crawlers = append(crawlers, a.CrawlerName)
		} else {
			jobs = append(jobs, a.JobName)
		}
	}
	var parts []string
	for _, p := range []struct {
		noun  string
		names []string
	}{{"job", jobs}, {"crawler", crawlers}} {
		switch len(p.names) {
		case 0:
		case 1:
			parts = append(parts, p.noun+" "+p.names[0])
		default:
			parts = append(parts, p.noun+"s "+list(p.names, "and"))
		}
	}
	return list(parts, "and")
}

// conditionWords says a condition: A ends SUCCEEDED.
func conditionWords(c *glue.Condition) string {
	if c.CrawlerName != "" {
		return "crawler " + c.CrawlerName + " ends " + c.CrawlState
	}
	return c.JobName + " ends " + string(c.State)
}

// predicateWords says a predicate.
func predicateWords(p *glue.Predicate) string {
	if p == nil {
		return "nothing"
	}
	words := make([]string, len(p.Conditions))
	for i := range p.Conditions {
		words[i] = conditionWords(&p.Conditions[i])
	}
	if p.Logical == glue.LogicalAny {
		if len(words) > listShown {
			return "any holds of: " + list(words, "and")
		}
		return list(words, "or")
	}
	return list(words, "and")
}

// count says how many there are of something.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// orElse is s, or what stands for it if it is empty.
func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// shortDigits is how much of a long id stands in a sentence: glue.ShortRunID's measure.
const shortDigits = 16

// short cuts the id of a flow, or of a run, for a sentence. Another name is left as it is.
func short(id string) string {
	at := strings.IndexByte(id, '_') + 1
	if hex := id[at:]; at == 0 || len(hex) != 64 {
		return id
	}
	return id[:at+shortDigits]
}

// plain are the characters that no shell takes for anything but themselves.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,@%+"

// quoted is a word of a command as a shell wants it.
func quoted(word string) string {
	if word != "" && strings.Trim(word, plain) == "" && !strings.ContainsFunc(word, func(r rune) bool { return !strings.ContainsRune(plain, r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
