package bridge

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tenon/internal/glue"
)

// TestShapes runs testdata/*.txt. `shape` takes a kind and, if it is about a run, job, run and attempt; its input is the
// detail as the controller writes it. The output is the event as EventBridge would hand it on.
func TestShapes(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			e := glue.Event{Seq: 7, At: time.Date(2026, 3, 1, 2, 30, 15, 250e6, time.FixedZone("", 3600)), Region: "us-east-1", Detail: json.RawMessage(d.Input)}
			for _, arg := range d.CmdArgs {
				switch arg.Key {
				case "kind":
					e.Kind = glue.EventKind(arg.Vals[0])
				case "job":
					e.Job = arg.Vals[0]
				case "run":
					e.Run = arg.Vals[0]
				case "who":
					e.Who = arg.Vals[0]
				case "attempt":
					arg.Scan(t, 0, &e.Attempt)
				default:
					t.Fatalf("%s: unknown argument %s", d.Pos, arg.Key)
				}
			}
			shaped, ok := Shape(e, "123456789012")
			if !ok {
				return "has no form\n"
			}
			doc, err := json.MarshalIndent(shaped, "", "  ")
			if err != nil {
				t.Fatalf("%s: %v", d.Pos, err)
			}
			return string(doc) + "\n"
		})
	})
}
