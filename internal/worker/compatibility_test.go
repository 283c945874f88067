package worker

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"tenon/internal/doctest"
)

// update writes the part of docs/compatibility.md that is about special parameters.
var _ = flag.Bool("update", false, "rewrite the list of special parameters in docs/compatibility.md")

// TestCompatibility keeps the page's list of special parameters that of the table.
func TestCompatibility(t *testing.T) {
	words := map[treatment]string{honoured: "as in Glue", harmless: "no effect", refused: "**refused**"}
	var b strings.Builder
	b.WriteString("| Parameter | | |\n|---|---|---|\n")
	table := parameters()
	for _, kind := range []treatment{honoured, harmless, refused} {
		for _, name := range slices.Sorted(maps.Keys(table)) {
			if p := table[name]; p.treatment == kind {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, words[kind], p.why)
			}
		}
	}
	b.WriteString("\n`--conf` takes the keys and values of [Settings](#settings).\n")
	doctest.Section(t, "../../docs/compatibility.md", "parameters", b.String())
}
