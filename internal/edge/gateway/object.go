package gateway

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	vbackend "github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// maxCopyBytes is S3's limit for CopyObject.
const maxCopyBytes = 5 << 30

// PutObject writes an object: its bytes are durable before it appears, its name
// before the caller hears of it.
func (b *backend) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	if err := b.writable(in.Bucket, in.Key); err != nil {
		return s3response.PutObjectOutput{}, err
	}
	bucket := in.Bucket
	in.Bucket, in.Body = b.path(bucket), exactly(in.Body, in.ContentLength)
	out, err := b.posix.PutObjectWithPostFunc(unhurried(ctx), in, syncStaged)
	if err == nil {
		err = b.settle(bucket, in.Key, false)
	}
	return out, b.fault("PutObject", err)
}

// HeadObject describes an object.
func (b *backend) HeadObject(ctx context.Context, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	if err := b.readable(in.Bucket, in.Key); err != nil {
		return nil, err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	out, err := b.posix.HeadObject(unhurried(ctx), &req)
	return out, b.fault("HeadObject", err)
}

// GetObject reads an object.
func (b *backend) GetObject(ctx context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	if err := b.readable(in.Bucket, in.Key); err != nil {
		return nil, err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	out, err := b.posix.GetObject(unhurried(ctx), &req)
	return out, b.fault("GetObject", err)
}

// GetObjectAttributes describes an object otherwise.
func (b *backend) GetObjectAttributes(ctx context.Context, in *s3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	if err := b.readable(in.Bucket, in.Key); err != nil {
		return s3response.GetObjectAttributesResponse{}, err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	out, err := b.posix.GetObjectAttributes(unhurried(ctx), &req)
	return out, b.fault("GetObjectAttributes", err)
}

// DeleteObject removes an object.
func (b *backend) DeleteObject(ctx context.Context, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	if err := b.readable(in.Bucket, in.Key); err != nil {
		return nil, err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	out, err := b.posix.DeleteObject(unhurried(ctx), &req)
	return out, b.fault("DeleteObject", err)
}

// DeleteObjects removes up to 1,000 objects, each with its own outcome.
func (b *backend) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	res := s3response.DeleteResult{Deleted: []types.DeletedObject{}, Error: []types.Error{}}
	for _, o := range in.Delete.Objects {
		_, err := b.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: in.Bucket, Key: o.Key, VersionId: o.VersionId})
		if err != nil {
			res.Error = append(res.Error, s3err.ObjectDeleteError(o.Key, o.VersionId, err))
			continue
		}
		res.Deleted = append(res.Deleted, types.DeletedObject{Key: o.Key, VersionId: o.VersionId})
	}
	return res, nil
}

// GetObjectTagging reads an object's tags.
func (b *backend) GetObjectTagging(ctx context.Context, bucket, key, version string) (map[string]string, error) {
	if err := b.readable(&bucket, &key); err != nil {
		return nil, err
	}
	tags, err := b.posix.GetObjectTagging(unhurried(ctx), *b.path(&bucket), key, version)
	return tags, b.fault("GetObjectTagging", err)
}

// PutObjectTagging replaces an object's tags.
func (b *backend) PutObjectTagging(ctx context.Context, bucket, key, version string, tags map[string]string) error {
	if err := b.readable(&bucket, &key); err != nil {
		return err
	}
	return b.fault("PutObjectTagging", b.posix.PutObjectTagging(unhurried(ctx), *b.path(&bucket), key, version, tags))
}

// DeleteObjectTagging removes an object's tags.
func (b *backend) DeleteObjectTagging(ctx context.Context, bucket, key, version string) error {
	if err := b.readable(&bucket, &key); err != nil {
		return err
	}
	return b.fault("DeleteObjectTagging", b.posix.DeleteObjectTagging(unhurried(ctx), *b.path(&bucket), key, version))
}

// CopyObject reads one object and puts another. posix would parse the source
// into a relative bucket name by itself.
func (b *backend) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	src, err := b.openSource(ctx, in.CopySource, &s3.GetObjectInput{
		IfMatch: in.CopySourceIfMatch, IfNoneMatch: in.CopySourceIfNoneMatch,
		IfModifiedSince: in.CopySourceIfModifiedSince, IfUnmodifiedSince: in.CopySourceIfUnmodifiedSince,
	})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	defer src.Body.Close() // read only: nothing to lose
	if *src.ContentLength > maxCopyBytes {
		return s3response.CopyObjectOutput{}, refusal("InvalidRequest", http.StatusBadRequest, "the copy source is larger than 5 GiB")
	}
	put := s3response.PutObjectInput{
		Bucket: in.Bucket, Key: in.Key, Body: src.Body, ContentLength: src.ContentLength, ChecksumAlgorithm: in.ChecksumAlgorithm,
		ContentType: src.ContentType, ContentEncoding: src.ContentEncoding, ContentDisposition: src.ContentDisposition,
		ContentLanguage: src.ContentLanguage, CacheControl: src.CacheControl, Expires: src.ExpiresString,
		WebsiteRedirectLocation: in.WebsiteRedirectLocation, Metadata: src.Metadata, Tagging: in.Tagging,
	}
	if in.MetadataDirective == types.MetadataDirectiveReplace {
		put.ContentType, put.ContentEncoding, put.ContentDisposition = in.ContentType, in.ContentEncoding, in.ContentDisposition
		put.ContentLanguage, put.CacheControl, put.Expires, put.Metadata = in.ContentLanguage, in.CacheControl, in.Expires, in.Metadata
	}
	if in.TaggingDirective != types.TaggingDirectiveReplace {
		if put.Tagging, err = b.sourceTags(ctx, in.CopySource); err != nil {
			return s3response.CopyObjectOutput{}, err
		}
	}
	out, err := b.PutObject(ctx, put)
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	head, err := b.HeadObject(ctx, &s3.HeadObjectInput{Bucket: in.Bucket, Key: in.Key})
	if err != nil {
		return s3response.CopyObjectOutput{}, err
	}
	return s3response.CopyObjectOutput{CopyObjectResult: &s3response.CopyObjectResult{
		ETag: &out.ETag, LastModified: head.LastModified, ChecksumType: out.ChecksumType,
		ChecksumCRC32: out.ChecksumCRC32, ChecksumCRC32C: out.ChecksumCRC32C, ChecksumCRC64NVME: out.ChecksumCRC64NVME,
		ChecksumSHA1: out.ChecksumSHA1, ChecksumSHA256: out.ChecksumSHA256,
	}}, nil
}

