package javaregexp

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorded is what Java answered to a pattern on a text: all matches, the text with <$0> instead of each, the parts
// between them; nothing when the pattern is no pattern.
type recorded struct {
	Pattern, Text string
	Bad           bool
	Matches       []string
	Replaced      string
	Parts         []string
}

// TestAgainstJava holds patterns and texts, made up at random, to what Java answered to them.
func TestAgainstJava(t *testing.T) {
	path := os.Getenv("JAVA_REGEXP_CASES")
	if path == "" {
		path = "testdata/java.json"
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var cases []recorded
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for _, c := range cases {
		re, err := Compile(c.Pattern)
		if errors.Is(err, ErrUnsupported) {
			refused++
			continue
		}
		if err == nil && c.Bad && strings.Contains(c.Pattern, "(?<") {
			continue // Java finds no width of some parts that have one
		}
		if (err != nil) != c.Bad {
			t.Errorf("%q: Java refuses it: %v, here: %v", c.Pattern, c.Bad, err)
			continue
		}
		if err == nil {
			check(t, re, c)
		}
	}
	if refused*4 > len(cases) {
		t.Errorf("%d of %d patterns are refused", refused, len(cases))
	}
}

// check compares the answers to one case.
func check(t *testing.T, re *Regexp, c recorded) {
	t.Helper()
	matches := []string{}
	m := re.Matcher(c.Text)
	for {
		found, err := m.Find()
		if err != nil {
			t.Errorf("%q on %q: %v", c.Pattern, c.Text, err)
			return
		}
		if !found {
			break
		}
		text, _ := m.GroupText(0)
		matches = append(matches, text)
	}
	if d := cmp.Diff(c.Matches, matches); d != "" {
		t.Errorf("%q on %q: matches (-Java +here)\n%s", c.Pattern, c.Text, d)
	}
	replaced, err := re.ReplaceAll(c.Text, "<$0>", 0)
	if err != nil || replaced != c.Replaced {
		t.Errorf("%q on %q: replaced %q, %v; Java %q", c.Pattern, c.Text, replaced, err, c.Replaced)
	}
	parts, err := re.Split(c.Text, -1)
	if d := cmp.Diff(c.Parts, parts); d != "" || err != nil {
		t.Errorf("%q on %q: parts (-Java +here) %v\n%s", c.Pattern, c.Text, err, d)
	}
	if spelled, ok := re.RE2(true); ok && !spelled.NotLineEnd && !spelled.NotBeyondASCII && !re.MatchesEmpty() {
		got := regexp.MustCompile(spelled.Pattern).FindAllString(c.Text, -1)
		if d := cmp.Diff(matches, append([]string{}, got...)); d != "" {
			t.Errorf("%q on %q: RE2's %q (-Java +RE2)\n%s", c.Pattern, c.Text, spelled.Pattern, d)
		}
	}
}
