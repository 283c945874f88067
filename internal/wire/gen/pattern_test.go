package main

import (
	"regexp"
	"testing"
)

// TestTranslate checks the translated patterns on values at the edges where the
// two dialects differ.
func TestTranslate(t *testing.T) {
	const singleLine = `[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*`
	for _, c := range []struct {
		java, value string
		match       bool
	}{
		{singleLine, "a name\twith tab", true},
		{singleLine, "two\nlines", false},
		{singleLine, "high \U0001F600 plane", true},
		{singleLine, "last \U0010FFFF", true},
		{singleLine, "\uFFFE", false},
		{`[A-Z]+`, "ABCd", false}, // the whole value must match
		{`a|b`, "ab", false},
		{`.*`, "a\rb", false},
		{`.*`, "a\u2028b", false},
		{`.*`, "ab\u00e4", true},
		{`([\u0020-\u007E\r\s\n])*`, "a\vb", true},
		{`[\S]*`, "a\vb", false},
		{`[\s\S]*`, "a\n\v\u2028b", true},
		{`\S+`, "a b", false},
		{`^([2-3]|3[.]9)$`, "3.9", true},
		{`^([2-3]|3[.]9)$`, "3x9", false},
		{`[a-zA-Z0-9-_$#.]+`, "a-_$#.9", true},
		{`^(?![0-9_])\w+$|^_\w*[a-zA-Z0-9]\w*$`, "name_1", true},
		{`^(?![0-9_])\w+$|^_\w*[a-zA-Z0-9]\w*$`, "1name", false},
		{`^(?![0-9_])\w+$|^_\w*[a-zA-Z0-9]\w*$`, "__", false},
		{`^(?![0-9_])\w+$|^_\w*[a-zA-Z0-9]\w*$`, "__a", true},
		{`^(?![\.:])([\w.]+(::))?[A-Z]\w*$`, "a.b::Type", true},
		{`^(?![\.:])([\w.]+(::))?[A-Z]\w*$`, ".b::Type", false},
		{`^(?![\.:])([\w.]+(::))?[A-Z]\w*$`, "Type", true},
		{`^(?!(.*[.\/\\]|aws:)).*$`, "", true},
		{`^(?!(.*[.\/\\]|aws:)).*$`, "aws", true},
		{`^(?!(.*[.\/\\]|aws:)).*$`, "aws:x", false},
		{`^(?!(.*[.\/\\]|aws:)).*$`, "awsx:", true},
		{`^(?!(.*[.\/\\]|aws:)).*$`, "ab", true},
		{`^(?!(.*[.\/\\]|aws:)).*$`, "a.b", false},
		{`^(?!(.*[.\/\\]|aws:)).*$`, "ba/b", false},
	} {
		re2, err := translate(c.java)
		if err != nil {
			t.Errorf("translate: %v", err)
			continue
		}
		if got := regexp.MustCompile(re2).MatchString(c.value); got != c.match {
			t.Errorf("%s on %q = %v, want %v (RE2 %s)", c.java, c.value, got, c.match, re2)
		}
	}
}

// TestTranslateRefuses checks that what RE2 cannot say stops the generator.
func TestTranslateRefuses(t *testing.T) {
	for _, java := range []string{`(?!a).*`, `(?<=a)b`, `\uD800`, `[a[b]]`, `(a`} {
		if re2, err := translate(java); err == nil {
			t.Errorf("translate(%q) = %q, want an error", java, re2)
		}
	}
}

// TestTranslateModel checks that every pattern of the whole model translates, so
// that serving an operation is a matter of adding its name.
func TestTranslateModel(t *testing.T) {
	m, err := readModel("../" + modelFile)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range m.Shapes {
		if s.Pattern == "" {
			continue
		}
		if _, err := translate(s.Pattern); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
