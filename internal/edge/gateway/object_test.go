package gateway

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
)

// client is the SDK's, signing for a region with a key.
func (s served) client(region, keyID, secret string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(s.Endpoint()), UsePathStyle: true, Region: region,
		Credentials: credentials.NewStaticCredentialsProvider(keyID, secret, ""),
		Retryer:     aws.NopRetryer{},
	})
}

// sdk is a client with the test key in the default region.
func (s served) sdk() *s3.Client { return s.client("us-east-1", testKeyID, testSecret) }

// write makes a file directly in the served folder.
func (s served) write(t testing.TB, name, content string) {
	t.Helper()
	p := filepath.Join(s.root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(content), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// put stores an object through the API.
func put(t testing.TB, c *s3.Client, key, content string, change ...func(*s3.PutObjectInput)) *s3.PutObjectOutput {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: aws.String("lake"), Key: &key, Body: strings.NewReader(content)}
	for _, f := range change {
		f(in)
	}
	out, err := c.PutObject(t.Context(), in)
	if err != nil {
		t.Fatalf("put %s: %v", key, err)
	}
	return out
}

// get reads an object through the API.
func get(t testing.TB, c *s3.Client, key string) (string, *s3.GetObjectOutput) {
	t.Helper()
	out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("lake"), Key: &key})
	if err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	b, err := io.ReadAll(out.Body)
	if err := errors.Join(err, out.Body.Close()); err != nil {
		t.Fatalf("get %s: %v", key, err)
	}
	return string(b), out
}

// code is the S3 error code of err, "" if it has none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// wantCode fails unless err has an S3 error code.
func wantCode(t testing.TB, what string, err error, want string) {
	t.Helper()
	if code(err) != want {
		t.Errorf("%s: got error %v, want code %s", what, err, want)
	}
}

// want fails unless got equals want.
func want[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// each runs a test with extended attributes and with a sidecar.
func each(t *testing.T, test func(t *testing.T, s served)) {
	t.Run("xattr", func(t *testing.T) { test(t, serve(t, supportsXattr)) })
	t.Run("sidecar", func(t *testing.T) { test(t, serve(t, noXattr)) })
}

// TestFilesOfOthers: a file that the gateway did not write is an object like
// any other, and a rewritten one is a different version.
func TestFilesOfOthers(t *testing.T) {
	each(t, func(t *testing.T, s served) {
		c := s.sdk()
		s.write(t, "lake/by/hand.txt", "one")
		body, got := get(t, c, "by/hand.txt")
		want(t, "content", body, "one")
		want(t, "length", *got.ContentLength, int64(3))
		info, err := os.Stat(filepath.Join(s.root, "lake/by/hand.txt"))
		if err != nil {
			t.Fatal(err)
		}
		want(t, "time", *got.LastModified, info.ModTime().UTC().Truncate(time.Second))
		if len(strings.Trim(*got.ETag, `"`)) < 8 || !strings.HasSuffix(*got.ETag, `-0"`) {
			t.Errorf("ETag %s", *got.ETag)
		}
		list, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("lake")})
		if err != nil || len(list.Contents) != 1 {
			t.Fatalf("list: %+v %v", list, err)
		}
		want(t, "ETag in the list", *list.Contents[0].ETag, *got.ETag)
		want(t, "size in the list", *list.Contents[0].Size, int64(3))
		part, err := c.GetObject(t.Context(), &s3.GetObjectInput{
			Bucket: aws.String("lake"), Key: aws.String("by/hand.txt"), Range: aws.String("bytes=1-"), IfMatch: got.ETag,
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = part.Body.Close()
		want(t, "range", *part.ContentRange, "bytes 1-2/3")

		s.write(t, "lake/by/hand.txt", "four")
		_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("lake"), Key: aws.String("by/hand.txt"), IfMatch: got.ETag})
		wantCode(t, "get of the old version", err, "PreconditionFailed")

		o := blobtest.Put(t, s.folder(t), "s3://lake/by/worker", "published")
		head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("lake"), Key: aws.String("by/worker")})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "version of a published object", strings.Trim(*head.ETag, `"`), o.Version)
	})
}

