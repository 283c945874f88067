package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	minPartBytes   = 16 << 20
	maxParts       = 10_000
	uploadParallel = 4                // files, and parts of one file, at a time
	abortAllowance = 30 * time.Second // for clearing up after a failure
	maxObjectBytes = 5 << 40
)

// upload is one file, uploaded but not yet visible.
type upload struct {
	dest  blob.Location
	id    string // "" while nothing was begun
	parts []types.CompletedPart
	size  int64
}

// Publish uploads every file as a multipart upload, then completes them all:
// the long part can fail without anything having appeared. A call that is
// repeated uploads again, replacing objects by the same content.
func (d *Driver) Publish(ctx context.Context, files []blob.Staged) (_ []blob.Object, err error) {
	uploads := make([]upload, len(files))
	defer func() {
		if err != nil {
			err = errors.Join(err, d.abort(ctx, uploads))
		}
	}()
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(uploadParallel)
	for i, f := range files {
		group.Go(func() error {
			if err := d.upload(groupCtx, f, &uploads[i]); err != nil {
				return fmt.Errorf("%s: %w", f.Dest, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	objects := make([]blob.Object, len(files))
	for i := range uploads {
		if objects[i], err = d.complete(ctx, &uploads[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", files[i].Dest, err)
		}
	}
	return objects, nil
}

// upload sends a file's parts.
func (d *Driver) upload(ctx context.Context, f blob.Staged, u *upload) error {
	file, err := os.Open(f.Path)
	if err != nil {
		return blob.FromOS(err)
	}
	defer file.Close() // read only: nothing to lose
	info, err := file.Stat()
	if err != nil {
		return blob.FromOS(err)
	}
	if info.Size() > maxObjectBytes {
		return fmt.Errorf("%w: file of %d bytes, S3 takes at most %d", blob.ErrLimit, info.Size(), int64(maxObjectBytes))
	}
	created, err := d.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &f.Dest.Bucket, Key: &f.Dest.Key, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return classify(err)
	}
	u.dest, u.id, u.size = f.Dest, aws.ToString(created.UploadId), info.Size()
	partBytes := max(minPartBytes, (u.size+maxParts-1)/maxParts)
	u.parts = make([]types.CompletedPart, max(1, (u.size+partBytes-1)/partBytes))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploadParallel)
	for i := range u.parts {
		offset := int64(i) * partBytes
		part := io.NewSectionReader(file, offset, min(partBytes, u.size-offset))
		group.Go(func() (err error) {
			u.parts[i], err = d.uploadPart(ctx, u, int32(i+1), part)
			return err
		})
	}
	return group.Wait()
}

// uploadPart sends one part.
func (d *Driver) uploadPart(ctx context.Context, u *upload, number int32, part *io.SectionReader) (types.CompletedPart, error) {
	out, err := d.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &u.dest.Bucket, Key: &u.dest.Key, UploadId: &u.id,
		PartNumber: &number, Body: part, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32,
	})
	if err != nil {
		return types.CompletedPart{}, classify(err)
	}
	return types.CompletedPart{ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32, PartNumber: &number}, nil
}

// complete makes one upload an object.
func (d *Driver) complete(ctx context.Context, u *upload) (blob.Object, error) {
	out, err := d.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &u.dest.Bucket, Key: &u.dest.Key, UploadId: &u.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	})
	if err != nil {
		return blob.Object{}, classify(err)
	}
	u.id = ""
	o, err := d.Stat(ctx, u.dest)
	if err != nil {
		return blob.Object{}, err
	}
	if o.Size != u.size || o.Version != aws.ToString(out.ETag) {
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
			Bucket: &u.dest.Bucket, Key: &u.dest.Key, UploadId: &u.id,
		})
		if err = classify(err); err != nil && !errors.Is(err, blob.ErrNotFound) {
			errs = append(errs, fmt.Errorf("abort upload of %s: %w", u.dest, err))
		}
	}
	return errors.Join(errs...)
}
