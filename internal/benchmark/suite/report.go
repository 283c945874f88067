package suite

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Figure is one measured value, and what it should be.
type Figure struct {
	Suite  string  `json:"suite"`
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"` // s, x, /s, us, B, %, or empty for a count
	Target string  `json:"target,omitempty"`
	Met    *bool   `json:"met,omitempty"`
	Note   string  `json:"note,omitempty"`
}

// Report is all figures of one run of the suites.
type Report struct {
	Machine string   `json:"machine"`
	Figures []Figure `json:"figures"`
}

// add notes a figure without a target.
func (r *Report) add(suite, name string, value float64, unit, note string) {
	r.Figures = append(r.Figures, Figure{Suite: suite, Name: name, Value: value, Unit: unit, Note: note})
}

// atMost notes a figure that should not be larger than a target.
func (r *Report) atMost(suite, name string, value, target float64, unit, note string) {
	met := value <= target
	r.Figures = append(r.Figures, Figure{Suite: suite, Name: name, Value: value, Unit: unit, Target: "<= " + number(target), Met: &met, Note: note})
}

// atLeast notes a figure that should not be smaller than a target.
func (r *Report) atLeast(suite, name string, value, target float64, unit, note string) {
	met := value >= target
	r.Figures = append(r.Figures, Figure{Suite: suite, Name: name, Value: value, Unit: unit, Target: ">= " + number(target), Met: &met, Note: note})
}

// Missed lists the figures that did not reach their target.
func (r *Report) Missed() []Figure {
	var missed []Figure
	for _, f := range r.Figures {
		if f.Met != nil && !*f.Met {
			missed = append(missed, f)
		}
	}
	return missed
}

// WriteJSON writes the report as one JSON document.
func (r *Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteTable writes the report for people.
func (r *Report) WriteTable(w io.Writer) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tab, "SUITE\tMEASURE\tRESULT\tTARGET\t\t\n")
	for _, f := range r.Figures {
		verdict := ""
		if f.Met != nil && *f.Met {
			verdict = "ok"
		} else if f.Met != nil {
			verdict = "MISSED"
		}
		fmt.Fprintf(tab, "%s\t%s\t%s %s\t%s\t%s\t%s\n", f.Suite, f.Name, number(f.Value), f.Unit, f.Target, verdict, f.Note)
	}
	return tab.Flush()
}

// number writes a value with three digits that count, and thousands apart.
func number(v float64) string {
	switch {
	case v == float64(int64(v)) && v < 1000:
		return fmt.Sprintf("%d", int64(v))
	case v >= 1000:
		s := fmt.Sprintf("%.0f", v)
		var b strings.Builder
		for i, c := range s {
			if i > 0 && (len(s)-i)%3 == 0 {
				b.WriteByte(',')
			}
			b.WriteRune(c)
		}
		return b.String()
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// safe notes the safety counters of a played trace, which must be 0.
func (r *Report) safe(suite string, p *Played) {
	r.atMost(suite, p.Policy+": limits crossed", float64(p.Crossed), 0, "", strings.Join(p.Violations, "; "))
	never := 0
	for i := range p.Runs {
		if p.Runs[i].Ended.IsZero() && !p.Runs[i].Submitted.After(p.End.Add(-maxTook)) {
			never++
		}
	}
	r.atMost(suite, p.Policy+": runs that never ended", float64(never), 0, "", "")
}

// seconds is a duration as a figure.
func seconds(d time.Duration) float64 { return d.Seconds() }
