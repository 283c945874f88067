package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssigner "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"pgregory.net/rapid"
)

// The key pair of the tests, from AWS's documentation.
const (
	testKey    = "AKIDEXAMPLE"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// testNow is when requests are signed in tests.
var testNow = time.Date(2026, 11, 5, 12, 34, 56, 0, time.UTC)

// verifier knows the test key, with an optional session token.
func verifier(token string) *Verifier {
	return New(Config{Services: []string{"glue", "sts", "iam"}, Lookup: func(id string) (Key, bool) {
		return Key{SecretAccessKey: testSecret, SessionToken: token, Principal: "tests"}, id == testKey
	}})
}

// arrived returns a request as a server gets it: written out and read back.
func arrived(t testing.TB, req *http.Request, body string) *http.Request {
	t.Helper()
	req = req.Clone(context.Background())
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	server, err := parse(req)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// parse writes req in HTTP/1.1 and reads it back.
func parse(req *http.Request) (*http.Request, error) {
	var wire bytes.Buffer
	if err := req.Write(&wire); err != nil {
		return nil, err
	}
	return http.ReadRequest(bufio.NewReader(&wire))
}

// TestBotocoreVectors verifies requests that botocore signed (testdata/vectors.py).
func TestBotocoreVectors(t *testing.T) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Now     time.Time
		Vectors []struct {
			Name, Method, URL, Body, Service, Region, Token string
			Headers                                         [][2]string
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Vectors {
		t.Run(c.Name, func(t *testing.T) {
			req, err := http.NewRequest(c.Method, c.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range c.Headers {
				req.Header.Add(h[0], h[1])
			}
			id, err := verifier(c.Token).Verify(arrived(t, req, c.Body), []byte(c.Body), file.Now)
			if err != nil {
				t.Fatal(err)
			}
			if want := (Identity{testKey, c.Region, c.Service, "tests", file.Now}); id != want {
				t.Errorf("identity %+v, want %+v", id, want)
			}
		})
	}
	if len(file.Vectors) < 11 {
		t.Errorf("only %d vectors", len(file.Vectors))
	}
}

// TestDocumentedVector verifies the worked example of AWS's documentation.
func TestDocumentedVector(t *testing.T) {
	req, _ := http.NewRequest("GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", nil)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("X-Amz-Date", "20150830T123600Z")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "+
		"SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
	now := time.Date(2015, 8, 30, 12, 38, 0, 0, time.UTC)
	if _, err := verifier("").Verify(arrived(t, req, ""), nil, now); err != nil {
		t.Fatal(err)
	}
}

// TestSignLikeAWS signs the same requests with our signer and AWS's Go signer: the
// signatures must be equal, and verify.
func TestSignLikeAWS(t *testing.T) {
	for _, c := range []struct{ method, url, body, token, service string }{
		{"POST", "http://127.0.0.1:8366/", `{"JobName":"nightly"}`, "", "glue"},
		{"POST", "http://tenon.example/", `{}`, "a/token+=", "glue"},
		{"GET", "http://127.0.0.1:8366/?b=2&a=%20x&Action=GetCallerIdentity", "", "", "sts"},
		{"GET", "http://127.0.0.1:8366/a%20b/c~d/%C3%A4", "", "", "glue"},
		{"PUT", "http://127.0.0.1:9000/bucket/a%20key+%C3%A4", "data", "", "s3"},
	} {
		build := func() *http.Request {
			req, err := http.NewRequest(c.method, c.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-amz-json-1.1")
			req.Header.Set("X-Amz-Target", "AWSGlue.GetJob")
			return req
		}
		ours, theirs := build(), build()
		Sign(ours, []byte(c.body), Credentials{testKey, testSecret, c.token}, "us-east-1", c.service, testNow)
		if c.service == "s3" {
			theirs.Header.Set("X-Amz-Content-Sha256", hexHash([]byte(c.body)))
		}
		err := awssigner.NewSigner().SignHTTP(context.Background(),
			aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret, SessionToken: c.token},
			theirs, hexHash([]byte(c.body)), c.service, "us-east-1", testNow,
			func(o *awssigner.SignerOptions) { o.DisableURIPathEscaping = c.service == "s3" })
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ours.Header.Get("Authorization"), theirs.Header.Get("Authorization"); got != want {
			t.Errorf("%s %s:\n ours %s\n AWS  %s", c.method, c.url, got, want)
		}
		if c.service == "s3" {
			continue
		}
		if _, err := verifier(c.token).Verify(arrived(t, ours, c.body), []byte(c.body), testNow); err != nil {
			t.Errorf("%s %s: %v", c.method, c.url, err)
		}
	}
}

// TestRealClients lets the AWS SDK's own Glue and STS clients call a real HTTP
// server that verifies, with the right secret and a wrong one.
func TestRealClients(t *testing.T) {
	v := verifier("token")
	var last error
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, last = v.Verify(r, body, time.Now()); last == nil {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			io.WriteString(w, `{}`)
			return
		}
		var refused *Error
		if !errors.As(last, &refused) {
			t.Errorf("not an *Error: %v", last)
			return
		}
		code, status := refused.Answer(JSON)
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"__type":%q,"Message":%q}`, code, refused.Message)
	}))
	defer server.Close()
	for secret, want := range map[string]Reason{testSecret: 0, "wrong": Mismatch} {
		cfg := aws.Config{Region: "us-east-1", BaseEndpoint: &server.URL, RetryMaxAttempts: 1,
			Credentials: credentials.NewStaticCredentialsProvider(testKey, secret, "token")}
		_, err := glue.NewFromConfig(cfg).StartJobRun(t.Context(), &glue.StartJobRunInput{JobName: aws.String("nightly ä")})
		if got := reasonOf(last); got != want || (want == 0) != (err == nil) {
			t.Errorf("glue with secret %q: reason %v, client got %v", secret, got, err)
		}
		if want == Mismatch && !strings.Contains(err.Error(), "InvalidSignatureException: The request signature we calculated") {
			t.Errorf("the client read %v", err)
		}
		sts.NewFromConfig(cfg).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}) //nolint:errcheck // the answer is no XML
		if got := reasonOf(last); got != want {
			t.Errorf("sts with secret %q: %v", secret, last)
		}
	}
}

// reasonOf returns the reason of a refusal, 0 for none.
func reasonOf(err error) Reason {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return 0
}

// signed returns a signed Glue request as it arrives, after edit has changed it.
func signed(t testing.TB, body string, cred Credentials, edit func(*http.Request)) *http.Request {
	t.Helper()
	req, err := http.NewRequest("POST", "http://127.0.0.1:8366/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "AWSGlue.GetJobs")
	Sign(req, []byte(body), cred, "us-east-1", "glue", testNow)
	if edit != nil {
		edit(req)
	}
	return arrived(t, req, body)
}

// TestRefusals goes through every way of being refused.
func TestRefusals(t *testing.T) {
	good := Credentials{testKey, testSecret, ""}
	authorization := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			old := r.Header.Get("Authorization")
			changed := strings.Replace(old, from, to, 1)
			if changed == old {
				t.Fatalf("%q does not occur in %q", from, old)
			}
			r.Header.Set("Authorization", changed)
		}
	}
	for _, c := range []struct {
		name string
		cred Credentials
		edit func(*http.Request)
		now  time.Time
		want Reason
		text string
	}{
		{name: "as signed", cred: good},
		{name: "no header", cred: good, edit: func(r *http.Request) { r.Header.Del("Authorization") }, want: Missing, text: "Missing Authentication Token"},
		{name: "two headers", cred: good, edit: func(r *http.Request) { r.Header.Add("Authorization", "x") }, want: Incomplete, text: "more than one"},
		{name: "presigned", cred: good, edit: func(r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.RawQuery = "X-Amz-Signature=00"
		}, want: Incomplete, text: "Presigned"},
		{name: "another algorithm", cred: good, edit: authorization(algorithm, "AWS4-ECDSA-P256-SHA256"), want: Incomplete, text: "Unsupported AWS 'algorithm'"},
		{name: "no credential", cred: good, edit: authorization("Credential=", "credential="), want: Incomplete, text: "is not one of Credential"},
		{name: "an empty credential", cred: good, edit: func(r *http.Request) {
			r.Header.Set("Authorization", algorithm+" Credential=, SignedHeaders=host, Signature=00")
		}, want: Incomplete, text: "requires 'Credential' parameter"},
		{name: "a parameter twice", cred: good, edit: authorization(", SignedHeaders", ", Signature=00, SignedHeaders"), want: Incomplete, text: "twice"},
		{name: "four elements", cred: good, edit: authorization("/aws4_request", ""), want: Incomplete, text: "exactly 5 slash-delimited"},
		{name: "another terminator", cred: good, edit: authorization("aws4_request", "aws5_request"), want: Mismatch, text: "valid terminator"},
		{name: "an unknown parameter", cred: good, edit: authorization(", Signature", ", X=1, Signature"), want: Incomplete, text: "is not one of"},
		{name: "unsorted headers", cred: good, edit: authorization("content-type;host", "host;content-type"), want: Incomplete, text: "alphabetical"},
		{name: "another service", cred: good, edit: authorization("/glue/", "/ec2/"), want: Mismatch, text: "correct service: 'glue' or 'sts' or 'iam'"},
		{name: "no region", cred: good, edit: authorization("/us-east-1/", "/../"), want: Mismatch, text: "valid region, not '..'"},
		{name: "host unsigned", cred: good, edit: authorization(";host", ""), want: Mismatch, text: "'Host'"},
		{name: "target unsigned", cred: good, edit: authorization(";x-amz-target", ""), want: Mismatch, text: "'x-amz-target' must be a 'SignedHeader'"},
		{name: "date unsigned", cred: good, edit: authorization(";x-amz-date", ""), want: Mismatch, text: "'x-amz-date' must be"},
		{name: "no date", cred: good, edit: func(r *http.Request) { r.Header.Del("X-Amz-Date") }, want: Incomplete, text: "existence of either"},
		{name: "no such date", cred: good, edit: func(r *http.Request) { r.Header.Set("X-Amz-Date", "2026-11-05") }, want: Incomplete, text: "ISO-8601 'basic format'"},
		{name: "another day", cred: good, edit: authorization("/20261105/", "/20261104/"), want: Mismatch, text: "'20261104' != '20261105', from '20261105T123456Z'"},
		{name: "unknown key", cred: Credentials{"AKIDOTHER", testSecret, ""}, want: UnknownKey, text: unknownKeyMessage},
		{name: "a token where none is due", cred: Credentials{testKey, testSecret, "t"}, want: UnknownKey, text: unknownKeyMessage},
		{name: "wrong secret", cred: Credentials{testKey, "guess", ""}, want: Mismatch, text: mismatchMessage},
		{name: "signature too short", cred: good, edit: func(r *http.Request) {
			a := r.Header.Get("Authorization")
			r.Header.Set("Authorization", a[:len(a)-2])
		}, want: Mismatch, text: mismatchMessage},
		{name: "another target", cred: good, edit: func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSGlue.DeleteJob") }, want: Mismatch, text: mismatchMessage},
		{name: "a second target", cred: good, edit: func(r *http.Request) { r.Header.Add("X-Amz-Target", "AWSGlue.DeleteJob") }, want: Mismatch, text: mismatchMessage},
		{name: "another host", cred: good, edit: func(r *http.Request) { r.Host = "example.com" }, want: Mismatch, text: mismatchMessage},
		{name: "unsigned payload", cred: good, edit: func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
			Sign(r, nil, good, "us-east-1", "glue", testNow)
		}, want: Mismatch, text: "'UNSIGNED-PAYLOAD' are not supported"},
		{name: "another body", cred: good, edit: func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", hexHash([]byte("other")))
			Sign(r, []byte("other"), good, "us-east-1", "glue", testNow)
		}, want: Mismatch, text: "x-amz-content-sha256"},
		{name: "5 minutes old", cred: good, now: testNow.Add(MaxSkew)},
		{name: "older", cred: good, now: testNow.Add(MaxSkew + time.Second), want: Skewed,
			text: "Signature expired: 20261105T123456Z is now earlier than 20261105T123457Z (20261105T123957Z - 5 min.)"},
		{name: "5 minutes ahead", cred: good, now: testNow.Add(-MaxSkew)},
		{name: "further ahead", cred: good, now: testNow.Add(-MaxSkew - time.Second), want: Skewed,
			text: "Signature not yet current: 20261105T123456Z is still later than 20261105T123455Z (20261105T122955Z + 5 min.)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.now.IsZero() {
				c.now = testNow
			}
			_, err := verifier("").Verify(signed(t, "{}", c.cred, c.edit), []byte("{}"), c.now)
			if got := reasonOf(err); got != c.want {
				t.Fatalf("reason %d, want %d (%v)", got, c.want, err)
			}
			if c.want != 0 && !strings.Contains(err.Error(), c.text) {
				t.Errorf("%q lacks %q", err, c.text)
			}
		})
	}
}

// TestSessionTokens checks that a temporary key needs its token, signed, and ends
// when it does.
func TestSessionTokens(t *testing.T) {
	v := New(Config{Services: []string{"glue"}, Lookup: func(string) (Key, bool) {
		return Key{SecretAccessKey: testSecret, SessionToken: "token", Expires: testNow.Add(time.Minute)}, true
	}})
	for _, c := range []struct {
		token string
		now   time.Time
		edit  func(*http.Request)
		want  Reason
	}{
		{"token", testNow, nil, 0},
		{"", testNow, nil, UnknownKey},
		{"other", testNow, nil, UnknownKey},
		{"token", testNow.Add(time.Minute), nil, Expired},
		{"token", testNow, func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), ";x-amz-security-token", "", 1))
		}, Mismatch},
	} {
		_, err := v.Verify(signed(t, "{}", Credentials{testKey, testSecret, c.token}, c.edit), []byte("{}"), c.now)
		if got := reasonOf(err); got != c.want {
			t.Errorf("token %q at %v: %v, want reason %d", c.token, c.now, err, c.want)
		}
	}
}

// TestCache checks that the cache is filled by success only, knows the secret, and
// stays within its bound.
func TestCache(t *testing.T) {
	secret := testSecret
	v := New(Config{Services: []string{"glue"}, Lookup: func(string) (Key, bool) { return Key{SecretAccessKey: secret}, true }})
	verify := func(signer string) error {
		_, err := v.Verify(signed(t, "{}", Credentials{testKey, signer, ""}, nil), []byte("{}"), testNow)
		return err
	}
	if verify("guess") == nil || len(v.cache.keys) != 0 {
		t.Errorf("%d keys cached after a wrong signature", len(v.cache.keys))
	}
	if err := verify(testSecret); err != nil || len(v.cache.keys) != 1 {
		t.Errorf("%d keys cached after a right one (%v)", len(v.cache.keys), err)
	}
	if err := verify(testSecret); err != nil {
		t.Errorf("from the cache: %v", err)
	}
	secret = "rotated"
	if verify(testSecret) == nil {
		t.Error("the old secret still opens")
	}
	if err := verify("rotated"); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	for i := range 3 * maxCachedKeys {
		v.cache.put(cacheIndex{secret: fmt.Sprint(i)}, digest{})
		if n := len(v.cache.keys); n > maxCachedKeys {
			t.Fatalf("%d keys cached", n)
		}
	}
}

// TestRegions checks which scopes can name a region.
func TestRegions(t *testing.T) {
	for name, want := range map[string]bool{"us-east-1": true, "us-gov-west-1": true, "ap-southeast-7": true, "eu-isoe-west-1": true, "us-east-10": true,
		"": false, "us": false, "us-east": false, "us-east-": false, "us-east-1a": false, "US-EAST-1": false, "us--1": false, "us-east-1/..": false,
		"-east-1": false, "verylongregionnamethatisnone-east-1": false} {
		if got := wellFormedRegion(name); got != want {
			t.Errorf("wellFormedRegion(%q) = %v", name, got)
		}
	}
}

// TestAnswers checks that every reason has a code and status in every family.
func TestAnswers(t *testing.T) {
	for r := Missing; r <= Mismatch; r++ {
		for _, f := range []Family{JSON, Query, EC2} {
			code, status := refuse(r, "x").Answer(f)
			if code == "" || status < 400 || status > 403 {
				t.Errorf("reason %d, family %d: %q, %d", r, f, code, status)
			}
			if f == JSON && (status != 400 || !strings.HasSuffix(code, "Exception")) {
				t.Errorf("JSON answers %q with %d", code, status)
			}
		}
	}
}

// TestMutations is the property that matters: whatever single byte of what was
// signed changes, in the body, the request line, a signed header or the
// signature itself, the request is not let in.
func TestMutations(t *testing.T) {
	const body = `{"JobName":"nightly","Arguments":{"--day":"2026-11-05"}}`
	v := verifier("token")
	req := signed(t, body, Credentials{testKey, testSecret, "token"}, nil)
	req.Header.Del("User-Agent")
	req.Body = io.NopCloser(strings.NewReader(body))
	var text bytes.Buffer
	if err := req.Write(&text); err != nil {
		t.Fatal(err)
	}
	raw := text.String()
	if err := verifyRaw(v, raw); err != nil {
		t.Fatalf("unchanged: %v", err)
	}
	refused := 0
	check := func(changed string) string {
		switch {
		case sameMeaning(raw, changed):
			return ""
		case verifyRaw(v, changed) == nil:
			return "let in:\n" + changed
		}
		refused++
		return ""
	}
	for i := range len(raw) { // every byte, exchanged for some that are near or special
		for _, c := range []byte{raw[i] ^ 1, raw[i] ^ 0x20, 0, ' ', ';', '0', 'A', 0xff} {
			if bad := check(raw[:i] + string([]byte{c}) + raw[i+1:]); bad != "" {
				t.Fatal(bad)
			}
		}
	}
	if refused < 4*len(raw) {
		t.Errorf("only %d changes counted, of %d", refused, 8*len(raw))
	}
	rapid.Check(t, func(t *rapid.T) { // and any cut or insertion
		i := rapid.IntRange(0, len(raw)).Draw(t, "from")
		j := rapid.IntRange(i, min(len(raw), i+8)).Draw(t, "to")
		insert := rapid.StringOfN(rapid.RuneFrom([]rune("a0;=,: \r\n%&?/")), 0, 4, -1).Draw(t, "insert")
		if bad := check(raw[:i] + insert + raw[j:]); bad != "" {
			t.Fatal(bad)
		}
	})
}

// verifyRaw parses and verifies a request; a request that does not parse is
// refused by the server before us.
func verifyRaw(v *Verifier, raw string) error {
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		return err
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	_, err = v.Verify(req, body, testNow)
	return err
}

// sameMeaning reports whether two raw requests differ only where the signature
// does not and need not reach: the case of header names, blanks around values, the
// spelling of line ends and of the HTTP version, and headers that are not signed.
func sameMeaning(a, b string) bool { return meaning(a) == meaning(b) }

// meaning spells out a request as a handler sees it, signed parts only.
func meaning(raw string) string {
	req, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
	if err != nil {
		return "unparsable " + raw
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return "unreadable " + raw
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %q\n", req.Method, req.URL.EscapedPath(), req.URL.RawQuery, body)
	for _, name := range []string{"host", "content-type", "x-amz-date", "x-amz-security-token", "x-amz-target"} {
		fmt.Fprintf(&b, "%s: %q\n", name, headerValues(req, name))
	}
	a, refused := parseAuthorization(req)
	if refused != nil {
		return "unsigned " + raw
	}
	fmt.Fprintf(&b, "%+v", *a)
	return b.String()
}

// FuzzAuthorization checks that no header value makes the parser panic, and that
// what it takes is within bounds.
func FuzzAuthorization(f *testing.F) {
	f.Add(algorithm + " Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
	f.Add(algorithm + " Credential=////,SignedHeaders=;,Signature=")
	f.Add("AWS4-HMAC-SHA256 =,=,=")
	f.Fuzz(func(t *testing.T, value string) {
		a, refused := parseAuthorizationValue(value)
		if (a == nil) == (refused == nil) {
			t.Fatalf("%v and %v", a, refused)
		}
		if refused != nil {
			if len(refused.Message) > 1024 {
				t.Errorf("a message of %d bytes", len(refused.Message))
			}
			return
		}
		if len(a.headers) > maxSignedHeaders || len(a.headers) == 0 {
			t.Errorf("%d headers", len(a.headers))
		}
	})
}

// BenchmarkVerify measures one StartJobRun call with its key in the cache.
func BenchmarkVerify(b *testing.B) {
	body := []byte(`{"JobName":"nightly","Arguments":{"--day":"2026-11-05"}}`)
	v := verifier("")
	req := signed(b, string(body), Credentials{testKey, testSecret, ""}, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(req, body, testNow); err != nil {
			b.Fatal(err)
		}
	}
}
