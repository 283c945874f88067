package workflowfile_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"tenon/internal/core/workflowfile"
)

// TestDocument reads every example of docs/workflow-file.md, and finds every key of the form in it: the refusal of a key
// suggests the one that it is near to, so a key with a letter too many names it.
func TestDocument(t *testing.T) {
	text, err := os.ReadFile("../../../docs/workflow-file.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(text), -1)
	if len(examples) < 2 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, m := range examples {
		checkRoundTrip(t, mustObjects(t, m[1]))
	}
	for at, place := range map[string]string{"": "", "start": "start:", "job": "jobs:\n  a:", "define": "jobs:\n  a:\n    define:", "trigger": "triggers:\n  t:"} {
		for _, key := range workflowfile.Keys(at) {
			if !strings.Contains(string(text), "`"+key+"`") {
				t.Errorf("key %s of %s is not in the document", key, at)
			}
			indent := strings.Repeat(" ", strings.Count(place, "\n")*2+2)
			if place == "" {
				indent = ""
			}
			_, err := workflowfile.Read([]byte("name: w\n" + place + "\n" + indent + key + "x: 1\n"))
			if err == nil || !strings.Contains(err.Error(), "did you mean "+key+"?") {
				t.Errorf("key %sx of %q: %v", key, at, err)
			}
		}
	}
}
