package format

import "testing"

// TestValidUTF8 decodes as java.lang.String does; the expectations are OpenJDK's.
func TestValidUTF8(t *testing.T) {
	for in, want := range map[string]string{
		"a\xe9\xe9b":         "a\uFFFD\uFFFDb",
		"\xe2\x82":           "\uFFFD",
		"\xe2\x82a":          "\uFFFDa",
		"\xed\xa0\x80":       "\uFFFD",
		"\xc0\x80":           "\uFFFD\uFFFD",
		"\xf0\x9f\x9f\xff":   "\uFFFD\uFFFD",
		"\xf5\x80\uFFFD\xff": "\uFFFD\uFFFD\uFFFD\uFFFD",
		"\xf0\x80\x80":       "\uFFFD\uFFFD\uFFFD",
	} {
		if got := validUTF8([]byte(in)); got != want {
			t.Errorf("% x: %q, want %q", in, got, want)
		}
	}
}
