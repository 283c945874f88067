package engine

import (
	"database/sql/driver"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"tenon/internal/plan"
)

// executionText is an error of the rows.
func executionText(text string) error { return &plan.Error{Class: plan.ClassExecution, Message: text} }

// formatUint writes a number in a base.
func formatUint(n uint64, base int) string { return strconv.FormatUint(n, base) }

// charset is a name of Java's for how texts are bytes, without marks and case.
func charset(name string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(name))
}

// goEncode writes a text in a charset; what the charset has not is a question mark.
func goEncode(a []driver.Value) (any, error) {
	text := a[0].(string)
	narrow := func(last rune) []byte {
		out := make([]byte, 0, len(text))
		for _, r := range text {
			if r > last {
				r = '?'
			}
			out = append(out, byte(r))
		}
		return out
	}
	switch charset(a[1].(string)) {
	case "utf8":
		return []byte(text), nil
	case "usascii":
		return narrow(0x7f), nil
	case "iso88591":
		return narrow(0xff), nil
	case "utf16be":
		return utf16Bytes(text, true, false), nil
	case "utf16le":
		return utf16Bytes(text, false, false), nil
	case "utf16":
		return utf16Bytes(text, true, true), nil
	default:
		return nil, refuse("the charset %q", a[1])
	}
}

// utf16Bytes writes a text as UTF-16.
func utf16Bytes(text string, big, mark bool) []byte {
	out := make([]byte, 0, 2*len(text)+2)
	units := utf16.Encode([]rune(text))
	if mark && text != "" {
		units = append([]uint16{0xfeff}, units...)
	}
	for _, u := range units {
		if big {
			out = append(out, byte(u>>8), byte(u))
		} else {
			out = append(out, byte(u), byte(u>>8))
		}
	}
	return out
}

// goDecode reads bytes in a charset; what is not of the charset becomes U+FFFD.
func goDecode(a []driver.Value) (any, error) {
	raw := a[0].([]byte)
	switch name := charset(a[1].(string)); name {
	case "utf8":
		if !utf8.Valid(raw) && strings.ContainsRune(string(raw), utf8.RuneError) {
			return strings.ToValidUTF8(javaUTF8(raw), "\ufffd"), nil
		}
		return string(raw), nil
	case "usascii", "iso88591":
		out := make([]rune, len(raw))
		for i, c := range raw {
			if out[i] = rune(c); name == "usascii" && c > 0x7f {
				out[i] = utf8.RuneError
			}
		}
		return string(out), nil
	case "utf16be", "utf16le", "utf16":
		return fromUTF16(raw, name), nil
	default:
		return nil, refuse("the charset %q", a[1])
	}
}

// javaUTF8 replaces each byte that begins no character by U+FFFD.
func javaUTF8(raw []byte) string {
	var b strings.Builder
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		b.WriteRune(r)
		raw = raw[size:]
	}
	return b.String()
}

// fromUTF16 reads UTF-16; without an order in the name a mark tells it.
func fromUTF16(raw []byte, name string) string {
	big := name != "utf16le"
	if name == "utf16" && len(raw) >= 2 {
		switch {
		case raw[0] == 0xfe && raw[1] == 0xff:
			raw = raw[2:]
		case raw[0] == 0xff && raw[1] == 0xfe:
			raw, big = raw[2:], false
		}
	}
	units := make([]uint16, len(raw)/2)
	for i := range units {
		high, low := raw[2*i], raw[2*i+1]
		if !big {
			high, low = low, high
		}
		units[i] = uint16(high)<<8 | uint16(low)
	}
	out := string(utf16.Decode(units))
	if len(raw)%2 == 1 {
		out += "\ufffd"
	}
	return out
}

// goURLEncode encodes a text as Java's URLEncoder does.
func goURLEncode(a []driver.Value) (any, error) {
	return strings.NewReplacer("~", "%7E", "%2A", "*").Replace(url.QueryEscape(a[0].(string))), nil
}

