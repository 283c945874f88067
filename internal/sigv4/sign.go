package sigv4

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Credentials sign requests.
type Credentials struct {
	AccessKeyID, SecretAccessKey string
	SessionToken                 string // empty for a permanent key pair
}

// Signer signs as Sign does, and keeps the keys that it derives: half the work of a
// signature. The zero Signer is ready; it may be used by many goroutines.
type Signer struct{ cache keyCache }

// Sign signs a request that a client is about to send, for a region and service,
// at now. It sets X-Amz-Date, Authorization, X-Amz-Security-Token where the
// credentials have a token and, for S3, X-Amz-Content-Sha256. Signed are the host,
// the content type and all headers that begin with X-Amz-. body must be exactly
// what req will send.
func Sign(req *http.Request, body []byte, cred Credentials, region, service string, now time.Time) {
	new(Signer).Sign(req, body, cred, region, service, now)
}

// Sign is the function Sign.
func (s *Signer) Sign(req *http.Request, body []byte, cred Credentials, region, service string, now time.Time) {
	payloadHash := hexHash(body)
	timestamp := now.UTC().Format(timeLayout)
	req.Header.Del("Authorization")
	req.Header.Set("X-Amz-Date", timestamp)
	if cred.SessionToken != "" {
		req.Header.Set("X-Amz-Security-Token", cred.SessionToken)
	}
	if service == "s3" {
		req.Header.Set("X-Amz-Content-Sha256", payloadHash)
	}
	headers := []string{"host"}
	for name := range req.Header {
		name = strings.ToLower(name)
		if name == "content-type" || strings.HasPrefix(name, "x-amz-") {
			headers = append(headers, name)
		}
	}
	slices.Sort(headers)
	within := scope{date: timestamp[:len(dateLayout)], region: region, service: service}
	index := cacheIndex{secret: cred.SecretAccessKey, scope: within}
	key, cached := s.cache.get(index)
	if !cached {
		key = derive(cred.SecretAccessKey, within)
		s.cache.put(index, key)
	}
	canonical := appendCanonical(make([]byte, 0, usualBytes), req, service, headers, payloadHash)
	sum := signature(key, timestamp, within, canonical)
	req.Header.Set("Authorization", algorithm+" Credential="+cred.AccessKeyID+"/"+within.String()+
		", SignedHeaders="+strings.Join(headers, ";")+", Signature="+hex.EncodeToString(sum[:]))
}
