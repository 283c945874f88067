package format

import (
	"fmt"
	"strings"
	"unicode"
)

// fileURI is the name of a file as Spark gives it: the URI of Hadoop's Path, with the scheme that the script wrote.
func fileURI(in input) string {
	_, rest, _ := strings.Cut(in.Path, "://")
	bucket, key, _ := strings.Cut(rest, "/")
	return in.scheme + "://" + bucket + "/" + quoteURI(key)
}

// quoteURI percent-encodes what java.net.URI does in a path; letters of any alphabet stay.
func quoteURI(path string) string {
	var b strings.Builder
	for _, r := range path {
		switch {
		case r > unicode.MaxASCII && !unicode.IsControl(r) && !unicode.In(r, unicode.Z):
			b.WriteRune(r)
		case r <= unicode.MaxASCII && (isAlphanumeric(r) || strings.ContainsRune("/-_.!~'()*:@&=+$,;", r)):
			b.WriteRune(r)
		default:
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
	}
	return b.String()
}

// isAlphanumeric reports whether r is a letter or digit of ASCII.
func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
