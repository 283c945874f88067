package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"

	"tenon/internal/glue"
)

// tokenVersion is the first byte of every pagination token. A token of another version is refused.
const tokenVersion = 1

// maxTokenLength bounds a NextToken before anything is decoded.
const maxTokenLength = 2048

// pager makes and reads the NextToken of lists. A token is its version, an HMAC, and the key that the next page begins
// after; the HMAC also covers the operation and the filter, so that a token is good for the list it came from alone.
type pager struct{ key []byte }

// next returns the token for the page after the key at last.
func (p pager) next(scope string, filter, last any) *string {
	body, err := json.Marshal(last)
	if err != nil {
		panic("api: a page key always encodes: " + err.Error())
	}
	raw := append([]byte{tokenVersion}, p.sum(scope, filter, body)...)
	s := base64.RawURLEncoding.EncodeToString(append(raw, body...))
	return &s
}

// read decodes token into last; an absent token leaves last as it is. Anything but a token of this list is an
// InvalidInputException.
func (p pager) read(token *string, scope string, filter, last any) error {
	if token == nil || *token == "" {
		return nil
	}
	invalid := glue.Invalid("The NextToken is not valid for this request.")
	if len(*token) > maxTokenLength {
		return invalid
	}
	raw, err := base64.RawURLEncoding.DecodeString(*token)
	if err != nil || len(raw) < 1+sha256.Size || raw[0] != tokenVersion {
		return invalid
	}
	body := raw[1+sha256.Size:]
	if !hmac.Equal(raw[1:1+sha256.Size], p.sum(scope, filter, body)) {
		return invalid
	}
	if err := json.Unmarshal(body, last); err != nil {
		return invalid
	}
	return nil
}

// sum is the HMAC over scope, filter and body.
func (p pager) sum(scope string, filter any, body []byte) []byte {
	f, err := json.Marshal(filter)
	if err != nil {
		panic("api: a list's filter always encodes: " + err.Error())
	}
	m := hmac.New(sha256.New, p.key)
	for _, part := range [][]byte{[]byte(scope), f, body} {
		h := sha256.Sum256(part)
		m.Write(h[:])
	}
	return m.Sum(nil)
}

// pageSize is how many entries a list returns: what the client asked for within the service's bound.
func pageSize(asked *int32) int {
	if asked == nil || *asked <= 0 {
		return glue.DefaultPageSize
	}
	return min(int(*asked), glue.MaxPageSize)
}
