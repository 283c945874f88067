package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Fixed words of the protocol.
const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"
	timeLayout = "20060102T150405Z" // of X-Amz-Date, UTC
	dateLayout = "20060102"         // of the credential scope
)

// usualBytes is room for a canonical request of most calls.
const usualBytes = 1024

// appendCanonical appends the canonical request: method, path, query, the signed
// headers with their values, their list, and the payload's hash, a line each.
// headers are lower-case names in the order in which they were signed.
func appendCanonical(b []byte, req *http.Request, service string, headers []string, payloadHash string) []byte {
	b = append(b, req.Method...)
	b = append(b, '\n')
	b = appendPath(b, req.URL.EscapedPath(), service)
	b = append(b, '\n')
	b = appendQuery(b, req.URL.RawQuery)
	b = append(b, '\n')
	for _, name := range headers {
		b = append(b, name...)
		b = append(b, ':')
		for i, value := range headerValues(req, name) {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendFolded(b, value)
		}
		b = append(b, '\n')
	}
	b = append(b, '\n')
	for i, name := range headers {
		if i > 0 {
			b = append(b, ';')
		}
		b = append(b, name...)
	}
	b = append(b, '\n')
	return append(b, payloadHash...)
}

// headerValues returns the values of a header under its lower-case name, also of
// those that net/http keeps outside of the header map.
func headerValues(req *http.Request, name string) []string {
	switch name {
	case "host":
		if req.Host != "" {
			return []string{req.Host}
		}
		return []string{req.URL.Host}
	case "content-length":
		if req.ContentLength >= 0 && req.Header.Get(name) == "" {
			return []string{strconv.FormatInt(req.ContentLength, 10)}
		}
	case "transfer-encoding":
		if len(req.TransferEncoding) > 0 {
			return req.TransferEncoding
		}
	}
	return req.Header.Values(name)
}

// appendFolded appends a header's value without blanks at its ends and with every
// run of blanks within as one space.
func appendFolded(b []byte, value string) []byte {
	value = strings.Trim(value, " \t")
	if !strings.Contains(value, "  ") && !strings.Contains(value, "\t") {
		return append(b, value...)
	}
	for i, field := range strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == '\t' }) {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, field...)
	}
	return b
}

// appendPath appends the canonical path. Every service but S3 normalizes the path
// and encodes what is already encoded once more.
func appendPath(b []byte, escaped, service string) []byte {
	if escaped == "" || escaped == "/" {
		return append(b, '/')
	}
	if service == "s3" {
		return append(b, escaped...)
	}
	return appendEncoded(b, removeDots(escaped), true)
}

// removeDots resolves "." and ".." and drops empty segments, keeping a slash at
// the end.
func removeDots(path string) string {
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	for _, segment := range strings.Split(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, segment)
		}
	}
	clean := "/" + strings.Join(kept, "/")
	if strings.HasSuffix(path, "/") && len(kept) > 0 {
		clean += "/"
	}
	return clean
}

// appendQuery appends the canonical query: parameters encoded anew and sorted by
// encoded name, then value.
func appendQuery(b []byte, raw string) []byte {
	if raw == "" {
		return b
	}
	type parameter struct{ name, value string }
	var all []parameter
	for _, pair := range strings.Split(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		all = append(all, parameter{encodeAnew(name), encodeAnew(value)})
	}
	slices.SortFunc(all, func(p, q parameter) int {
		if c := strings.Compare(p.name, q.name); c != 0 {
			return c
		}
		return strings.Compare(p.value, q.value)
	})
	for i, p := range all {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p.name...)
		b = append(b, '=')
		b = append(b, p.value...)
	}
	return b
}

// encodeAnew decodes one part of a query, where + is a space, and encodes it as
// the protocol wants it. A broken escape is taken literally.
func encodeAnew(part string) string {
	decoded := make([]byte, 0, len(part))
	for i := 0; i < len(part); i++ {
		switch {
		case part[i] == '+':
			decoded = append(decoded, ' ')
		case part[i] == '%' && i+2 < len(part) && isHex(part[i+1]) && isHex(part[i+2]):
			c, _ := strconv.ParseUint(part[i+1:i+3], 16, 8) // two hex digits: cannot fail
			decoded = append(decoded, byte(c))
			i += 2
		default:
			decoded = append(decoded, part[i])
		}
	}
	return string(appendEncoded(nil, string(decoded), false))
}

// isHex reports whether c is a hexadecimal digit.
func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// appendEncoded percent-encodes everything but unreserved characters, and slashes
// where keepSlash is set.
func appendEncoded(b []byte, text string, keepSlash bool) []byte {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(text); i++ {
		c := text[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '-' || c == '_' || c == '.' || c == '~' || keepSlash && c == '/' {
			b = append(b, c)
		} else {
			b = append(b, '%', digits[c>>4], digits[c&15])
		}
	}
	return b
}

// hexHash returns the SHA-256 of body in lower-case hexadecimal.
func hexHash(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// isLowerHex reports whether text is n lower-case hexadecimal digits.
func isLowerHex(text string, n int) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(text) == n
}
