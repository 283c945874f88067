package gateway

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// BenchmarkPut64MiB measures the throughput of storing one large object in one
// request, durably.
func BenchmarkPut64MiB(b *testing.B) {
	s := serve(b, supportsXattr)
	c, content := s.sdk(), bytes.Repeat([]byte("0123456789abcdef"), 64<<20/16)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		_, err := c.PutObject(b.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: aws.String("big"), Body: bytes.NewReader(content)})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkGet64MiB measures the throughput of reading one large object.
func BenchmarkGet64MiB(b *testing.B) {
	s := serve(b, supportsXattr)
	s.write(b, "lake/big", strings.Repeat("x", 64<<20))
	c := s.sdk()
	b.SetBytes(64 << 20)
	for b.Loop() {
		out, err := c.GetObject(b.Context(), &s3.GetObjectInput{Bucket: aws.String("lake"), Key: aws.String("big")})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, out.Body); err != nil {
			b.Fatal(err)
		}
		_ = out.Body.Close()
	}
}

// BenchmarkSmall measures operations on objects of 1 KiB, eight clients at a
// time.
func BenchmarkSmall(b *testing.B) {
	content := strings.Repeat("x", 1<<10)
	for _, op := range []string{"put", "get", "head"} {
		b.Run(op, func(b *testing.B) {
			s := serve(b, supportsXattr)
			c := s.sdk()
			s.write(b, "lake/small", content)
			var n atomic.Int64
			b.SetParallelism(4)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					var err error
					switch op {
					case "put":
						_, err = c.PutObject(b.Context(), &s3.PutObjectInput{
							Bucket: aws.String("lake"), Key: aws.String(fmt.Sprintf("k/%d", n.Add(1))), Body: strings.NewReader(content),
						})
					case "get":
						var out *s3.GetObjectOutput
						if out, err = c.GetObject(b.Context(), &s3.GetObjectInput{Bucket: aws.String("lake"), Key: aws.String("small")}); err == nil {
							_, err = io.Copy(io.Discard, out.Body)
							_ = out.Body.Close()
						}
					case "head":
						_, err = c.HeadObject(b.Context(), &s3.HeadObjectInput{Bucket: aws.String("lake"), Key: aws.String("small")})
					}
					if err != nil {
						b.Error(err)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
		})
	}
}
