// Package doctest holds what docs/compatibility.md lists to the code that it is about: the test of each package that
// decides what a script may call writes its own part of the page, so a function, an option or a method that is added
// without it fails that test.
package doctest

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// Width is how many columns the lines of a list take at most.
const Width = 120

// Section fails unless the part of the page at path between "<!-- name: ... -->" and "<!-- end of name -->" is want; with the
// test's flag -update it writes it there.
func Section(t *testing.T, path, name, want string) {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, begins := strings.Cut(string(page), "<!-- "+name+": ")
	mark, rest, closes := strings.Cut(rest, " -->\n")
	have, tail, ends := strings.Cut(rest, "<!-- end of "+name+" -->")
	if !begins || !closes || !ends {
		t.Fatalf("%s has lost the marks of %s", path, name)
	}
	want = "\n" + strings.Trim(want, "\n") + "\n\n"
	if have == want {
		return
	}
	if f := flag.Lookup("update"); f != nil && f.Value.String() == "true" {
		page := head + "<!-- " + name + ": " + mark + " -->\n" + want + "<!-- end of " + name + " -->" + tail
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	old := map[string]bool{}
	for _, w := range strings.Fields(have) {
		old[w] = true
	}
	var fresh []string
	for _, w := range strings.Fields(want) {
		if !old[w] {
			fresh = append(fresh, w)
		}
		delete(old, w)
	}
	var gone []string
	for w := range old {
		gone = append(gone, w)
	}
	t.Errorf("%s is not current about %s: run the test again with -update\nmissing: %q\ntoo much: %q", path, name, fresh, gone)
}

// Names is a list of names in code spans, broken into lines of Width.
func Names(names []string) string {
	var b strings.Builder
	column := 0
	for i, n := range names {
		word := "`" + n + "`"
		if i < len(names)-1 {
			word += ","
		}
		switch {
		case column == 0:
		case column+1+len(word) > Width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}
