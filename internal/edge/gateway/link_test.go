package gateway

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// linked is a bucket with links out of it, to a folder that holds "secret" and
// "sub/secret". Whatever the test does, that folder must stay as it is.
func linked(t *testing.T, s served) (outside string) {
	t.Helper()
	outside = t.TempDir()
	s.write(t, "lake/real/k", "mine")
	err := errors.Join(
		os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o644),
		os.Mkdir(filepath.Join(outside, "sub"), 0o755),
		os.WriteFile(filepath.Join(outside, "sub/secret"), []byte("secret"), 0o644),
		os.Symlink(outside, filepath.Join(s.root, "lake/ld")),
		os.Symlink(filepath.Join(outside, "secret"), filepath.Join(s.root, "lake/real/lf")),
		os.Symlink("k", filepath.Join(s.root, "lake/real/inside")),
		os.Symlink(filepath.Join(outside, "to-be"), filepath.Join(s.root, "lake/dangling")),
		os.Symlink(outside, filepath.Join(s.root, "linked-bucket")),
	)
	if err != nil {
		t.Fatal(err)
	}
	before := tree(t, outside)
	t.Cleanup(func() { want(t, "the folder outside", tree(t, outside), before) })
	return outside
}

// linkedKeys lead through a link of the bucket linked makes, or end in one.
var linkedKeys = []string{"ld", "ld/secret", "ld/sub/secret", "ld/new", "ld/new/", "real/lf", "real/inside", "real/inside/below", "dangling"}

// TestLinks: what lies behind a symbolic link does not exist, and is not made.
func TestLinks(t *testing.T) {
	each(t, func(t *testing.T, s served) {
		linked(t, s)
		c, ctx, lake := s.sdk(), t.Context(), aws.String("lake")
		for _, key := range linkedKeys {
			k, src := aws.String(key), aws.String("lake/"+key)
			_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: lake, Key: k})
			wantCode(t, "get "+key, err, "NoSuchKey")
			_, err = c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: lake, Key: k})
			wantCode(t, "head "+key, err, "NotFound")
			_, err = c.GetObjectAttributes(ctx, &s3.GetObjectAttributesInput{Bucket: lake, Key: k, ObjectAttributes: []types.ObjectAttributes{"ETag"}})
			wantCode(t, "attributes of "+key, err, "NoSuchKey")
			_, err = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: lake, Key: k})
			wantCode(t, "delete "+key, err, "NoSuchKey")
			out, err := c.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: lake, Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: k}}}})
			if err != nil || len(out.Errors) != 1 || *out.Errors[0].Code != "NoSuchKey" {
				t.Errorf("delete many %s: %+v %v", key, out, err)
			}
			_, err = c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: lake, Key: aws.String("copy"), CopySource: src})
			wantCode(t, "copy from "+key, err, "NoSuchKey")
			_, err = c.GetObjectTagging(ctx, &s3.GetObjectTaggingInput{Bucket: lake, Key: k})
			wantCode(t, "tags of "+key, err, "NoSuchKey")
			tags := &types.Tagging{TagSet: []types.Tag{{Key: k, Value: k}}}
			_, err = c.PutObjectTagging(ctx, &s3.PutObjectTaggingInput{Bucket: lake, Key: k, Tagging: tags})
			wantCode(t, "tag "+key, err, "NoSuchKey")

			body := ""
			if !strings.HasSuffix(key, "/") {
				body = "mine"
			}
			_, err = c.PutObject(ctx, &s3.PutObjectInput{Bucket: lake, Key: k, Body: strings.NewReader(body)})
			wantCode(t, "put "+key, err, "InvalidRequest")
			_, err = c.CopyObject(ctx, &s3.CopyObjectInput{Bucket: lake, Key: k, CopySource: aws.String("lake/real/k")})
			wantCode(t, "copy to "+key, err, "InvalidRequest")
			_, err = c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: lake, Key: k})
			wantCode(t, "begin an upload to "+key, err, "InvalidRequest")
		}
		_, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("linked-bucket")})
		wantCode(t, "list a linked bucket", err, "NoSuchBucket")
		_, err = c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String("linked-bucket"), Key: aws.String("secret")})
		wantCode(t, "get from a linked bucket", err, "NoSuchBucket")
		_, err = c.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String("linked-bucket"), Key: aws.String("x"), Body: strings.NewReader("x")})
		wantCode(t, "put to a linked bucket", err, "NoSuchBucket")
		buckets, err := c.ListBuckets(ctx, &s3.ListBucketsInput{})
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range buckets.Buckets {
			if *b.Name == "linked-bucket" {
				t.Error("a linked bucket is listed")
			}
		}
		for _, l := range []string{"lake/ld", "lake/real/lf", "lake/real/inside", "lake/dangling"} {
			if _, err := os.Readlink(filepath.Join(s.root, l)); err != nil {
				t.Errorf("the link is gone: %v", err)
			}
		}
	})
}

