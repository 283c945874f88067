package python

import (
	"flag"
	"os/exec"
	"strings"
	"testing"

	"tenon/internal/doctest"
)

// update writes the parts of docs/compatibility.md that are about the shim.
var _ = flag.Bool("update", false, "rewrite the lists of the shim in docs/compatibility.md")

// TestCompatibility keeps the page's lists of classes, functions and settings those of the shim.
func TestCompatibility(t *testing.T) {
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	out, err := exec.Command(interpreter, "-B", "-m", "tests.listing").Output()
	if err != nil {
		t.Fatal(err)
	}
	classes, rest, ok := strings.Cut(string(out), "<!-- functions -->\n")
	functions, settings, more := strings.Cut(rest, "<!-- settings -->\n")
	if !ok || !more {
		t.Fatalf("listing.py has lost its parts:\n%s", out)
	}
	const page = "../docs/compatibility.md"
	doctest.Section(t, page, "classes", classes)
	doctest.Section(t, page, "python functions", functions)
	doctest.Section(t, page, "settings", settings)
}
