package sigv4

import (
	"encoding/hex"
	"net/http"
	"strings"
)

// Bounds on what an Authorization header may hold. Real ones have some 300 bytes
// and ten signed headers.
const (
	maxAuthorizationBytes = 8 << 10
	maxSignedHeaders      = 64
)

// authorization is a parsed Authorization header.
type authorization struct {
	accessKeyID string
	scope       scope
	headers     []string // signed ones, in the client's order
	signature   digest
}

// signs reports whether the header of that lower-case name is signed.
func (a *authorization) signs(name string) bool {
	for _, h := range a.headers {
		if h == name {
			return true
		}
	}
	return false
}

// parseAuthorization reads the Authorization header of a request:
//
//	AWS4-HMAC-SHA256 Credential=ID/20260102/us-east-1/glue/aws4_request, SignedHeaders=host;x-amz-date, Signature=<64 hex>
func parseAuthorization(req *http.Request) (*authorization, *Error) {
	values := req.Header.Values("Authorization")
	switch {
	case len(values) == 0 && strings.Contains(req.URL.RawQuery, "X-Amz-Signature="):
		return nil, refuse(Incomplete, "Presigned requests are not supported here; send the signature in the Authorization header.")
	case len(values) == 0:
		return nil, refuse(Missing, "Missing Authentication Token")
	case len(values) > 1:
		return nil, refuse(Incomplete, "The request has more than one Authorization header.")
	}
	return parseAuthorizationValue(values[0])
}

// parseAuthorizationValue reads the header's value.
func parseAuthorizationValue(value string) (*authorization, *Error) {
	if len(value) > maxAuthorizationBytes {
		return nil, refuse(Incomplete, "The Authorization header is longer than %d bytes.", maxAuthorizationBytes)
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(value), " ")
	if word != algorithm {
		return nil, refuse(Incomplete, "Unsupported AWS 'algorithm': '%s'.", printable(word))
	}
	var credential, signedHeaders, sum string
	for pair := range strings.SplitSeq(rest, ",") {
		key, v, ok := strings.Cut(strings.TrimSpace(pair), "=")
		var part *string
		switch key {
		case "Credential":
			part = &credential
		case "SignedHeaders":
			part = &signedHeaders
		case "Signature":
			part = &sum
		}
		switch {
		case !ok || part == nil:
			return nil, refuse(Incomplete, "'%s' is not one of Credential, SignedHeaders and Signature with a value, in Authorization header.", printable(pair))
		case *part != "":
			return nil, refuse(Incomplete, "Authorization header gives '%s' twice.", key)
		}
		*part = v
	}
	if credential == "" || signedHeaders == "" || sum == "" {
		return nil, refuse(Incomplete, "Authorization header requires 'Credential' parameter. "+
			"Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter.")
	}
	a := &authorization{}
	if err := a.parseCredential(credential); err != nil {
		return nil, err
	}
	if err := a.parseSignedHeaders(signedHeaders); err != nil {
		return nil, err
	}
	if !isLowerHex(sum, 2*len(a.signature)) {
		return nil, refuse(Mismatch, mismatchMessage)
	}
	hex.Decode(a.signature[:], []byte(sum)) //nolint:errcheck // checked just above
	return a, nil
}

// parseCredential reads keyid/date/region/service/term.
func (a *authorization) parseCredential(text string) *Error {
	parts := strings.Split(text, "/")
	n := len(parts)
	if n != 5 {
		return refuse(Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '%s'", printable(text))
	}
	if parts[4] != terminator {
		return refuse(Mismatch, "Credential should be scoped with a valid terminator: '%s', not '%s'.", terminator, printable(parts[4]))
	}
	a.accessKeyID = parts[0]
	a.scope = scope{date: parts[1], region: parts[2], service: parts[3]}
	return nil
}

// parseSignedHeaders reads the semicolon-separated list.
func (a *authorization) parseSignedHeaders(text string) *Error {
	if strings.Count(text, ";") >= maxSignedHeaders {
		return refuse(Incomplete, "SignedHeaders names more than %d headers.", maxSignedHeaders)
	}
	a.headers = strings.Split(text, ";")
	last := ""
	for _, h := range a.headers {
		if h <= last || strings.ContainsFunc(h, func(r rune) bool { return 'A' <= r && r <= 'Z' || r <= ' ' || r >= 0x7f }) {
			return refuse(Incomplete, "SignedHeaders must be lower-case names in alphabetical order, separated by semicolons, got '%s'.", printable(text))
		}
		last = h
	}
	return nil
}

// printable cuts text that a stranger sent to what a message may repeat.
func printable(text string) string {
	const longest = 128
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return text
}