// goURLDecode undoes goURLEncode.
func goURLDecode(a []driver.Value) (any, error) {
	text := a[0].(string)
	out, err := url.QueryUnescape(text)
	if err != nil {
		return nil, executionText("[CANNOT_DECODE_URL] The provided URL cannot be decoded: " + text + ". Please ensure that the URL is " +
			"properly formatted and try again.")
	}
	return javaUTF8([]byte(out)), nil
}

// urlParts takes a URI apart, after RFC 3986's own expression; Java allows these characters alone.
var (
	urlParts = regexp.MustCompile(`^(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$`)
	urlChars = regexp.MustCompile(`^(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]#]|%[0-9A-Fa-f]{2}|[^\x00-\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}])*$`)
	urlName  = regexp.MustCompile(`^(?:[A-Za-z0-9](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.)*[A-Za-z](?:[A-Za-z0-9\-]*[A-Za-z0-9])?\.?$`)
	urlIP    = regexp.MustCompile(`^(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|\[[0-9A-Fa-f:.]+\])$`)
	scheme   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+\-.]*$`)
)

// goParseURL gives a part of a URL, or with a third argument the value of a key in its query; null for none.
func goParseURL(a []driver.Value) (any, error) {
	text, part := a[0].(string), a[1].(string)
	m := urlParts.FindStringSubmatchIndex(text)
	if m == nil || !urlChars.MatchString(text) {
		return nil, nil
	}
	piece := func(i int) (string, bool) {
		if m[2*i] < 0 {
			return "", false
		}
		return text[m[2*i]:m[2*i+1]], true
	}
	protocol, hasProtocol := piece(1)
	if hasProtocol && !scheme.MatchString(protocol) {
		return nil, nil
	}
	authority, hasAuthority := piece(2)
	path, _ := piece(3)
	query, hasQuery := piece(4)
	opaque := hasProtocol && !hasAuthority && !strings.HasPrefix(path, "/")
	if opaque && path == "" {
		return nil, nil
	}
	if len(a) == 3 {
		if part != "QUERY" || opaque || !hasQuery {
			return nil, nil
		}
		return queryValue(query, a[2].(string))
	}
	given := func(s string, ok bool) (any, error) {
		if !ok {
			return nil, nil
		}
		return s, nil
	}
	user, host, hasUser, hasHost := splitAuthority(authority)
	switch part {
	case "HOST":
		return given(host, hasAuthority && hasHost)
	case "PATH":
		return given(path, !opaque)
	case "QUERY":
		return given(query, hasQuery && !opaque)
	case "REF":
		return given(piece(5))
	case "PROTOCOL":
		return given(protocol, hasProtocol)
	case "FILE":
		if hasQuery {
			path += "?" + query
		}
		return given(path, !opaque)
	case "AUTHORITY":
		return given(authority, hasAuthority && authority != "")
	case "USERINFO":
		return given(user, hasAuthority && hasUser && hasHost)
	default:
		return nil, nil
	}
}

// splitAuthority takes user@host:port apart; a host that is no name of the net is none.
func splitAuthority(authority string) (user, host string, hasUser, hasHost bool) {
	rest := authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, rest, hasUser = authority[:i], authority[i+1:], true
	}
	host = rest
	if i := strings.LastIndexByte(rest, ':'); i >= 0 && !strings.HasSuffix(rest, "]") {
		if strings.Trim(rest[i+1:], "0123456789") != "" {
			return user, "", hasUser, false
		}
		host = rest[:i]
	}
	return user, host, hasUser, urlName.MatchString(host) || urlIP.MatchString(host)
}

// queryValue gives the value of a key of a query, which Spark takes for a pattern.
func queryValue(query, key string) (any, error) {
	if regexp.QuoteMeta(key) != key {
		return nil, refuse("parse_url with the key %q", key)
	}
	for _, pair := range strings.Split(query, "&") {
		if name, value, ok := strings.Cut(pair, "="); ok && name == key {
			return value, nil
		}
	}
	return nil, nil
}
