package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
	s3driver "tenon/internal/driver/blob/s3"
)

// The key pair by which a passing gateway knows its clients: not the upstream's.
const (
	frontKeyID  = "TENONFRONTKEY"
	frontSecret = "the-secret-of-clients"
)

// passing is a gateway that passes on to an upstream.
type passing struct {
	*Gateway
	log *bytes.Buffer // read it after close
}

// pass starts a gateway before an upstream at endpoint, with the pair that the
// upstream is asked with. It may log.
func pass(t testing.TB, endpoint, keyID, secret string) passing {
	t.Helper()
	up, err := s3driver.NewClient(t.Context(), s3driver.Config{Endpoint: endpoint, AccessKeyID: keyID, SecretAccessKey: secret})
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &keys{secret: map[string]string{frontKeyID: frontSecret}}
	p := passing{log: &bytes.Buffer{}}
	p.Gateway, err = Start(Config{
		Listener: ln, Upstream: up, Spool: filepath.Join(t.TempDir(), "spool"), Keys: k.lookup, Owner: "123456789012",
		Log: slog.New(slog.NewTextHandler(p.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := p.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
		if strings.Contains(p.log.String(), secret) {
			t.Error("the log tells the secret")
		}
	})
	return p
}

// sdk is a client of the passing gateway.
func (p passing) sdk() *s3.Client {
	return served{Gateway: p.Gateway}.client("eu-west-3", frontKeyID, frontSecret)
}

// driver is blob/s3 on the passing gateway.
func (p passing) driver(t testing.TB) blob.Driver {
	t.Helper()
	d, err := s3driver.New(t.Context(), s3driver.Config{
		Endpoint: p.Endpoint(), AccessKeyID: frontKeyID, SecretAccessKey: frontSecret, Staging: filepath.Join(t.TempDir(), "staging"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestUpstreamDriver is the conformance suite of blob/s3 through two gateways,
// the second of which stands for a real S3.
func TestUpstreamDriver(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Driver {
		return pass(t, serve(t, supportsXattr).Endpoint(), testKeyID, testSecret).driver(t)
	})
}

// TestUpstreamBoto3 does with boto3 what a job's script would.
func TestUpstreamBoto3(t *testing.T) {
	up := serve(t, supportsXattr)
	if out, err := up.foreign(t, "python3", "-c", "import boto3"); err != nil {
		t.Skipf("no boto3 to test with: %v %s", err, out)
	}
	up.write(t, "lake/by-hand.bin", strings.Repeat("x", 20<<20))
	p := pass(t, up.Endpoint(), testKeyID, testSecret)
	script := strings.Replace(botoScript, `boto3.client("s3")`,
		`boto3.client("s3", aws_access_key_id="`+frontKeyID+`", aws_secret_access_key="`+frontSecret+`")`, 1)
	script = strings.Replace(script, `boto3.resource("s3")`,
		`boto3.resource("s3", aws_access_key_id="`+frontKeyID+`", aws_secret_access_key="`+frontSecret+`")`, 1)
	out, err := served{Gateway: p.Gateway}.foreign(t, "python3", "-c", script)
	if err != nil || !strings.Contains(out, "boto3 done") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestUpstreamObjects: what a client stores through the gateway is what the
// upstream holds, and the upstream's answers come back.
func TestUpstreamObjects(t *testing.T) {
	up := serve(t, supportsXattr)
	p := pass(t, up.Endpoint(), testKeyID, testSecret)
	c := p.sdk()
	put(t, c, "a b+ü", "content", func(in *s3.PutObjectInput) {
		in.Metadata, in.ContentType, in.Tagging = map[string]string{"who": "us"}, aws.String("text/x"), aws.String("k=v")
		in.ChecksumAlgorithm = types.ChecksumAlgorithmSha256
	})
	text, direct := get(t, up.sdk(), "a b+ü")
	if text != "content" || direct.Metadata["who"] != "us" || *direct.ContentType != "text/x" {
		t.Errorf("upstream has %q %+v", text, direct)
	}
	if _, through := get(t, c, "a b+ü"); *through.ETag != *direct.ETag || !through.LastModified.Equal(*direct.LastModified) {
		t.Errorf("etag or time differ: %+v %+v", through, direct)
	}
	tags, err := c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: aws.String("lake"), Key: aws.String("a b+ü")})
	if err != nil || len(tags.TagSet) != 1 || *tags.TagSet[0].Value != "v" {
		t.Errorf("tags: %+v %v", tags, err)
	}
	if _, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("lake"), Key: aws.String("copy"), CopySource: aws.String("lake/a%20b%2B%C3%BC")}); err != nil {
		t.Errorf("copy: %v", err)
	}
	if text, _ := get(t, up.sdk(), "copy"); text != "content" {
		t.Errorf("copy holds %q", text)
	}
	put(t, c, "empty", "")
	for name, f := range map[string]func() error{
		"NoSuchKey": func() error {
			_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("lake"), Key: aws.String("none")})
			return err
		},
		"NoSuchBucket": func() error {
			_, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("no-such-bucket")})
			return err
		},
		"PreconditionFailed": func() error {
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: aws.String("copy"), Body: strings.NewReader("x"), IfNoneMatch: aws.String("*")})
			return err
		},
		"NotImplemented": func() error {
			_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: aws.String("lake"),
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
			return err
		},
	} {
		if err := f(); code(err) != name {
			t.Errorf("want %s, got %v", name, err)
		}
	}
}

