package sigv4

import (
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// MaxPresigned is the longest that a signature in a query holds: AWS's bound.
const MaxPresigned = 7 * 24 * time.Hour

// The parameters of a signature in a query.
const (
	paramAlgorithm  = "X-Amz-Algorithm"
	paramCredential = "X-Amz-Credential"
	paramDate       = "X-Amz-Date"
	paramExpires    = "X-Amz-Expires"
	paramHeaders    = "X-Amz-SignedHeaders"
	paramSignature  = "X-Amz-Signature"
	paramToken      = "X-Amz-Security-Token"
)

// IsPresigned reports whether a request has its signature in the query, as a browser's must which cannot set headers.
func IsPresigned(req *http.Request) bool {
	return req.Header.Get("Authorization") == "" && strings.Contains(req.URL.RawQuery, paramSignature+"=")
}

// VerifyPresigned is Verify for a request without a body whose signature stands in its query. It holds from its date on for
// the seconds of X-Amz-Expires, at most MaxPresigned.
func (v *Verifier) VerifyPresigned(req *http.Request, now time.Time) (Identity, error) {
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return Identity{}, refuse(Incomplete, "The query does not parse.")
	}
	a, refused := parsePresigned(query)
	if refused != nil {
		return Identity{}, refused
	}
	if refused := v.checkScope(a.scope); refused != nil {
		return Identity{}, refused
	}
	if !a.signs("host") {
		return Identity{}, refuse(Mismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	signedAt, refused := presignedTime(query, a, now)
	if refused != nil {
		return Identity{}, refused
	}
	key, ok := v.cfg.Lookup(a.accessKeyID)
	switch {
	case !ok || subtle.ConstantTimeCompare([]byte(query.Get(paramToken)), []byte(key.SessionToken)) != 1:
		return Identity{}, refuse(UnknownKey, unknownKeyMessage)
	case !key.Expires.IsZero() && !now.Before(key.Expires):
		return Identity{}, refuse(Expired, expiredMessage)
	}
	if refused := v.compare(withoutSignature(req), nil, a, key, query.Get(paramDate)); refused != nil {
		return Identity{}, refused
	}
	return Identity{AccessKeyID: a.accessKeyID, Region: a.scope.region, Service: a.scope.service, Principal: key.Principal, SignedAt: signedAt}, nil
}

// parsePresigned reads what a query says of its signature.
func parsePresigned(query url.Values) (*authorization, *Error) {
	for _, name := range [...]string{paramAlgorithm, paramCredential, paramDate, paramExpires, paramHeaders, paramSignature} {
		if len(query[name]) != 1 {
			return nil, refuse(Incomplete, "A signature in the query requires the parameter '%s', once.", name)
		}
	}
	if word := query.Get(paramAlgorithm); word != algorithm {
		return nil, refuse(Incomplete, "Unsupported AWS 'algorithm': '%s'.", printable(word))
	}
	a := &authorization{}
	if refused := a.parseCredential(query.Get(paramCredential)); refused != nil {
		return nil, refused
	}
	if refused := a.parseSignedHeaders(query.Get(paramHeaders)); refused != nil {
		return nil, refused
	}
	sum := query.Get(paramSignature)
	if !isLowerHex(sum, 2*len(a.signature)) {
		return nil, refuse(Mismatch, mismatchMessage)
	}
	hex.Decode(a.signature[:], []byte(sum)) //nolint:errcheck // checked just above
	return a, nil
}

// presignedTime returns when a query was signed, if that holds now.
func presignedTime(query url.Values, a *authorization, now time.Time) (time.Time, *Error) {
	at, err := time.Parse(timeLayout, query.Get(paramDate))
	if err != nil {
		return at, refuse(Incomplete, "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", printable(query.Get(paramDate)))
	}
	if date := at.Format(dateLayout); date != a.scope.date {
		return at, refuse(Mismatch, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s'.", printable(a.scope.date), date)
	}
	seconds, err := strconv.ParseInt(query.Get(paramExpires), 10, 32)
	holds := time.Duration(seconds) * time.Second
	switch {
	case err != nil || holds < time.Second || holds > MaxPresigned:
		return at, refuse(Incomplete, "%s must be between 1 and %d seconds.", paramExpires, int64(MaxPresigned/time.Second))
	case at.After(now.Add(MaxSkew)):
		return at, checkSkew(at, now)
	case !now.Before(at.Add(holds)):
		return at, refuse(Skewed, "Signature expired: it held until %s.", at.Add(holds).UTC().Format(timeLayout))
	}
	return at, nil
}

// withoutSignature is a request as it was when its query was signed.
func withoutSignature(req *http.Request) *http.Request {
	signed, address := *req, *req.URL
	kept := make([]string, 0, 16)
	for part := range strings.SplitSeq(address.RawQuery, "&") {
		if !strings.HasPrefix(part, paramSignature+"=") {
			kept = append(kept, part)
		}
	}
	address.RawQuery = strings.Join(kept, "&")
	signed.URL = &address
	return &signed
}

// Presign returns the address of a GET, signed for a region and service at now for so long, with the signature in its query.
// Tokens of temporary credentials are among what is signed.
func Presign(req *http.Request, cred Credentials, region, service string, now time.Time, holds time.Duration) string {
	timestamp := now.UTC().Format(timeLayout)
	s := scope{date: timestamp[:len(dateLayout)], region: region, service: service}
	signed, address := *req, *req.URL
	query := address.Query()
	query.Set(paramAlgorithm, algorithm)
	query.Set(paramCredential, cred.AccessKeyID+"/"+s.String())
	query.Set(paramDate, timestamp)
	query.Set(paramExpires, strconv.Itoa(int(holds/time.Second)))
	query.Set(paramHeaders, "host")
	if cred.SessionToken != "" {
		query.Set(paramToken, cred.SessionToken)
	}
	address.RawQuery = query.Encode()
	signed.URL = &address
	canonical := appendCanonical(nil, &signed, service, []string{"host"}, hexHash(nil))
	sum := signature(derive(cred.SecretAccessKey, s), timestamp, s, canonical)
	address.RawQuery += "&" + paramSignature + "=" + hex.EncodeToString(sum[:])
	return address.String()
}
