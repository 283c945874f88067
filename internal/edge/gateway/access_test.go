package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"tenon/internal/driver/blob/blobtest"
)

// raw sends a signed request whose path is taken as it stands, and returns
// status and body.
func (s served) raw(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	rawPath, query, _ := strings.Cut(path, "?")
	req.URL.Opaque = strings.TrimPrefix(s.Endpoint(), "http:") + rawPath
	req.URL.RawQuery = query
	sum := sha256.Sum256([]byte(body))
	req.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	err = v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).SignHTTP(t.Context(),
		aws.Credentials{AccessKeyID: testKeyID, SecretAccessKey: testSecret}, req, hex.EncodeToString(sum[:]), "s3", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	b, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

// TestEscape: no spelling of a path leads out of a bucket, and nothing is made
// or found outside of one. The canary proves that signing works as sent.
func TestEscape(t *testing.T) {
	s := serve(t, supportsXattr)
	outside := filepath.Join(filepath.Dir(s.root), "secret")
	if err := os.WriteFile(outside, []byte("top secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.write(t, "lake/inside", "canary")
	s.write(t, ".tenon-staging/run/out", "top secret")
	s.write(t, "lake/.sgwtmp/part", "top secret")
	if status, body := s.raw(t, "GET", "/lake/inside", ""); status != 200 || body != "canary" {
		t.Fatalf("canary: %d %s", status, body)
	}
	before := tree(t, filepath.Dir(s.root))
	for _, path := range []string{
		"/lake/../../secret", "/lake/..%2f..%2fsecret", "/lake/%2e%2e/%2e%2e/secret", "/lake/%2e%2e%2f%2e%2e%2fsecret",
		"/../secret", "/..%2fsecret", "/%2e%2e/secret", "/lake/x/../../../secret", "/lake/..", "/lake/.", "/lake/%00", "/lake/a%00b",
		"/lake//secret", "/lake/a//b", "/.tenon-staging/run/out", "/lake/../.tenon-staging/run/out", "/lake/..%2f.tenon-staging/run/out",
		"/lake/.sgwtmp/part", "/lake/%2esgwtmp/part", "/lake/./.sgwtmp/part", "/lake/..%5c..%5csecret%00", "/lake/%252e%252e/%00",
		"/lake/%ff", "/LAKE/inside", "/lake%2f..%2f..%2fsecret", "/%2e%2e%2f%2e%2e/secret",
	} {
		for _, method := range []string{"GET", "HEAD", "PUT", "DELETE"} {
			status, body := s.raw(t, method, path, map[string]string{"PUT": "x"}[method])
			if status < 400 || status >= 500 || strings.Contains(body, "top secret") {
				if method == "DELETE" && status == 204 && !strings.Contains(path, "secret") && !strings.Contains(path, "out") {
					continue
				}
				t.Errorf("%s %s: %d %s", method, path, status, body)
			}
			if strings.Contains(body, filepath.Dir(s.root)) {
				t.Errorf("%s %s: tells a path of this machine: %s", method, path, body)
			}
		}
	}
	want(t, "files", tree(t, filepath.Dir(s.root)), before)
	status, body := s.raw(t, "GET", "/", "")
	if status != 200 || strings.Contains(body, "staging") || !strings.Contains(body, "<Name>lake</Name>") {
		t.Errorf("buckets: %d %s", status, body)
	}
	for _, q := range []string{"?list-type=2", "?list-type=2&prefix=.", "?list-type=2&prefix=.sgwtmp/", "?list-type=2&prefix=..%2f", "?list-type=2&delimiter=%2f", "?prefix=.sgwtmp"} {
		status, body := s.raw(t, "GET", "/lake"+q, "")
		if status != 200 && !strings.Contains(body, "InvalidArgument") || strings.Contains(body, "part<") || strings.Contains(body, "secret") || strings.Contains(body, "<Prefix>.sgwtmp/</Prefix></CommonPrefixes>") {
			t.Errorf("list %s: %d %s", q, status, body)
		}
	}
}

// tree lists all files below a folder with their content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		b := []byte("folder")
		if !e.IsDir() {
			b, err = os.ReadFile(p)
		}
		files[p] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestKeys: a key works from when it appears until it vanishes, on open
// connections too; everything else is refused by its name.
func TestKeys(t *testing.T) {
	s := serve(t, supportsXattr)
	s.write(t, "lake/k", "x")
	head := func(c *s3.Client) error {
		_, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("lake")})
		return err
	}
	run := s.client("us-east-1", "RUNKEY", "run-secret")
	wantCode(t, "before it exists", head(run), "InvalidAccessKeyId")
	s.keys.set("RUNKEY", "run-secret")
	wantCode(t, "while it exists", head(run), "")
	s.keys.set("RUNKEY", "another-secret")
	wantCode(t, "with an old secret", head(run), "SignatureDoesNotMatch")
	s.keys.set("RUNKEY", "")
	wantCode(t, "after it vanished", head(run), "InvalidAccessKeyId")
	wantCode(t, "root of nothing", head(s.client("us-east-1", "root", "")), "")

	for _, method := range []string{"GET", "PUT", "DELETE", "HEAD"} {
		req, err := http.NewRequestWithContext(t.Context(), method, s.Endpoint()+"/lake/k", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		want(t, "anonymous "+method, res.StatusCode, http.StatusForbidden)
	}
	body, _ := get(t, s.sdk(), "k")
	want(t, "content", body, "x")
}

// TestPresigned: a link works without credentials, until it is changed.
func TestPresigned(t *testing.T) {
	s := serve(t, supportsXattr)
	s.write(t, "lake/a b", "shared")
	for _, region := range []string{"us-east-1", "eu-central-1"} {
		link, err := s3.NewPresignClient(s.client(region, testKeyID, testSecret)).
			PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("lake"), Key: aws.String("a b")})
		if err != nil {
			t.Fatal(err)
		}
		for u, status := range map[string]int{link.URL: 200, strings.Replace(link.URL, "/a%20b", "/other", 1): 403} {
			res, err := http.Get(u)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			want(t, u, res.StatusCode, status)
		}
	}
}

