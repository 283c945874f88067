package gateway

import (
	"context"
	"io/fs"
	"os"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	vbackend "github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3response"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
)

// ListObjects lists keys, in the old form.
func (b *backend) ListObjects(ctx context.Context, in *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	found, err := b.walk(ctx, in.Bucket, keyQuery{in.Prefix, in.Delimiter, aws.ToString(in.Marker), in.MaxKeys, true})
	if err != nil {
		return s3response.ListObjectsResult{}, b.fault("ListObjects", err)
	}
	return s3response.ListObjectsResult{
		Name: in.Bucket, Prefix: in.Prefix, Delimiter: given(in.Delimiter), Marker: in.Marker, MaxKeys: in.MaxKeys,
		Contents: found.Objects, CommonPrefixes: found.CommonPrefixes,
		IsTruncated: &found.Truncated, NextMarker: given(&found.NextMarker),
	}, nil
}

// ListObjectsV2 lists keys.
func (b *backend) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	after := aws.ToString(in.ContinuationToken)
	if after != "" {
		after = max(after, aws.ToString(in.StartAfter))
	} else {
		after = aws.ToString(in.StartAfter)
	}
	found, err := b.walk(ctx, in.Bucket, keyQuery{in.Prefix, in.Delimiter, after, in.MaxKeys, aws.ToBool(in.FetchOwner)})
	if err != nil {
		return s3response.ListObjectsV2Result{}, b.fault("ListObjectsV2", err)
	}
	count := int32(len(found.Objects) + len(found.CommonPrefixes))
	return s3response.ListObjectsV2Result{
		Name: in.Bucket, Prefix: in.Prefix, Delimiter: given(in.Delimiter), MaxKeys: in.MaxKeys, KeyCount: &count,
		StartAfter: given(in.StartAfter), ContinuationToken: given(in.ContinuationToken),
		Contents: found.Objects, CommonPrefixes: found.CommonPrefixes,
		IsTruncated: &found.Truncated, NextContinuationToken: given(&found.NextMarker),
	}, nil
}

// given leaves out an empty element.
func given(s *string) *string {
	if aws.ToString(s) == "" {
		return nil
	}
	return s
}

// keyQuery selects keys of a bucket, as both forms of listing do.
type keyQuery struct {
	prefix, delimiter *string
	after             string // only what sorts after it
	limit             *int32 // keys and common prefixes in one answer
	owner             bool   // tell each object's owner
}

// walk lists a bucket. posix's own listings would follow links.
func (b *backend) walk(ctx context.Context, bucket *string, q keyQuery) (vbackend.WalkResults, error) {
	if err := b.stat(bucket); err != nil {
		return vbackend.WalkResults{}, err
	}
	dir := *b.path(bucket)
	return vbackend.Walk(unhurried(ctx), plainFS{os.DirFS(dir), b.root, *bucket}, aws.ToString(q.prefix), aws.ToString(q.delimiter),
		q.after, aws.ToInt32(q.limit), b.posix.FileToObj(dir, q.owner), []string{blob.ReservedSegment})
}

// plainFS is a bucket's folder with nothing in it but folders and regular files.
type plainFS struct {
	fs.FS
	root, bucket string
}

// ReadDir reads a folder that no link leads to.
func (p plainFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if !fs.ValidPath(name) || !file.Plain(p.root, blob.Location{Bucket: p.bucket, Key: name}) {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	entries, err := fs.ReadDir(p.FS, name)
	return slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !e.IsDir() && !e.Type().IsRegular() }), err
}