// TestUpstreamTrailer: a checksum that comes after its body reaches the
// upstream, of which the SDK would not say so without TLS.
func TestUpstreamTrailer(t *testing.T) {
	up := serve(t, supportsXattr)
	p := pass(t, up.Endpoint(), testKeyID, testSecret)
	for _, c := range []struct {
		crc  string
		want int
	}{{"DUoRhQ==", 200}, {"AAAAAA==", 400}} {
		body := "b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:" + c.crc + "\r\n\r\n"
		req, err := http.NewRequestWithContext(t.Context(), "PUT", p.Endpoint()+"/lake/trailer"+c.crc[:1], strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Encoding", "aws-chunked")
		req.Header.Set("X-Amz-Decoded-Content-Length", "11")
		req.Header.Set("X-Amz-Trailer", "x-amz-checksum-crc32")
		const payload = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
		req.Header.Set("X-Amz-Content-Sha256", payload)
		pair := aws.Credentials{AccessKeyID: frontKeyID, SecretAccessKey: frontSecret}
		if err := v4.NewSigner().SignHTTP(t.Context(), pair, req, payload, "s3", "us-east-1", time.Now()); err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := io.ReadAll(res.Body)
		if err := errors.Join(err, res.Body.Close()); err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != c.want {
			t.Errorf("crc %s: %d %s", c.crc, res.StatusCode, answer)
		}
	}
	if text, _ := get(t, up.sdk(), "trailerD"); text != "hello world" {
		t.Errorf("upstream holds %q", text)
	}
}

// TestUpstreamRefusals: what an upstream says about Tenon's own configuration is
// told as that, and tells no secret.
func TestUpstreamRefusals(t *testing.T) {
	up := serve(t, supportsXattr)
	up.write(t, "lake/there", "x")
	for name, c := range map[string]struct{ keyID, secret, want string }{
		"unknown key":  {"NOSUCHKEY", "some-secret", "InvalidAccessKeyId"},
		"wrong secret": {testKeyID, "wrong-secret-of-upstream", "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pass(t, up.Endpoint(), c.keyID, c.secret)
			_, err := p.sdk().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: aws.String("k"), Body: strings.NewReader("x")})
			if code(err) != "AccessDenied" || !strings.Contains(err.Error(), "refuses the credentials of Tenon's own configuration (s3:): "+c.want) {
				t.Errorf("put: %v", err)
			}
			// A HEAD has no text, yet a job's author must read one.
			_, err = blob.New(p.driver(t)).Stat(t.Context(), "s3://lake/there")
			if !errors.Is(err, blob.ErrDenied) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("stat: %v", err)
			}
			for _, secret := range []string{c.keyID, c.secret} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%v tells %s", err, secret)
				}
			}
		})
	}
	t.Run("down", func(t *testing.T) {
		p := pass(t, "http://127.0.0.1:1", "K", "some-secret")
		_, err := p.sdk().GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("lake"), Key: aws.String("k")})
		if code(err) != "ServiceUnavailable" || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("get: %v", err)
		}
	})
}

// TestLentBody: a body that is taken back is not read any more, and a Read that is
// under way ends before it is somebody else's.
func TestLentBody(t *testing.T) {
	client, server := net.Pipe()
	defer client.Close()
	l := &lent{body: server}
	read, back := make(chan error), make(chan struct{})
	go func() {
		_, err := l.Read(make([]byte, 8))
		read <- err
	}()
	if _, err := client.Write([]byte("x")); err != nil { // the Read is under way, or done
		t.Fatal(err)
	}
	go func() {
		l.takeBack()
		close(back)
	}()
	if err := <-read; err != nil {
		t.Errorf("the first read: %v", err)
	}
	<-back
	if n, err := l.Read(make([]byte, 8)); n != 0 || !errors.Is(err, errTakenBack) {
		t.Errorf("read after it was taken back: %d %v", n, err)
	}
}

// TestUpstreamRefusesEarly: an upstream that answers without reading the body is
// heard, or cuts the connection; either way the client gets an answer, and the
// gateway serves on.
func TestUpstreamRefusesEarly(t *testing.T) {
	hasty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, "<Error><Code>AccessDenied</Code><Message>not here</Message></Error>")
	}))
	defer hasty.Close()
	c := pass(t, hasty.URL, "K", "some-secret").sdk()
	body := bytes.Repeat([]byte("x"), 1<<20)
	for range 10 {
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: aws.String("k"), Body: bytes.NewReader(body)})
		if got := code(err); got != "AccessDenied" && got != "ServiceUnavailable" {
			t.Fatalf("put: %v", err)
		}
	}
}