// TestRegions: any region signs for the same buckets; what is none is told so.
func TestRegions(t *testing.T) {
	s := serve(t, supportsXattr)
	for _, region := range []string{"us-east-1", "eu-west-1", "ap-southeast-2", "us-gov-west-1", "cn-north-1"} {
		c := s.client(region, testKeyID, testSecret)
		put(t, c, "from/"+region, region)
		body, _ := get(t, s.sdk(), "from/"+region)
		want(t, "content from "+region, body, region)
		in := &s3.CreateBucketInput{Bucket: aws.String("made-in-" + region)}
		if region != "us-east-1" {
			in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
		}
		if _, err := c.CreateBucket(t.Context(), in); err != nil {
			t.Errorf("create bucket in %s: %v", region, err)
		}
		_, err := c.CreateBucket(t.Context(), in)
		wantCode(t, "create it again", err, "BucketAlreadyOwnedByYou")
		if _, err := c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: in.Bucket}); err != nil {
			t.Errorf("delete bucket: %v", err)
		}
	}
	_, err := s.client("Mordor", testKeyID, testSecret).ListBuckets(t.Context(), nil)
	wantCode(t, "a region that is none", err, "AuthorizationHeaderMalformed")
	if err == nil || !strings.Contains(err.Error(), "us-east-1") {
		t.Errorf("the error names no region that works: %v", err)
	}
	for i := range maxRegions {
		_, err = s.client(fmt.Sprintf("xx-test-%d", i), testKeyID, testSecret).ListBuckets(t.Context(), nil)
	}
	wantCode(t, "one region too many", err, "TooManyRegions")
	_, err = s.client("yy-test-1", "UNKNOWN", "x").ListBuckets(t.Context(), nil)
	if c := code(err); c != "InvalidAccessKeyId" && c != "AuthorizationHeaderMalformed" {
		t.Errorf("a stranger's region: %v", err)
	}
}

