package neighbour

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tenon/internal/driver/store"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// anyID is an event's id, and anyTime a time, in the answers of a script.
var (
	anyID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`)
	anyTime = regexp.MustCompile(`20[0-9-]{8}T[0-9:.]{8,}Z`)
)

// hideNow writes NOW for a time that is the test's own.
func hideNow(text string) string {
	if at, err := time.Parse(time.RFC3339, text); err == nil && time.Since(at).Abs() < time.Hour {
		return "NOW"
	}
	return text
}

// TestEventBridge plays the scripts of testdata/eventbridge. A call is an operation's name and its body; key= is the access
// key and invocation= the id of the SDK's call. events shows the event table. Ids of events become ID1, ID2 ..., times of the
// test NOW.
func TestEventBridge(t *testing.T) {
	datadriven.Walk(t, "testdata/eventbridge", func(t *testing.T, path string) {
		db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}()
		keys, err := api.NewKeyring(t.Context(), db, make([]byte, 32), func(id string) (string, bool) { return "secret", id == "RUN" })
		if err != nil {
			t.Fatal(err)
		}
		a := api.New(slog.New(slog.DiscardHandler), db, nil, keys, api.Config{Account: "123456789012"})
		bridge := &EventBridge{Account: "123456789012", Store: a}
		ids := map[string]string{}
		named := func(s string) string {
			s = anyTime.ReplaceAllStringFunc(s, hideNow)
			return anyID.ReplaceAllStringFunc(s, func(id string) string {
				if ids[id] == "" {
					ids[id] = fmt.Sprintf("ID%d", len(ids)+1)
				}
				return ids[id]
			})
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			c := api.Call{Region: "us-east-1", AccessKey: "AKID"}
			for _, arg := range d.CmdArgs {
				switch arg.Key {
				case "key":
					c.AccessKey = arg.Vals[0]
				case "invocation":
					c.Invocation = arg.Vals[0]
				case "region":
					c.Region = arg.Vals[0]
				}
			}
			if d.Cmd == "events" {
				return named(allEvents(t, db))
			}
			var out any
			var err error
			if op, own := strings.CutPrefix(d.Cmd, "Tenon."); own {
				out, err = a.ServeAdmin(t.Context(), c, op, []byte(d.Input))
			} else {
				out, err = bridge.Serve(t.Context(), c, d.Cmd, []byte(d.Input))
			}
			if err != nil {
				code, _, body := wire.EncodeFault(err)
				var f wire.Fault
				if err := json.Unmarshal(body, &f); err != nil {
					t.Fatal(err)
				}
				return fmt.Sprintf("%s: %s\n", code, f.Message)
			}
			text, err := json.Marshal(out)
			if err != nil {
				t.Fatal(err)
			}
			return named(string(text)) + "\n"
		})
	})
}

// allEvents is the event table, a line an event.
func allEvents(t *testing.T, db *store.DB) string {
	var b strings.Builder
	err := db.Read(t.Context(), func(r *store.Reader) error {
		events, err := r.EventsAfter(0, store.MaxEvents)
		for _, e := range events {
			fmt.Fprintf(&b, "%d %s %s %s\n", e.Seq, e.Kind, e.Who, e.Detail)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestPutEventsBounds: EventBridge's bounds on the size of a request hold, exactly.
func TestPutEventsBounds(t *testing.T) {
	entry := func(n int) putEntry { return putEntry{Source: "s", DetailType: "d", Detail: strings.Repeat("x", n)} }
	bridge := &EventBridge{Account: "123456789012"}
	for _, c := range []struct {
		name    string
		entries []putEntry
		want    string
	}{
		{"none", nil, "greater than or equal to 1"},
		{"eleven", make([]putEntry, maxPutEntries+1), "less than or equal to 10"},
		{"a byte too many", []putEntry{entry(maxPutBytes - 1)}, "over the limit"},
		{"a byte too many in two", []putEntry{entry(maxPutBytes / 2), entry(maxPutBytes/2 - 3)}, "over the limit"},
	} {
		body, err := json.Marshal(map[string]any{"Entries": c.entries})
		if err != nil {
			t.Fatal(err)
		}
		_, err = bridge.Serve(t.Context(), api.Call{Region: "us-east-1"}, "PutEvents", body)
		if err == nil || glue.CodeOf(err) != glue.CodeValidation || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// As long as it may be, it comes to its entries: these say nothing that is JSON.
	body, err := json.Marshal(map[string]any{"Entries": []putEntry{entry(maxPutBytes - 2)}})
	if err != nil {
		t.Fatal(err)
	}
	out, err := bridge.Serve(t.Context(), api.Call{Region: "us-east-1"}, "PutEvents", body)
	if answer, ok := out.(putAnswer); err != nil || !ok || answer.Failed != 1 || answer.Entries[0].ErrorCode != "MalformedDetail" {
		t.Errorf("the longest: %+v, %v", out, err)
	}
}