// openSource reads the object that an x-amz-copy-source header names.
func (b *backend) openSource(ctx context.Context, header *string, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	bucket, key, version, err := vbackend.ParseCopySource(*header)
	if err != nil {
		return nil, err
	}
	if version != "" && version != "null" {
		return nil, s3err.GetInvalidArgumentErr(s3err.InvalidArgVersionId, version)
	}
	none := ""
	in.Bucket, in.Key = &bucket, &key
	if in.Range == nil {
		in.Range = &none
	}
	out, err := b.GetObject(ctx, in)
	var known s3err.S3Error
	if errors.As(err, &known) && known.StatusCode() == http.StatusNotModified {
		return nil, s3err.GetAPIError(s3err.ErrPreconditionFailed) // of a copy, there is no other answer
	}
	return out, err
}

// sourceTags reads the tags of a copy's source in the form of a tagging header.
func (b *backend) sourceTags(ctx context.Context, header *string) (*string, error) {
	bucket, key, _, err := vbackend.ParseCopySource(*header)
	if err != nil {
		return nil, err
	}
	tags, err := b.GetObjectTagging(ctx, bucket, key, "")
	var known s3err.S3Error
	if errors.As(err, &known) && known.StatusCode() == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	values := url.Values{}
	for k, v := range tags {
		values.Set(k, v)
	}
	s := values.Encode()
	return &s, nil
}

// maxBeginTries bounds the race of beginning an upload for a key whose previous
// upload is just ending: posix makes a folder for the key, and removes it when
// it is empty.
const maxBeginTries = 10

// CreateMultipartUpload begins an upload in parts.
func (b *backend) CreateMultipartUpload(ctx context.Context, in s3response.CreateMultipartUploadInput) (s3response.InitiateMultipartUploadResult, error) {
	if err := b.writable(in.Bucket, in.Key); err != nil {
		return s3response.InitiateMultipartUploadResult{}, err
	}
	bucket := in.Bucket
	in.Bucket = b.path(bucket)
	out, err := b.posix.CreateMultipartUpload(unhurried(ctx), in)
	for try := 1; errors.Is(err, fs.ErrNotExist) && try < maxBeginTries; try++ {
		out, err = b.posix.CreateMultipartUpload(unhurried(ctx), in)
	}
	out.Bucket = *bucket
	return out, b.fault("CreateMultipartUpload", err)
}