// TestLimits: no body is held that nobody asked for.
func TestLimits(t *testing.T) {
	s := serve(t, supportsXattr)
	for _, c := range []struct{ method, path, code string }{
		{"POST", "/lake?delete", "MaxMessageLengthExceeded"},
		{"PUT", "/lake/k?tagging", "MaxMessageLengthExceeded"},
		{"PUT", "/lake?policy", "MaxMessageLengthExceeded"},
		{"PUT", "/new-bucket", "MaxMessageLengthExceeded"},
	} {
		conn, err := net.Dial("tcp", s.ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", c.method, c.path, maxControlBytes+1,
			strings.Repeat("x", streamedBytes)) // what the server wants before it looks at a request
		answer, _ := io.ReadAll(conn) // to its end, or its reset: it must not be used on
		if err := errors.Join(err, conn.Close()); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(answer), "HTTP/1.1 400") || !strings.Contains(string(answer), "<Code>"+c.code+"</Code>") {
			t.Errorf("%s %s: %s", c.method, c.path, answer)
		}
	}
	conn, err := net.Dial("tcp", s.ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	// A body of unknown length. The server may hang up before it has read it: only its answer counts.
	_, err = fmt.Fprint(conn, "PUT /lake/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
	answer, _ := io.ReadAll(conn)
	if err := errors.Join(err, conn.Close()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 411") {
		t.Errorf("chunked: %s", answer)
	}
	_, err = s.sdk().PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("lake"), Key: aws.String(strings.Repeat("k", 1025)), Body: strings.NewReader("x"),
	})
	if err == nil {
		t.Error("a key of 1,025 bytes was stored")
	}
	want(t, "keys", blobtest.Keys(t, s.folder(t), "s3://lake", true), nil)
}

