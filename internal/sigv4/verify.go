package sigv4

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"
	"time"
)

// MaxSkew is how far from now, either way, a request may be dated. It is AWS's.
const MaxSkew = 5 * time.Minute

// Key is what the server knows of an access key.
type Key struct {
	SecretAccessKey string
	SessionToken    string    // what requests must carry; empty for a permanent key pair
	Expires         time.Time // zero: never
	Principal       string    // whose key it is; handed on in the Identity
}

// Config says what a Verifier lets in.
type Config struct {
	// Services are the names that a credential's scope may carry, e.g. "glue".
	Services []string
	// Lookup finds an access key by its id. It is called once a request, from many
	// goroutines, before anything of the request is proven.
	Lookup func(accessKeyID string) (Key, bool)
}

// Verifier verifies signed requests. It may be used by many goroutines.
type Verifier struct {
	cfg   Config
	cache keyCache
}

// Identity is who signed a request, for where, for what.
type Identity struct {
	AccessKeyID string
	Region      string
	Service     string
	Principal   string    // the Key's
	SignedAt    time.Time // by the client's clock, within MaxSkew of ours
}

// New makes a Verifier. It panics if cfg lets nothing in: that is a mistake in
// the program.
func New(cfg Config) *Verifier {
	if len(cfg.Services) == 0 || cfg.Lookup == nil {
		panic("sigv4: New needs Services and Lookup")
	}
	return &Verifier{cfg: cfg}
}

// Verify returns who signed req, whose whole body is body. A request that must not
// be let in gives an *Error.
func (v *Verifier) Verify(req *http.Request, body []byte, now time.Time) (Identity, error) {
	c, err := v.Claim(req, now)
	if err != nil {
		return Identity{}, err
	}
	return c.Verify(body)
}

// Claim is who a request says has signed it: sound, but not proven. It needs the
// request until it is verified.
type Claim struct {
	*authorization
	verifier  *Verifier
	req       *http.Request
	key       Key
	timestamp string // as it was signed
	signedAt  time.Time
}

// Claim refuses what Verify would refuse whatever the body is, so that a server need
// not read the bodies of strangers.
func (v *Verifier) Claim(req *http.Request, now time.Time) (Claim, error) {
	c, refused := v.claim(req, now)
	if refused != nil {
		return c, refused
	}
	return c, nil
}

// Verify proves c by the whole body of its request, as of the time of Claim.
func (c *Claim) Verify(body []byte) (Identity, error) {
	if refused := c.verifier.compare(c.req, body, c.authorization, c.key, c.timestamp); refused != nil {
		return Identity{}, refused
	}
	return Identity{AccessKeyID: c.accessKeyID, Region: c.scope.region, Service: c.scope.service,
		Principal: c.key.Principal, SignedAt: c.signedAt}, nil
}

// claim reads and checks all but the signature itself.
func (v *Verifier) claim(req *http.Request, now time.Time) (c Claim, refused *Error) {
	c.verifier, c.req = v, req
	if c.authorization, refused = parseAuthorization(req); refused != nil {
		return c, refused
	}
	if refused = v.checkScope(c.scope); refused != nil {
		return c, refused
	}
	if refused = checkSigned(req, c.authorization); refused != nil {
		return c, refused
	}
	if c.timestamp, c.signedAt, refused = requestTime(req, c.authorization); refused != nil {
		return c, refused
	}
	if c.key, refused = v.findKey(req, c.authorization, now); refused != nil {
		return c, refused
	}
	return c, checkSkew(c.signedAt, now)
}

// checkScope refuses a scope for another service or for what cannot be a region.
func (v *Verifier) checkScope(s scope) *Error {
	if !slices.Contains(v.cfg.Services, s.service) {
		return refuse(Mismatch, "Credential should be scoped to correct service: '%s'.", strings.Join(v.cfg.Services, "' or '"))
	}
	if !wellFormedRegion(s.region) {
		return refuse(Mismatch, "Credential should be scoped to a valid region, not '%s'.", printable(s.region))
	}
	return nil
}

// wellFormedRegion reports whether name looks like us-east-1 or us-gov-west-1:
// lower-case words joined by hyphens, the last one a number.
func wellFormedRegion(name string) bool {
	const longest = 32
	words := strings.Split(name, "-")
	if len(name) > longest || len(words) < 3 {
		return false
	}
	for i, w := range words {
		low, high := byte('a'), byte('z')
		if i == len(words)-1 {
			low, high = '0', '9'
		}
		for j := range len(w) {
			if w[j] < low || w[j] > high {
				return false
			}
		}
		if w == "" {
			return false
		}
	}
	return true
}

