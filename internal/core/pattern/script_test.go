package pattern

import (
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"
)

// TestScripts runs testdata/*.txt. The first line of `match` is a pattern and each further line an event; the output says of
// each whether it matches. `parse` takes a whole pattern and says what is wrong with it. `may` takes a pattern and, in its
// argument, sources.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			doc, rest, _ := strings.Cut(d.Input, "\n")
			if d.Cmd == "parse" {
				doc = d.Input
			}
			p, err := Parse([]byte(doc))
			if err != nil {
				return strings.TrimPrefix(err.Error(), "InvalidInputException: Event pattern is not valid. Reason: ") + "\n"
			}
			var out strings.Builder
			switch d.Cmd {
			case "parse":
				return "good\n"
			case "match":
				for line := range strings.Lines(rest) {
					event, err := Decode([]byte(line))
					if err != nil {
						t.Fatalf("%s: %v", d.Pos, err)
					}
					out.WriteString(yes(p.Match(event)) + "\n")
				}
			case "may":
				for _, source := range d.CmdArgs {
					out.WriteString(source.Key + ": " + yes(p.MayMatch(source.Key)) + "\n")
				}
			default:
				t.Fatalf("%s: unknown command %s", d.Pos, d.Cmd)
			}
			return out.String()
		})
	})
}

// yes spells b.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