// TestMetadata: what was put comes back, and does not stick to a file that
// somebody else puts in its place.
func TestMetadata(t *testing.T) {
	each(t, func(t *testing.T, s served) {
		c := s.sdk()
		out := put(t, c, "m", "hello", func(in *s3.PutObjectInput) {
			in.ContentType, in.ContentEncoding = aws.String("text/csv"), aws.String("identity")
			in.Metadata = map[string]string{"made-by": "us"}
		})
		want(t, "ETag", *out.ETag, fmt.Sprintf("%q", fmt.Sprintf("%x", md5.Sum([]byte("hello")))))
		_, got := get(t, c, "m")
		want(t, "type", *got.ContentType, "text/csv")
		want(t, "metadata", got.Metadata, map[string]string{"made-by": "us"})
		want(t, "ETag", *got.ETag, *out.ETag)

		blobtest.Put(t, s.folder(t), "s3://lake/m", "replaced")
		body, got := get(t, c, "m")
		want(t, "content", body, "replaced")
		if *got.ETag == *out.ETag || got.Metadata["made-by"] != "" || aws.ToString(got.ContentType) == "text/csv" {
			t.Errorf("the replaced file kept ETag %s, metadata %v, type %s", *got.ETag, got.Metadata, aws.ToString(got.ContentType))
		}
	})
}

// TestListing: pages, prefixes and delimiters, both forms of the call.
func TestListing(t *testing.T) {
	s := serve(t, supportsXattr)
	c := s.sdk()
	var all []string
	for i := range 25 {
		all = append(all, fmt.Sprintf("p/%02d/x", i), fmt.Sprintf("p/%02d.csv", i))
	}
	all = append(all, "p2/y", "p", "ü=1/ä b+c")
	all = slices.DeleteFunc(all, func(k string) bool { return k == "p" })
	for _, k := range all {
		s.write(t, "lake/"+k, k)
	}
	slices.Sort(all)
	for _, size := range []int32{1, 7, 1000} {
		var keys []string
		pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: aws.String("lake"), MaxKeys: &size})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range page.Contents {
				keys = append(keys, *o.Key)
			}
		}
		want(t, fmt.Sprintf("keys in pages of %d", size), keys, all)
	}
	out, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{
		Bucket: aws.String("lake"), Prefix: aws.String("p/"), Delimiter: aws.String("/"), StartAfter: aws.String("p/21"),
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range out.Contents {
		got = append(got, *o.Key)
	}
	for _, p := range out.CommonPrefixes {
		got = append(got, *p.Prefix)
	}
	want(t, "one level after p/21", got, []string{"p/21.csv", "p/22.csv", "p/23.csv", "p/24.csv", "p/21/", "p/22/", "p/23/", "p/24/"})
	want(t, "name", *out.Name, "lake")
	old, err := c.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: aws.String("lake"), Prefix: aws.String("p2")})
	if err != nil || len(old.Contents) != 1 || *old.Name != "lake" {
		t.Errorf("old list: %+v %v", old, err)
	}
	for _, prefix := range []string{"nothing", "p/../", "../", "/", "p//"} {
		out, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("lake"), Prefix: &prefix})
		if err != nil || len(out.Contents) != 0 {
			t.Errorf("list %q: %+v %v", prefix, out, err)
		}
	}
}

