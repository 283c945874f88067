package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tenon/internal/core/audit"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "report": "report", "a=1": "a=1", `{"a":1}`: `{"a":1}`, "'x": "'x",
		`=HYPERLINK("http://x")`: `'=HYPERLINK("http://x")`, "+1": "'+1", "-1": "'-1", "@sum": "'@sum", "\t=1": "'\t=1", "\r=1": "'\r=1",
	} {
		if got := inert(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestSince(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"": {}, "90m": now.Add(-90 * time.Minute), "0s": now, "2026-11-25T08:00:00Z": now.Add(-28 * time.Hour),
		"2026-11-26T13:00:00+02:00": now.Add(-time.Hour), "2026-11-26": time.Date(2026, 11, 26, 0, 0, 0, 0, time.Local),
	} {
		if got, err := since(in, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v, want %v", in, got, err, want)
		}
	}
	for _, bad := range []string{"yesterday", "-5m", "5", "2026-13-01", "26.11.2026"} {
		if got, err := since(bad, now); err == nil {
			t.Errorf("%q was read as %v", bad, got)
		}
	}
}

// lines are an export of n records, as JSON lines, and their links.
func lines(t *testing.T, n int) (all []string, links []audit.Link) {
	t.Helper()
	var chainer audit.Chainer
	var link audit.Link
	for i := range n {
		e := glue.Event{Seq: int64(i + 1), At: time.UnixMicro(int64(i)), Region: "us-east-1", Kind: glue.EventQueueHeld, Who: "AKIA",
			Detail: json.RawMessage(`{"queue":"etl"}`)}
		link = chainer.Next(link.Hash, &e)
		text, err := json.Marshal(api.AuditRecord{Seq: e.Seq, At: e.At, Action: audit.Action(e.Kind), Region: e.Region, Who: e.Who,
			Why: audit.Why(&e), Event: string(e.Kind), Detail: e.Detail, Hash: link.Hash.String()})
		if err != nil {
			t.Fatal(err)
		}
		all, links = append(all, string(text)), append(links, link)
	}
	return all, links
}

func TestVerifyFile(t *testing.T) {
	all, links := lines(t, 9)
	changed := slices.Clone(all)
	changed[4] = strings.Replace(changed[4], `"queue":"etl"`, `"queue":"elt"`, 1)
	swapped := slices.Clone(all)
	swapped[4], swapped[5] = swapped[5], swapped[4]
	reworded := slices.Clone(all)
	reworded[4] = strings.Replace(reworded[4], `"Why":"`, `"Why":"Not `, 1)
	twice := slices.Clone(all)
	twice[4] = `{"Who":"somebody else",` + twice[4][1:]
	small := slices.Clone(all)
	small[4] = `{"who":"somebody else",` + small[4][1:]
	spaced := slices.Clone(all)
	spaced[4] = strings.Replace(spaced[4], `{"Seq":5,`, `{ "Attempt": 0, "Seq": 5, `, 1)
	more := slices.Clone(all)
	more[4] = strings.Replace(more[4], `"Event":`, `"Remark":"approved","Event":`, 1)
	forged := audit.Link{Seq: 5, Hash: links[3].Hash}
	for _, test := range []struct {
		name   string
		lines  []string
		head   audit.Link
		broken int64
		said   string
		err    string
	}{
		{"whole", all, audit.Link{}, 0, "", ""},
		{"whole, with a head", all, links[4], 0, "", ""},
		{"another head", all, forged, 5, "", ""},
		{"changed", changed, audit.Link{}, 5, "", ""},
		{"one missing", slices.Delete(slices.Clone(all), 4, 5), audit.Link{}, 5, "", ""},
		{"swapped", swapped, audit.Link{}, 5, "", ""},
		{"cut off, not known", all[:6], audit.Link{}, 0, "", ""},
		{"cut off, known", all[:6], links[8], 9, "", ""},
		{"a part", all[4:], audit.Link{}, 0, "Record 5 is taken as it is", ""},
		{"a part, the one before known", all[4:], links[3], 0, "", ""},
		{"a changed part, the one before known", changed[4:], links[3], 5, "", ""},
		{"a part, one too early known", all[4:], links[2], 0, "", "begins with record 5"},
		{"reworded", reworded, audit.Link{}, 0, "Why of 1 record are", ""},
		{"a member twice", twice, audit.Link{}, 5, "", ""},
		{"a member in small letters", small, audit.Link{}, 5, "", ""},
		{"written otherwise", spaced, audit.Link{}, 0, "", ""},
		{"a member more", more, audit.Link{}, 5, "", ""},
		{"nothing", nil, audit.Link{}, 0, "", "it has no records"},
		{"nothing, where something is known", nil, links[4], 5, "", ""},
		{"another file", []string{"a,b,c"}, audit.Link{}, 0, "", "line 1: not a record"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.jsonl")
			text := strings.Join(test.lines, "\n")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			a := &app{con: &console{err: &said}}
			p, err := a.verifyFile(path, test.head)
			switch {
			case test.err != "":
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%+v, %v", p, err)
				}
			case err != nil, p.Broken != test.broken, p.OK != (test.broken == 0):
				t.Errorf("%+v, %v, want broken at %d", p, err, test.broken)
			}
			if !strings.Contains(said.String(), test.said) || test.said == "" && said.Len() > 0 {
				t.Errorf("said: %s", said.String())
			}
		})
	}
}
