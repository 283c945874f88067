package benchmark

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
)

// figure is one measured number beside its target.
type figure struct {
	Name   string    `json:"name"`
	Value  float64   `json:"value"` // the median of Values
	Values []float64 `json:"values"`
	Unit   string    `json:"unit"`
	Target string    `json:"target"`
	Met    *bool     `json:"met,omitempty"` // of figures in virtual time: those of this machine are for people to judge
	Note   string    `json:"note,omitempty"`
}

// report collects figures.
type report struct {
	machine string
	talk    io.Writer // shows each figure as it comes; nil: nobody waits
	figures []figure
}

// add notes a figure, measured once or several times, and shows it to whoever waits.
func (r *report) add(name string, values []float64, unit, target, note string) {
	r.note(figure{Name: name, Value: median(values), Values: values, Unit: unit, Target: target, Note: note})
}

// note takes a figure.
func (r *report) note(f figure) {
	r.figures = append(r.figures, f)
	if r.talk == nil {
		return
	}
	fmt.Fprintf(r.talk, "  %-46s %12s %-4s target %-9s %s\n", f.Name, number(f.Value), f.Unit, f.Target, f.Note)
}

// writeJSON writes the figures for programs.
func (r *report) writeJSON(w io.Writer) error {
	return json.NewEncoder(w).Encode(map[string]any{"machine": r.machine, "figures": r.figures})
}

// writeTable writes the table of docs/benchmarks.md.
func (r *report) writeTable(w io.Writer) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s\n\n| Measure | Target | Result | |\n|---|---:|---:|---|\n", r.machine)
	for _, f := range r.figures {
		remarks := []string{}
		if len(f.Values) > 1 {
			remarks = append(remarks, fmt.Sprintf("%s to %s", number(slices.Min(f.Values)), number(slices.Max(f.Values))))
		}
		if f.Met != nil && !*f.Met {
			remarks = append(remarks, "**missed**")
		}
		if f.Note != "" {
			remarks = append(remarks, f.Note)
		}
		fmt.Fprintf(out, "| %s | %s | %s %s | %s |\n", f.Name, f.Target, number(f.Value), f.Unit, strings.Join(remarks, "; "))
	}
	return out.Flush()
}

// number writes a value as people read it: thousands apart, no more digits than mean something.
func number(v float64) string {
	switch {
	case v == float64(int64(v)) && v < 1000:
		return fmt.Sprintf("%.0f", v)
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	s := fmt.Sprintf("%.0f", v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// median is the middle of values, the mean of the two middle ones of an even number; 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// machine says what the figures were measured on.
func machine(history int) string {
	parts := []string{runtime.GOOS + "/" + runtime.GOARCH, fmt.Sprintf("%d processors", runtime.NumCPU())}
	if model := procValue("/proc/cpuinfo", "model name"); model != "" {
		parts = append(parts, model)
	}
	if memory := procValue("/proc/meminfo", "MemTotal"); memory != "" {
		parts = append(parts, memory+" memory")
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		parts = append(parts, "load before "+strings.Fields(string(load))[0])
	}
	return strings.Join(append(parts, runtime.Version(), fmt.Sprintf("history of %s runs", number(float64(history)))), ", ")
}

// procValue is the first value of a name in a file of "name: value" lines, empty where there is none.
func procValue(path, name string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
