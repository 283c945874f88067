package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"

	"tenon/internal/driver/blob"
)

// Limits of an upload. S3 takes 10,000 parts of at least 5 MiB, so the part
// grows with the file.
const (
	maxPutBytes    = 1 << 20 // up to this, a file is sent as it is published
	minPartBytes   = 16 << 20
	maxParts       = 10_000
	uploadParallel = 4                // files, and parts of one file, at a time
	abortAllowance = 30 * time.Second // for clearing up after a failure
	maxObjectBytes = 5 << 40
)

// upload is one file, uploaded but not yet visible.
type upload struct {
	file  blob.Staged
	id    string // "" if nothing was begun
	parts []types.CompletedPart
	size  int64
	gone  bool // not staged any more: an earlier call has published it
}

// Publish uploads every file as a multipart upload, then completes them all:
// the long part can fail without anything having appeared. Small files are not
// worth three requests and are put in the second phase. A call that is repeated
// uploads again, replacing objects by the same content.
func (d *Driver) Publish(ctx context.Context, files []blob.Staged) (_ []blob.Object, err error) {
	uploads := make([]upload, len(files))
	defer func() {
		if err != nil {
			err = errors.Join(err, d.abort(ctx, uploads))
		}
	}()
	if err := d.checkBuckets(ctx, files); err != nil {
		return nil, err
	}
	err = each(ctx, len(files), func(ctx context.Context, i int) error {
		uploads[i].file = files[i]
		return d.upload(ctx, &uploads[i])
	})
	if err != nil {
		return nil, err
	}
	objects := make([]blob.Object, len(files))
	err = each(ctx, len(files), func(ctx context.Context, i int) (err error) {
		objects[i], err = d.appear(ctx, &uploads[i])
		if err != nil {
			err = fmt.Errorf("%s: %w", files[i].Dest, err)
		}
		return err
	})
	return objects, err
}

// checkBuckets asks for every bucket once, before anything is uploaded.
func (d *Driver) checkBuckets(ctx context.Context, files []blob.Staged) error {
	asked := map[string]bool{}
	for _, f := range files {
		if asked[f.Dest.Bucket] {
			continue
		}
		asked[f.Dest.Bucket] = true
		if _, err := d.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &f.Dest.Bucket}); err != nil {
			return fmt.Errorf("bucket %s: %w", f.Dest.Bucket, classify(err))
		}
	}
	return nil
}

// each calls f for 0 to n-1, some at a time.
func each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploadParallel)
	for i := range n {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(ctx, i)
		})
	}
	return group.Wait()
}

// upload sends a file's parts, if it is not small.
func (d *Driver) upload(ctx context.Context, u *upload) error {
	file, err := os.Open(u.file.Path)
	if errors.Is(err, fs.ErrNotExist) {
		u.gone = true
		return nil
	}
	if err != nil {
		return blob.FromOS(err)
	}
	defer file.Close() // read only: nothing to lose
	info, err := file.Stat()
	if err != nil {
		return blob.FromOS(err)
	}
	u.size = info.Size()
	switch {
	case u.size <= maxPutBytes:
		return nil
	case u.size > maxObjectBytes:
		return fmt.Errorf("%w: file of %d bytes, S3 takes at most %d", blob.ErrLimit, u.size, int64(maxObjectBytes))
	}
	created, err := d.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &u.file.Dest.Bucket, Key: &u.file.Dest.Key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return classify(err)
	}
	u.id = aws.ToString(created.UploadId)
	partBytes := max(minPartBytes, (u.size+maxParts-1)/maxParts)
	u.parts = make([]types.CompletedPart, (u.size+partBytes-1)/partBytes)
	return each(ctx, len(u.parts), func(ctx context.Context, i int) (err error) {
		offset := int64(i) * partBytes
		part := io.NewSectionReader(file, offset, min(partBytes, u.size-offset))
		u.parts[i], err = d.uploadPart(ctx, u, int32(i+1), part)
		return err
	})
}

// uploadPart sends one part.
func (d *Driver) uploadPart(ctx context.Context, u *upload, number int32, part *io.SectionReader) (types.CompletedPart, error) {
	out, err := d.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &u.file.Dest.Bucket, Key: &u.file.Dest.Key, UploadId: &u.id,
		PartNumber: &number, Body: part, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return types.CompletedPart{}, classify(err)
	}
	return types.CompletedPart{ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32, PartNumber: &number}, nil
}

// appear makes one upload an object.
func (d *Driver) appear(ctx context.Context, u *upload) (blob.Object, error) {
	dest := u.file.Dest
	if u.gone {
		return d.Stat(ctx, dest)
	}
	var etag *string
	if u.id == "" {
		content, err := os.ReadFile(u.file.Path)
		if err != nil {
			return blob.Object{}, blob.FromOS(err)
		}
		out, err := d.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &dest.Bucket, Key: &dest.Key, Body: bytes.NewReader(content)})
		if err != nil {
			return blob.Object{}, classify(err)
		}
		etag = out.ETag
	} else {
		out, err := d.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
			Bucket: &dest.Bucket, Key: &dest.Key, UploadId: &u.id,
			MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
		})
		if err != nil {
			return blob.Object{}, classify(err)
		}
		u.id, etag = "", out.ETag
	}
	o, err := d.Stat(ctx, dest)
	if err != nil {
		return blob.Object{}, err
	}
	if o.Version != aws.ToString(etag) {
		return blob.Object{}, fmt.Errorf("%w: replaced by somebody else as soon as it was published", blob.ErrChanged)
	}
	return o, nil
}

// abort gives up what was not completed, even after ctx has ended. An upload
// that is gone already is no failure.
func (d *Driver) abort(ctx context.Context, uploads []upload) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortAllowance)
	defer cancel()
	var errs []error
	for _, u := range uploads {
		if u.id == "" {
			continue
		}
		_, err := d.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
			Bucket: &u.file.Dest.Bucket, Key: &u.file.Dest.Key, UploadId: &u.id,
		})
		if err = classify(err); err != nil && !errors.Is(err, blob.ErrNotFound) {
			errs = append(errs, fmt.Errorf("abort upload of %s: %w", u.file.Dest, err))
		}
	}
	return errors.Join(errs...)
}
