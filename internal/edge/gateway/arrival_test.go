package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"tenon/internal/glue"
)

// told keeps what it is told of objects in one region.
type told struct {
	mu     sync.Mutex
	lines  []string // guarded by mu
	refuse error    // guarded by mu: what Arrived answers
}

// Any is true of eu-west-1.
func (*told) Any(region string) bool { return region == "eu-west-1" }

// Arrived takes an object down.
func (o *told) Arrived(_ context.Context, region, key string, g glue.ObjectCreated) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.refuse != nil {
		return o.refuse
	}
	o.lines = append(o.lines, fmt.Sprintf("%s %s %s %s/%s %d %t %t", region, key, g.Reason, g.Bucket, g.Key, g.Size, g.ETag != "", len(g.Sequencer) == 16))
	return nil
}

// take returns what was told since the last take.
func (o *told) take() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	lines := o.lines
	o.lines = nil
	return lines
}

// TestArrivals: every way to make an object is told of, before its client is answered; where it cannot be told, the upload
// fails, so that the client repeats it; other regions, and what makes no object, are silent.
func TestArrivals(t *testing.T) {
	root := filepath.Join(t.TempDir(), "s3")
	if err := os.MkdirAll(filepath.Join(root, "lake"), 0o755); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ears := &told{}
	k := &keys{secret: map[string]string{testKeyID: testSecret}}
	g, err := start(Config{Listener: ln, Root: root, Sidecar: root + ".meta", Keys: k.lookup, Owner: "123456789012", Told: ears,
		Log: slog.New(slog.DiscardHandler)}, supportsXattr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	s := served{g, root, k}
	c, elsewhere := s.client("eu-west-1", testKeyID, testSecret), s.client("us-east-1", testKeyID, testSecret)

	put(t, c, "a b/ü.csv", "one,two\n")
	want(t, "put", ears.take(), []string{"eu-west-1 " + testKeyID + " PutObject lake/a b/ü.csv 8 true true"})

	if _, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("lake"), Key: aws.String("copy"), CopySource: aws.String("lake/a%20b/%C3%BC.csv")}); err != nil {
		t.Fatal(err)
	}
	want(t, "copy", ears.take(), []string{"eu-west-1 " + testKeyID + " CopyObject lake/copy 8 true true"})

	up, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("lake"), Key: aws.String("big")})
	if err != nil {
		t.Fatal(err)
	}
	part, err := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: aws.String("lake"), Key: aws.String("big"), UploadId: up.UploadId,
		PartNumber: aws.Int32(1), Body: bytes.NewReader(make([]byte, 1000))})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "a part", ears.take(), nil)
	complete := &s3.CompleteMultipartUploadInput{Bucket: aws.String("lake"), Key: aws.String("big"), UploadId: up.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{ETag: part.ETag, PartNumber: aws.Int32(1)}}}}
	if _, err := c.CompleteMultipartUpload(t.Context(), complete); err != nil {
		t.Fatal(err)
	}
	want(t, "complete", ears.take(), []string{"eu-west-1 " + testKeyID + " CompleteMultipartUpload lake/big 1000 true true"})

	put(t, elsewhere, "k", "x")
	body, _ := get(t, c, "big")
	want(t, "size", len(body), 1000)
	if _, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("lake"), Key: aws.String("copy")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("none-such"), Key: aws.String("k"), Body: strings.NewReader("x")})
	wantCode(t, "no such bucket", err, "NoSuchBucket")
	want(t, "another region, a read, a deletion, a failure", ears.take(), nil)

	ears.mu.Lock()
	ears.refuse = errors.New("the disk is full")
	ears.mu.Unlock()
	_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: aws.String("untold"), Body: strings.NewReader("x")},
		func(o *s3.Options) { o.Retryer = aws.NopRetryer{} })
	wantCode(t, "an event that cannot be stored", err, "InternalError")
}