// TestLinksListing: no name behind a link, nor the link's own, in any listing.
func TestLinksListing(t *testing.T) {
	s := serve(t, supportsXattr)
	linked(t, s)
	c := s.sdk()
	for _, tc := range []struct {
		prefix, delimiter string
		want              []string
	}{
		{"", "", []string{"real/k"}},
		{"", "/", []string{"real/"}},
		{"l", "d", nil},
		{"ld", "/", nil},
		{"ld/", "", nil},
		{"ld/", "/", nil},
		{"ld/sub/", "", nil},
		{"real/", "/", []string{"real/k"}},
		{"real/lf", "", nil},
	} {
		v2, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("lake"), Prefix: &tc.prefix, Delimiter: &tc.delimiter})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "list "+tc.prefix+" by "+tc.delimiter, names(v2.Contents, v2.CommonPrefixes), tc.want)
		v1, err := c.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: aws.String("lake"), Prefix: &tc.prefix, Delimiter: &tc.delimiter})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "old list "+tc.prefix+" by "+tc.delimiter, names(v1.Contents, v1.CommonPrefixes), tc.want)
	}
}

// names are the keys and common prefixes of a listing.
func names(objects []types.Object, prefixes []types.CommonPrefix) (all []string) {
	for _, o := range objects {
		all = append(all, *o.Key)
	}
	for _, p := range prefixes {
		all = append(all, *p.Prefix)
	}
	return all
}

// TestLinksMultipart: a link that appears while an upload is under way stops
// it, and an upload id cannot name a folder elsewhere.
func TestLinksMultipart(t *testing.T) {
	s := serve(t, supportsXattr)
	outside := linked(t, s)
	c, ctx, lake, key := s.sdk(), t.Context(), aws.String("lake"), aws.String("later/k")
	up, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: lake, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.UploadPartCopy(ctx, &s3.UploadPartCopyInput{
		Bucket: lake, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(1), CopySource: aws.String("lake/ld/secret"),
	})
	wantCode(t, "a part copied from behind a link", err, "NoSuchKey")
	part := &s3.UploadPartInput{Bucket: lake, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("x")}
	done, err := c.UploadPart(ctx, part)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(s.root, "lake/later")); err != nil {
		t.Fatal(err)
	}
	part.Body = strings.NewReader("x")
	_, err = c.UploadPart(ctx, part)
	wantCode(t, "a part of a key behind a link", err, "InvalidRequest")
	_, err = c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: lake, Key: key, UploadId: up.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{ETag: done.ETag, PartNumber: aws.Int32(1)}}}})
	wantCode(t, "complete behind a link", err, "InvalidRequest")

	for _, id := range []string{"../../../real", "../../../ld/sub", ".."} {
		id, k := aws.String(id), aws.String("k")
		_, err = c.ListParts(ctx, &s3.ListPartsInput{Bucket: lake, Key: k, UploadId: id})
		wantCode(t, "list parts of "+*id, err, "NoSuchUpload")
		_, err = c.UploadPart(ctx, &s3.UploadPartInput{Bucket: lake, Key: k, UploadId: id, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
		wantCode(t, "part of "+*id, err, "NoSuchUpload")
		_, err = c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: lake, Key: k, UploadId: id})
		wantCode(t, "abort "+*id, err, "NoSuchUpload")
	}
	if body, _ := get(t, c, "real/k"); body != "mine" {
		t.Errorf("content after the aborts: %q", body)
	}
	if _, err := c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: lake, Key: key, UploadId: up.UploadId}); err != nil {
		t.Errorf("abort an upload whose key is behind a link now: %v", err)
	}
}

// TestLinksReserved: a reserved folder that is a link gets nothing written, and
// nothing behind it is swept away.
func TestLinksReserved(t *testing.T) {
	s := serve(t, supportsXattr)
	outside := linked(t, s)
	long := time.Now().Add(-2 * minLeftoverAge)
	if err := errors.Join(os.Symlink(outside, filepath.Join(s.root, "lake/.sgwtmp")), os.Chtimes(filepath.Join(outside, "secret"), long, long)); err != nil {
		t.Fatal(err)
	}
	_, err := s.sdk().PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("lake"), Key: aws.String("x"), Body: strings.NewReader("x")})
	wantCode(t, "put by way of a linked folder", err, "InvalidRequest")
	serveRoot(t, s.root, supportsXattr)
	if _, err := os.Stat(filepath.Join(outside, "secret")); err != nil {
		t.Errorf("swept away: %v", err)
	}
}