// UploadPart stores one part. Parts need not outlive a power cut: the object
// they become does.
func (b *backend) UploadPart(ctx context.Context, in *s3.UploadPartInput) (*s3.UploadPartOutput, error) {
	if err := b.writable(in.Bucket, in.Key); err != nil {
		return nil, err
	}
	if err := b.upload(in.Bucket, in.Key, in.UploadId); err != nil {
		return nil, err
	}
	req := *in
	req.Bucket, req.Body = b.path(in.Bucket), exactly(in.Body, in.ContentLength)
	out, err := b.posix.UploadPart(unhurried(ctx), &req)
	return out, b.fault("UploadPart", err)
}

// UploadPartCopy stores a range of another object as a part.
func (b *backend) UploadPartCopy(ctx context.Context, in *s3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	src, err := b.openSource(ctx, in.CopySource, &s3.GetObjectInput{
		Range: in.CopySourceRange, IfMatch: in.CopySourceIfMatch, IfNoneMatch: in.CopySourceIfNoneMatch,
		IfModifiedSince: in.CopySourceIfModifiedSince, IfUnmodifiedSince: in.CopySourceIfUnmodifiedSince,
	})
	if err != nil {
		return s3response.CopyPartResult{}, err
	}
	defer src.Body.Close() // read only: nothing to lose
	out, err := b.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: in.Bucket, Key: in.Key, UploadId: in.UploadId, PartNumber: in.PartNumber,
		Body: src.Body, ContentLength: src.ContentLength,
	})
	if err != nil {
		return s3response.CopyPartResult{}, err
	}
	return s3response.CopyPartResult{
		ETag: out.ETag, LastModified: time.Now().UTC(),
		ChecksumCRC32: out.ChecksumCRC32, ChecksumCRC32C: out.ChecksumCRC32C, ChecksumCRC64NVME: out.ChecksumCRC64NVME,
		ChecksumSHA1: out.ChecksumSHA1, ChecksumSHA256: out.ChecksumSHA256,
	}, nil
}

// CompleteMultipartUpload makes the parts one object, durably.
func (b *backend) CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	if err := b.writable(in.Bucket, in.Key); err != nil {
		return s3response.CompleteMultipartUploadResult{}, "", err
	}
	if err := b.upload(in.Bucket, in.Key, in.UploadId); err != nil {
		return s3response.CompleteMultipartUploadResult{}, "", err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	out, version, err := b.posix.CompleteMultipartUpload(unhurried(ctx), &req)
	if err == nil {
		err = b.settle(in.Bucket, in.Key, true)
	}
	out.Bucket = in.Bucket
	return out, version, b.fault("CompleteMultipartUpload", err)
}

// AbortMultipartUpload forgets an upload and its parts.
func (b *backend) AbortMultipartUpload(ctx context.Context, in *s3.AbortMultipartUploadInput) error {
	if err := b.upload(in.Bucket, in.Key, in.UploadId); err != nil {
		return err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	return b.fault("AbortMultipartUpload", b.posix.AbortMultipartUpload(unhurried(ctx), &req))
}

// ListMultipartUploads lists unfinished uploads.
func (b *backend) ListMultipartUploads(ctx context.Context, in *s3.ListMultipartUploadsInput) (s3response.ListMultipartUploadsResult, error) {
	if err := b.stat(in.Bucket); err != nil {
		return s3response.ListMultipartUploadsResult{}, err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	out, err := b.posix.ListMultipartUploads(unhurried(ctx), &req)
	out.Bucket = *in.Bucket
	return out, b.fault("ListMultipartUploads", err)
}

// ListParts lists the parts of an upload.
func (b *backend) ListParts(ctx context.Context, in *s3.ListPartsInput) (s3response.ListPartsResult, error) {
	if err := b.upload(in.Bucket, in.Key, in.UploadId); err != nil {
		return s3response.ListPartsResult{}, err
	}
	req := *in
	req.Bucket = b.path(in.Bucket)
	out, err := b.posix.ListParts(unhurried(ctx), &req)
	out.Bucket = *in.Bucket
	return out, b.fault("ListParts", err)
}