// TestUnreadBody: a request that is refused before its body is read gets its answer, although its client sends the body first.
func TestUnreadBody(t *testing.T) {
	s := serve(t, supportsXattr)
	conn, err := net.Dial("tcp", s.ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("x", 12<<20)                                                                            // more than the sockets hold
	_, err = fmt.Fprintf(conn, "PUT /lake/k HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body) // without a signature
	answer, readErr := io.ReadAll(conn)
	if err := errors.Join(err, readErr, conn.Close()); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 403") {
		t.Errorf("%s", answer)
	}
}

// TestRefused: what is not served says so.
func TestRefused(t *testing.T) {
	s := serve(t, supportsXattr)
	c, bucket := s.sdk(), aws.String("lake")
	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: bucket, Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::lake/*"}]}`)})
	wantCode(t, "policy", err, "NotImplemented")
	_, err = c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: "Enabled"}})
	wantCode(t, "versioning", err, "NotImplemented")
	_, err = c.PutBucketLifecycleConfiguration(t.Context(), &s3.PutBucketLifecycleConfigurationInput{
		Bucket: bucket, LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{}},
	})
	wantCode(t, "lifecycle", err, "NotImplemented")
	v, err := c.GetBucketVersioning(t.Context(), &s3.GetBucketVersioningInput{Bucket: bucket})
	if err != nil || v.Status != "" {
		t.Errorf("versioning is %q, %v", v.Status, err)
	}
	_, err = c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: aws.String("none-such")})
	wantCode(t, "missing bucket", err, "NotFound")
	_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("none-such")})
	wantCode(t, "missing bucket", err, "NoSuchBucket")
	put(t, c, "a", "file")
	_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: bucket, Key: aws.String("a/b"), Body: strings.NewReader("x")})
	if err == nil {
		t.Error("an object was stored below another")
	}
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: bucket})
	wantCode(t, "deleting a bucket that is not empty", err, "BucketNotEmpty")
}

// TestProcess: a gateway leaves the process as it was, says nothing on stdout,
// and several do not know of one another.
func TestProcess(t *testing.T) {
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	stdout := captureStdout(t)
	one, two := serve(t, supportsXattr), serve(t, noXattr)
	put(t, one.sdk(), "k", "one")
	put(t, two.sdk(), "k", "two")
	for s, content := range map[*served]string{&one: "one", &two: "two"} {
		body, _ := get(t, s.sdk(), "k")
		want(t, "content", body, content)
		want(t, "file", blobtest.Keys(t, s.folder(t), "s3://lake", true), []string{"k"})
	}
	now, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	want(t, "working directory", now, cwd)
	want(t, "stdout", stdout(), "")
}

// captureStdout diverts os.Stdout until the returned function is called.
func captureStdout(t *testing.T) func() string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdout
	os.Stdout = w
	return func() string {
		os.Stdout = old
		_ = w.Close()
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

// TestClose: requests in flight finish, idle connections do not hold it up.
func TestClose(t *testing.T) {
	root := filepath.Join(t.TempDir(), "s3")
	if err := os.MkdirAll(filepath.Join(root, "lake"), 0o755); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &keys{secret: map[string]string{testKeyID: testSecret}}
	g, err := Start(Config{Listener: ln, Root: root, Sidecar: root + ".meta", Keys: k.lookup, Owner: "1", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	idle, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	s := served{Gateway: g, root: root}
	begun, finish := make(chan struct{}), make(chan struct{})
	body := &slowBody{content: bytes.NewReader(bytes.Repeat([]byte("x"), 1<<20)), begun: begun, finish: finish}
	var wg sync.WaitGroup
	var putErr error
	wg.Go(func() {
		link, err := s3.NewPresignClient(s.sdk()).PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: aws.String("slow")})
		if err != nil {
			putErr = err
			return
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, link.URL, body)
		if err != nil {
			putErr = err
			return
		}
		req.ContentLength, req.Header = 1<<20, link.SignedHeader
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			err = res.Body.Close()
			if res.StatusCode != 200 {
				err = errors.New(res.Status)
			}
		}
		putErr = err
	})
	<-begun
	closed := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		closed <- g.Close(ctx)
	}()
	for { // until the listener is closed
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			break
		}
		_ = c.Close()
	}
	close(finish)
	wg.Wait()
	if putErr != nil {
		t.Errorf("the request in flight: %v", putErr)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(root, "lake/slow")); err != nil {
		t.Error(err)
	}
}

// TestCloseAtOnce: a gateway can be closed before it has served anything.
func TestCloseAtOnce(t *testing.T) {
	for range 50 {
		t.Run("", func(t *testing.T) { serve(t, supportsXattr) })
	}
}

// slowBody stops in the middle until it may finish.
type slowBody struct {
	content       *bytes.Reader
	begun, finish chan struct{}
	half          bool
}

// Read gives one half, waits, and gives the other.
func (b *slowBody) Read(p []byte) (int, error) {
	if b.content.Len() <= 1<<19 && !b.half {
		b.half = true
		close(b.begun)
		<-b.finish
	}
	if !b.half {
		p = p[:min(len(p), b.content.Len()-1<<19)]
	}
	return b.content.Read(p)
}

// TestCredentialScope: reading who signed for where never fails.
func TestCredentialScope(t *testing.T) {
	s := serve(t, supportsXattr)
	for _, header := range []string{
		"", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=", "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=x",
		"AWS4-HMAC-SHA256 Credential=" + testKeyID + "/20200101/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=00", "Basic YTpi",
		"AWS4-HMAC-SHA256 Credential=" + testKeyID + "/20200101/eu-west-1/glue/aws4_request,SignedHeaders=host,Signature=00",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.Endpoint()+"/lake/k?X-Amz-Expires="+url.QueryEscape("1"), http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", header)
		req.Header.Set("X-Amz-Date", time.Now().UTC().Format("20060102T150405Z"))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode < 400 || res.StatusCode >= 500 {
			t.Errorf("%q: %s", header, res.Status)
		}
	}
}
