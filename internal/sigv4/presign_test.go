package sigv4

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// presignedAt is when the addresses of these tests are signed.
var presignedAt = time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)

// verifierOf lets in one key.
func verifierOf() *Verifier {
	return New(Config{Services: []string{"events"}, Lookup: func(id string) (Key, bool) {
		return Key{SecretAccessKey: "secret", Principal: "me"}, id == "AKID"
	}})
}

// TestPresignedByAWS: an address that the AWS SDK has signed is let in, and is what Presign makes of it.
func TestPresignedByAWS(t *testing.T) {
	const at = "http://127.0.0.1:8366/events?after=7&pattern=%7B%22source%22%3A%5B%22a%20b%22%5D%7D&X-Amz-Expires=60"
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	address, _, err := v4.NewSigner().PresignHTTP(context.Background(), aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, req,
		hexHash(nil), "events", "eu-west-1", presignedAt)
	if err != nil {
		t.Fatal(err)
	}
	id, err := verifierOf().VerifyPresigned(httptest.NewRequest(http.MethodGet, address, http.NoBody), presignedAt.Add(59*time.Second))
	if err != nil || id.AccessKeyID != "AKID" || id.Region != "eu-west-1" || id.Service != "events" || id.Principal != "me" {
		t.Fatalf("%+v, %v", id, err)
	}
	plain, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.TrimSuffix(at, "&X-Amz-Expires=60"), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	ours := Presign(plain, Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, "eu-west-1", "events", presignedAt, time.Minute)
	if got, want := queryOf(t, ours).Get(paramSignature), queryOf(t, address).Get(paramSignature); got != want {
		t.Errorf("signature %s, the SDK's is %s", got, want)
	}
}

// queryOf parses the query of an address.
func queryOf(t *testing.T, address string) url.Values {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Query()
}

// TestPresignedRefused: an address that was changed, is too old, or lacks a part, is not let in.
func TestPresignedRefused(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:8366/events?after=7", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	good := Presign(req, Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret"}, "us-east-1", "events", presignedAt, time.Minute)
	change := func(name, value string) string {
		u, err := url.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		q.Set(name, value)
		if value == "" {
			q.Del(name)
		}
		u.RawQuery = q.Encode()
		return u.String()
	}
	for _, c := range []struct {
		name, address string
		at            time.Duration
		want          string
	}{
		{"as signed", good, 0, ""},
		{"by a clock behind", good, -4 * time.Minute, ""},
		{"by a clock far behind", good, -6 * time.Minute, "not yet current"},
		{"too late", good, time.Minute, "Signature expired"},
		{"for longer", change(paramExpires, "61"), 0, "does not match"},
		{"for ever", change(paramExpires, "604801"), 0, "between 1 and 604800"},
		{"other events", change("after", "0"), 0, "does not match"},
		{"another key", change(paramCredential, "OTHER/20260203/us-east-1/events/aws4_request"), 0, "token included in the request is invalid"},
		{"another service", change(paramCredential, "AKID/20260203/us-east-1/s3/aws4_request"), 0, "correct service"},
		{"another day", change(paramDate, "20260204T040506Z"), 0, "does not match YYYYMMDD"},
		{"no host", change(paramHeaders, "x-other"), 0, "must be a 'SignedHeader'"},
		{"no date", change(paramDate, ""), 0, "requires the parameter 'X-Amz-Date'"},
		{"no signature", change(paramSignature, ""), 0, "requires the parameter 'X-Amz-Signature'"},
		{"half a signature", change(paramSignature, "abcd"), 0, "does not match"},
	} {
		_, err := verifierOf().VerifyPresigned(httptest.NewRequest(http.MethodGet, c.address, http.NoBody), presignedAt.Add(c.at))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
