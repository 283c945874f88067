package benchmark

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain makes the test binary the plane under load, and the empty server, as main does.
func TestMain(m *testing.M) {
	serve := map[string]func([]string) error{PlaneCommand: ServePlane, EmptyCommand: ServeEmpty}
	if len(os.Args) > 2 && os.Args[1] == "bench" && serve[os.Args[2]] != nil {
		if err := serve[os.Args[2]](os.Args[3:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// TestSuites runs the suites of a plane with a history, as small as they get: every figure is there, and is a number.
func TestSuites(t *testing.T) {
	b := &bench{tenon: os.Args[0], dir: t.TempDir(), history: 300, seconds: 100 * time.Millisecond, repeat: 2}
	for _, s := range []group{{"get", "", gets}, {"start", "", starts}, {"cycle", "", cycles}} {
		if err := s.run(t.Context(), b); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	if len(b.report.figures) != 8 {
		t.Errorf("%d figures, want 8", len(b.report.figures))
	}
	for _, f := range b.report.figures {
		if !(f.Value > 0) {
			t.Errorf("%s: %v", f.Name, f.Value)
		}
	}
}

// TestOrchestration runs the suites of triggers and workflows, as small as they get.
func TestOrchestration(t *testing.T) {
	b := &bench{tenon: os.Args[0], dir: t.TempDir(), seconds: 100 * time.Millisecond, repeat: 1}
	g := graph{"small", 2, 2}
	for name, run := range map[string]func() error{
		"armed":   func() error { return armed(t.Context(), b, 100, 100*time.Millisecond) },
		"events":  func() error { return events(t.Context(), b, 5) },
		"through": func() error { return through(t.Context(), b, g) },
		"crowd":   func() error { return crowded(t.Context(), b, g, 20) },
	} {
		if err := run(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(b.report.figures) != 15 {
		t.Errorf("%d figures, want 15", len(b.report.figures))
	}
}

// TestNothingIsLeft makes sure that a suite that fails leaves no plane behind.
func TestNothingIsLeft(t *testing.T) {
	b := &bench{tenon: os.Args[0], dir: t.TempDir()}
	broken := errors.New("the suite failed")
	var left *process
	err := b.withPlane(t.Context(), "left", b.dir, planeOptions{slots: 1, lasts: time.Hour}, func(p *process) error {
		left = p
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want that of the suite", err)
	}
	if left == nil || left.cmd.ProcessState == nil || !left.cmd.ProcessState.Success() {
		t.Errorf("the plane has not ended well: %+v", left)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = b.withPlane(ctx, "cut", b.dir, planeOptions{slots: 1, lasts: time.Hour}, func(p *process) error {
		left = p
		cancel()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || left.cmd.ProcessState == nil {
		t.Errorf("interrupted: error %v, process state %v", err, left.cmd.ProcessState)
	}
}

// TestReport checks how figures are written.
func TestReport(t *testing.T) {
	r := report{machine: "a machine"}
	r.add("rate", []float64{1_234_567.8, 999, 2e6}, "/s", ">= 1", "a note")
	r.add("once", []float64{3.14159}, "ms", "", "")
	var out bytes.Buffer
	if err := r.writeTable(&out); err != nil {
		t.Fatal(err)
	}
	want := `a machine

| Measure | Target | Result | |
|---|---:|---:|---|
| rate | >= 1 | 1,234,568 /s | 999 to 2,000,000; a note |
| once |  | 3.14 ms |  |
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// TestMedian covers odd, even and no values.
func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{7}, 7}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 2, 100}, 3}} {
		if got := median(test.values); got != test.want {
			t.Errorf("median of %v is %v, want %v", test.values, got, test.want)
		}
	}
}

// TestChoose covers the list of suites.
func TestChoose(t *testing.T) {
	all, err := choose(nil)
	if err != nil || len(all) != len(groups()) {
		t.Errorf("no list: %d suites, %v", len(all), err)
	}
	some, err := choose([]string{"restart", "get"})
	if err != nil || len(some) != 2 || some[0].name != "get" || some[1].name != "restart" {
		t.Errorf("restart,get: %v, %v; want them in their own order", some, err)
	}
	if _, err := choose([]string{"get", "gets"}); err == nil || !strings.Contains(err.Error(), `"gets"`) {
		t.Errorf("unknown suite: %v", err)
	}
}
