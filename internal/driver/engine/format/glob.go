package format

import (
	"regexp"
	"strings"
)

// hasGlob reports whether a path holds a wildcard of Hadoop's.
func hasGlob(p string) bool { return strings.ContainsAny(p, `*?[]{}\`) }

// globStart is the deepest folder that a pattern names without a wildcard.
func globStart(pattern string) string {
	fixed := pattern[:strings.IndexAny(pattern, `*?[]{}\`)]
	return fixed[:strings.LastIndexByte(fixed, '/')+1]
}

// globRoot finds the path that a pattern matches and url lies at or under: the one with as many segments.
func globRoot(pattern *regexp.Regexp, segments int, url string) (string, bool) {
	parts := strings.Split(url, "/")
	if len(parts) < segments {
		return "", false
	}
	root := strings.Join(parts[:segments], "/")
	return root, pattern.MatchString(root)
}

// compileGlob makes a matcher that works as Hadoop's GlobPattern and Glue's exclusions do: * and ? stay within a
// segment, ** does not, and there are [a-c], [^a], {x,y}, and \ for taking the next character as it is. What is no
// valid glob is an error of the option key.
func compileGlob(o *options, key, pattern string) *regexp.Regexp {
	re, err := regexp.Compile(globRegexp(pattern))
	if err != nil {
		o.fail(argument("%s %q: %q is not a valid pattern", o.what, key, pattern))
		return nil
	}
	return re
}

// globRegexp translates a glob.
func globRegexp(pattern string) string {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	depth := 0
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '*' && strings.HasPrefix(pattern[i:], "**"):
			b.WriteString(".*")
			i++
		case c == '*':
			b.WriteString("[^/]*")
		case c == '?':
			b.WriteString("[^/]")
		case c == '{':
			depth++
			b.WriteString("(?:")
		case c == '}' && depth > 0:
			depth--
			b.WriteString(")")
		case c == ',' && depth > 0:
			b.WriteString("|")
		case c == '[':
			end := strings.IndexByte(pattern[i:], ']')
			if end < 0 {
				b.WriteString(`\[`)
				continue
			}
			class := strings.Replace(pattern[i+1:i+end], "!", "^", 1)
			b.WriteString("[" + strings.ReplaceAll(class, `\`, `\\`) + "]")
			i += end
		case c == '\\' && i+1 < len(pattern):
			i++
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		default:
			b.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	b.WriteString(`\z`)
	return b.String()
}