// TestCopyAndDelete: copies keep or replace metadata, deletes report each key.
func TestCopyAndDelete(t *testing.T) {
	each(t, func(t *testing.T, s served) {
		c := s.sdk()
		put(t, c, "a b/ü", "content", func(in *s3.PutObjectInput) {
			in.Metadata, in.ContentType = map[string]string{"k": "v"}, aws.String("text/plain")
			in.Tagging = aws.String("team=one")
		})
		src := aws.String("lake/a%20b/%C3%BC")
		if _, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("other-bucket"), Key: aws.String("copy"), CopySource: src}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket: aws.String("lake"), Key: aws.String("a b/ü"), CopySource: src,
			MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"k": "w"}, ContentType: aws.String("text/html"),
		}); err != nil {
			t.Fatal(err)
		}
		kept, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String("other-bucket"), Key: aws.String("copy")})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "copied metadata", kept.Metadata, map[string]string{"k": "v"})
		tags, err := c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: aws.String("other-bucket"), Key: aws.String("copy")})
		if err != nil || len(tags.TagSet) != 1 || *tags.TagSet[0].Value != "one" {
			t.Errorf("copied tags: %+v %v", tags, err)
		}
		body, replaced := get(t, c, "a b/ü")
		want(t, "content", body, "content")
		want(t, "replaced metadata", replaced.Metadata, map[string]string{"k": "w"})
		want(t, "replaced type", *replaced.ContentType, "text/html")
		_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("lake"), Key: aws.String("x"), CopySource: aws.String("lake/none")})
		wantCode(t, "copy of nothing", err, "NoSuchKey")
		_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String("lake"), Key: aws.String("x"), CopySource: aws.String("none-such/k")})
		wantCode(t, "copy out of no bucket", err, "NoSuchBucket")
		_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{
			Bucket: aws.String("lake"), Key: aws.String("x"), CopySource: src, CopySourceIfNoneMatch: replaced.ETag,
		})
		wantCode(t, "copy unless it is that version", err, "PreconditionFailed")

		out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String("lake"), Delete: &types.Delete{Objects: []types.ObjectIdentifier{
			{Key: aws.String("a b/ü")}, {Key: aws.String("never-there")}, {Key: aws.String("bad//key")},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Deleted) != 2 || len(out.Errors) != 1 || *out.Errors[0].Code != "InvalidArgument" {
			t.Errorf("deleted %+v, errors %+v", out.Deleted, out.Errors)
		}
		if _, err := os.Stat(filepath.Join(s.root, "lake", "a b")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the folder of deleted objects is still there: %v", err)
		}
	})
}

// TestMultipart: parts out of order, a copied part, listing, abort.
func TestMultipart(t *testing.T) {
	each(t, func(t *testing.T, s served) {
		c := s.sdk()
		bucket, key := aws.String("lake"), aws.String("big/one.bin")
		const part = 5 << 20
		content := bytes.Repeat([]byte("0123456789abcdef"), (2*part+100)/16)
		s.write(t, "lake/source", string(content))
		up, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key, ContentType: aws.String("x/y")})
		if err != nil {
			t.Fatal(err)
		}
		want(t, "bucket", *up.Bucket, "lake")
		parts := make([]types.CompletedPart, 3)
		for _, n := range []int32{3, 1} {
			out, err := c.UploadPart(t.Context(), &s3.UploadPartInput{
				Bucket: bucket, Key: key, UploadId: up.UploadId, PartNumber: &n,
				Body: bytes.NewReader(content[(n-1)*part : min(int(n*part), len(content))]),
			})
			if err != nil {
				t.Fatal(err)
			}
			parts[n-1] = types.CompletedPart{ETag: out.ETag, PartNumber: &n}
		}
		copied, err := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{
			Bucket: bucket, Key: key, UploadId: up.UploadId, PartNumber: aws.Int32(2),
			CopySource: aws.String("lake/source"), CopySourceRange: aws.String(fmt.Sprintf("bytes=%d-%d", part, 2*part-1)),
		})
		if err != nil {
			t.Fatal(err)
		}
		parts[1] = types.CompletedPart{ETag: copied.CopyPartResult.ETag, PartNumber: aws.Int32(2)}
		uploads, err := c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: bucket})
		if err != nil || len(uploads.Uploads) != 1 || *uploads.Uploads[0].Key != *key {
			t.Errorf("uploads: %+v %v", uploads, err)
		}
		listed, err := c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: up.UploadId})
		if err != nil || len(listed.Parts) != 3 {
			t.Errorf("parts: %+v %v", listed, err)
		}
		want(t, "keys before", blobtest.Keys(t, s.folder(t), "s3://lake/", true), []string{"source"})
		done, err := c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{
			Bucket: bucket, Key: key, UploadId: up.UploadId, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
		})
		if err != nil {
			t.Fatal(err)
		}
		body, got := get(t, c, *key)
		if body != string(content) {
			t.Errorf("content of %d bytes differs", len(body))
		}
		want(t, "ETag", *got.ETag, *done.ETag)
		want(t, "type", *got.ContentType, "x/y")
		if !strings.HasSuffix(*done.ETag, `-3"`) {
			t.Errorf("ETag %s does not tell its 3 parts", *done.ETag)
		}
		up, err = c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: bucket, Key: key})
		if err == nil {
			_, err = c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: bucket, Key: key, UploadId: up.UploadId})
		}
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: bucket, Key: key, UploadId: up.UploadId})
		wantCode(t, "parts of an aborted upload", err, "NoSuchUpload")
	})
}