// checkSigned refuses a request that leaves unsigned what has a meaning to us.
func checkSigned(req *http.Request, a *authorization) *Error {
	if !a.signs("host") {
		return refuse(Mismatch, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for _, h := range [...]struct{ key, name string }{ // in net/http's spelling and in the protocol's
		{"X-Amz-Date", "x-amz-date"}, {"X-Amz-Target", "x-amz-target"},
		{"X-Amz-Security-Token", "x-amz-security-token"}, {"X-Amz-Content-Sha256", "x-amz-content-sha256"},
	} {
		if len(req.Header[h.key]) > 0 && !a.signs(h.name) {
			return refuse(Mismatch, "'%s' must be a 'SignedHeader' in the AWS Authorization.", h.name)
		}
	}
	return nil
}

// requestTime returns the date that was signed, as text in the form of X-Amz-Date
// and parsed. Old signers send Date alone.
func requestTime(req *http.Request, a *authorization) (string, time.Time, *Error) {
	text := req.Header.Get("X-Amz-Date")
	at, err := time.Parse(timeLayout, text)
	if text == "" && a.signs("date") {
		text = req.Header.Get("Date")
		if at, err = http.ParseTime(text); err != nil {
			at, err = time.Parse(timeLayout, text)
		}
	}
	switch {
	case text == "":
		return "", at, refuse(Incomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	case err != nil:
		return "", at, refuse(Incomplete, "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", printable(text))
	}
	if len(text) != len(timeLayout) { // Date has other forms, and X-Amz-Date may have fractions of a second
		text = at.UTC().Format(timeLayout)
	}
	if date := text[:len(dateLayout)]; date != a.scope.date {
		return "", at, refuse(Mismatch, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			printable(a.scope.date), date, text)
	}
	return text, at, nil
}

// findKey returns the key that must have signed. A token is compared before the
// signature for the signature covers it whichever it is.
func (v *Verifier) findKey(req *http.Request, a *authorization, now time.Time) (Key, *Error) {
	key, ok := v.cfg.Lookup(a.accessKeyID)
	token := req.Header.Get("X-Amz-Security-Token")
	switch {
	case !ok || subtle.ConstantTimeCompare([]byte(token), []byte(key.SessionToken)) != 1:
		return Key{}, refuse(UnknownKey, unknownKeyMessage)
	case !key.Expires.IsZero() && !now.Before(key.Expires):
		return Key{}, refuse(Expired, expiredMessage)
	}
	return key, nil
}

// checkSkew refuses a request dated more than MaxSkew from now.
func checkSkew(at, now time.Time) *Error {
	const minutes = int(MaxSkew / time.Minute)
	text := func(t time.Time) string { return t.UTC().Format(timeLayout) }
	if earliest := now.Add(-MaxSkew); at.Before(earliest) {
		return refuse(Skewed, "Signature expired: %s is now earlier than %s (%s - %d min.)", text(at), text(earliest), text(now), minutes)
	}
	if latest := now.Add(MaxSkew); at.After(latest) {
		return refuse(Skewed, "Signature not yet current: %s is still later than %s (%s + %d min.)", text(at), text(latest), text(now), minutes)
	}
	return nil
}

// compare computes the signature that the key gives the request as it arrived and
// compares it with the client's.
func (v *Verifier) compare(req *http.Request, body []byte, a *authorization, key Key, timestamp string) *Error {
	payloadHash := hexHash(body)
	switch declared := req.Header.Get("X-Amz-Content-Sha256"); {
	case declared == "" || declared == payloadHash:
	case declared == "UNSIGNED-PAYLOAD" || strings.HasPrefix(declared, "STREAMING-"):
		return refuse(Mismatch, "Payloads of kind '%s' are not supported here; sign the body's SHA-256.", printable(declared))
	default:
		return refuse(Mismatch, "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	index := cacheIndex{secret: key.SecretAccessKey, scope: a.scope}
	derived, cached := v.cache.get(index)
	if !cached {
		derived = derive(key.SecretAccessKey, a.scope)
	}
	canonical := appendCanonical(make([]byte, 0, usualBytes), req, a.scope.service, a.headers, payloadHash)
	want := signature(derived, timestamp, a.scope, canonical)
	if subtle.ConstantTimeCompare(want[:], a.signature[:]) != 1 {
		return refuse(Mismatch, mismatchMessage)
	}
	if !cached {
		v.cache.put(index, derived)
	}
	return nil
}