// TestBrokenUpload: an upload that breaks off leaves no object, and an old one
// as it was.
func TestBrokenUpload(t *testing.T) {
	s := serve(t, supportsXattr)
	c := s.sdk()
	put(t, c, "k", "old")
	for _, size := range []int64{10, 200 << 10, 8 << 20} { // held, streamed, streamed long
		presigned, err := s3.NewPresignClient(c).PresignPutObject(t.Context(), &s3.PutObjectInput{
			Bucket: aws.String("lake"), Key: aws.String("k"), ContentLength: &size,
		})
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, presigned.URL,
			io.MultiReader(strings.NewReader(strings.Repeat("n", int(size/2))), brokenReader{}))
		if err != nil {
			t.Fatal(err)
		}
		req.ContentLength = size
		req.Header = presigned.SignedHeader
		if res, err := http.DefaultClient.Do(req); err == nil {
			t.Errorf("half an upload of %d bytes was answered: %s", size, res.Status)
			_ = res.Body.Close()
		}
		body, _ := get(t, c, "k")
		want(t, fmt.Sprintf("content after half an upload of %d bytes", size), body, "old")
	}
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: aws.String("lake"), Key: aws.String("k"), Body: strings.NewReader("new"), ContentMD5: aws.String("1B2M2Y8AsgTpgAmY7PhCfg=="),
	})
	wantCode(t, "put with a wrong digest", err, "BadDigest")
	body, _ := get(t, c, "k")
	want(t, "content after a wrong digest", body, "old")
}

// brokenReader is a source that fails.
type brokenReader struct{}

// Read fails.
func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken off") }

// TestConditionalPut: of many who create one key, one wins.
func TestConditionalPut(t *testing.T) {
	s := serve(t, supportsXattr)
	c := s.sdk()
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for i := range 12 {
		wg.Go(func() {
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("lake"), Key: aws.String("once"), Body: strings.NewReader(fmt.Sprint(i)), IfNoneMatch: aws.String("*"),
			})
			mu.Lock()
			defer mu.Unlock()
			codes[code(err)]++
		})
	}
	wg.Wait()
	want(t, "outcomes", codes, map[string]int{"": 1, "PreconditionFailed": 11})
}

// TestSharedFolder: workers publish into the folder, and delete from it, while
// clients of the API do the same: nobody sees half an object or a failure.
func TestSharedFolder(t *testing.T) {
	each(t, func(t *testing.T, s served) {
		c, folder := s.sdk(), s.folder(t)
		var wg sync.WaitGroup
		for w := range 3 {
			dir := fmt.Sprintf("dir%d", w%2) // shared: its folder comes and goes
			wg.Go(func() {
				for i := range 15 {
					url := fmt.Sprintf("s3://lake/%s/w%d-%d", dir, w, i)
					blobtest.Put(t, folder, url, url)
					body, _ := get(t, c, strings.TrimPrefix(url, "s3://lake/"))
					want(t, "content by the API", body, url)
					if err := folder.Delete(t.Context(), url); err != nil {
						t.Errorf("delete: %v", err)
					}
				}
			})
			wg.Go(func() {
				for i := range 15 {
					key := fmt.Sprintf("%s/c%d-%d", dir, w, i)
					put(t, c, key, key)
					want(t, "content by the folder", blobtest.Get(t, folder, "s3://lake/"+key, blob.Range{Length: -1}), key)
					if _, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("lake"), Key: &key}); err != nil {
						t.Errorf("delete: %v", err)
					}
				}
			})
		}
		wg.Wait()
		want(t, "keys left", blobtest.Keys(t, folder, "s3://lake", true), nil)
	})
}

// TestSweep: a killed gateway's temporary files go at the next start; unfinished
// uploads, objects and what is being written stay.
func TestSweep(t *testing.T) {
	s := serve(t, supportsXattr)
	long := time.Now().Add(-2 * minLeftoverAge)
	for _, name := range []string{"lake/.sgwtmp/old", "lake/.sgwtmp/multipart/k/u/1", "lake/old-object", "lake/.sgwtmp/new"} {
		s.write(t, name, "x")
		if !strings.HasSuffix(name, "new") {
			if err := os.Chtimes(filepath.Join(s.root, name), long, long); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := tree(t, s.root)
	serveRoot(t, s.root, supportsXattr)
	delete(before, filepath.Join(s.root, "lake/.sgwtmp/old"))
	want(t, "files", tree(t, s.root), before)
}
