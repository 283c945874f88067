package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	vbackend "github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/s3proxy"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// upstream is a backend whose buckets and objects are another S3's: requests
// arrive with Tenon's keys and leave with the upstream's. Operations that are
// not methods here answer NotImplemented, as with the folder; versitygw's proxy
// would answer some of them with a success that nothing follows from.
//
// Nothing is repeated here: whoever asked repeats, and bodies come only once.
type upstream struct {
	vbackend.BackendUnsupported
	proxy  *s3proxy.S3Proxy
	client *s3.Client
	owner  string
	spool  string // folder for bodies that must be read before they are sent
	log    *slog.Logger
}

// newUpstream makes the backend over a client.
func newUpstream(cfg Config) (*upstream, error) {
	if err := os.MkdirAll(cfg.Spool, 0o700); err != nil {
		return nil, err
	}
	client := s3.New(cfg.Upstream.Options(), func(o *s3.Options) { o.HTTPClient = unhurriedClient{o.HTTPClient} })
	proxy, err := s3proxy.NewWithClient(context.Background(), client, "") // without a bucket for its own metadata, it calls nobody
	if err != nil {
		return nil, err
	}
	return &upstream{proxy: proxy, client: client, owner: cfg.Owner, spool: cfg.Spool, log: cfg.Log}, nil
}

// unhurriedClient sends requests without their contexts' end, for the reason
// that unhurried gives.
type unhurriedClient struct{ s3.HTTPClient }

// Do sends one request.
func (c unhurriedClient) Do(r *http.Request) (*http.Response, error) {
	return c.HTTPClient.Do(r.WithContext(unhurried(r.Context())))
}

// String names the backend.
func (u *upstream) String() string { return "tenon upstream" }

// ownRefusals are the upstream's ways to refuse the key pair that Tenon signs
// with. Passed on as they are, they would speak of the caller's key.
var ownRefusals = map[string]bool{
	"InvalidAccessKeyId": true, "SignatureDoesNotMatch": true, "InvalidToken": true, "ExpiredToken": true, "TokenRefreshRequired": true,
	"RequestTimeTooSkewed": true, "RequestExpired": true, "InvalidSecurity": true, "NotSignedUp": true,
}

// regionRefusals are the upstream's ways to say that a bucket is elsewhere.
var regionRefusals = map[string]bool{
	"PermanentRedirect": true, "TemporaryRedirect": true, "AuthorizationHeaderMalformed": true, "IllegalLocationConstraintException": true,
}

// fault makes an error fit for clients. The upstream's own refusals are passed
// on, except where they are about Tenon's configuration.
func (u *upstream) fault(op string, err error) error {
	if err == nil {
		return nil
	}
	if said, ok := err.(s3err.APIError); ok { // the answer itself, not a failure on the way
		return u.answer(op, said)
	}
	var known s3err.S3Error
	if errors.As(err, &known) { // of the body, as it was read
		return known
	}
	u.log.Error("upstream s3", "operation", op, "error", err)
	text := "see the server's log"
	var netErr *net.OpError
	if errors.As(err, &netErr) {
		text = netErr.Error()
	}
	return refusal("ServiceUnavailable", http.StatusServiceUnavailable, "the S3 behind Tenon cannot be asked: "+text)
}

// answer is an error that the upstream answered with.
func (u *upstream) answer(op string, said s3err.APIError) error {
	region := u.client.Options().Region
	switch {
	case ownRefusals[said.Code]:
		u.log.Error("upstream s3 refuses the configured credentials", "operation", op, "code", said.Code)
		return refusal("AccessDenied", http.StatusForbidden,
			fmt.Sprintf("the S3 behind Tenon refuses the credentials of Tenon's own configuration (s3:): %s", said.Code))
	case regionRefusals[said.Code], said.HTTPStatusCode/100 == 3 && said.HTTPStatusCode != http.StatusNotModified:
		return refusal("InvalidRequest", http.StatusBadRequest,
			fmt.Sprintf("the S3 behind Tenon is asked in region %s (s3.region), where this bucket is not: %s: %s", region, said.Code, said.Description))
	case said.Code == "AccessDenied":
		said.Description = "the S3 behind Tenon answers: " + said.Description
	}
	if said.HTTPStatusCode == 0 {
		said.HTTPStatusCode = http.StatusInternalServerError
	}
	return said
}

// own is the context of a call to the upstream. It is not the request's: what net/http starts for a call (a dial that
// another connection makes needless) looks at the context after the call has returned, and the server reuses the
// request's by then. Nothing is lost, for the server cancels no request's context. The client's timeouts bound the call.
func own(context.Context) context.Context { return context.Background() }

// call is one delegated operation.
func call[In, Out any](u *upstream, op string, f func(context.Context, In) (Out, error), ctx context.Context, in In) (Out, error) {
	out, err := f(own(ctx), in)
	return out, u.fault(op, err)
}

// ListBuckets lists the buckets of the configured account.
func (u *upstream) ListBuckets(ctx context.Context, in s3response.ListBucketsInput) (s3response.ListAllMyBucketsResult, error) {
	res := s3response.ListAllMyBucketsResult{Owner: s3response.CanonicalUser{ID: u.owner}, Prefix: in.Prefix}
	req := &s3.ListBucketsInput{}
	if in.MaxBuckets > 0 {
		req.MaxBuckets = &in.MaxBuckets
	}
	if in.Prefix != "" {
		req.Prefix = &in.Prefix
	}
	if in.ContinuationToken != "" {
		req.ContinuationToken = &in.ContinuationToken
	}
	out, err := u.client.ListBuckets(own(ctx), req)
	if err != nil {
		return res, u.fault("ListBuckets", asAnswer(err))
	}
	for _, b := range out.Buckets {
		res.Buckets.Bucket = append(res.Buckets.Bucket, s3response.ListAllMyBucketsEntry{Name: aws.ToString(b.Name), CreationDate: aws.ToTime(b.CreationDate)})
	}
	res.ContinuationToken = aws.ToString(out.ContinuationToken)
	return res, nil
}

// HeadBucket finds a bucket.
func (u *upstream) HeadBucket(ctx context.Context, in *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
	return call(u, "HeadBucket", u.proxy.HeadBucket, ctx, in)
}

// GetBucketAcl says that the account owns the bucket. Every request asks; what
// the configured credentials may do, the upstream decides.
func (u *upstream) GetBucketAcl(context.Context, *s3.GetBucketAclInput) ([]byte, error) {
	return json.Marshal(map[string]string{"Owner": u.owner})
}

// CreateBucket makes a bucket in the configured region, whichever the client
// signs for.
func (u *upstream) CreateBucket(ctx context.Context, in *s3.CreateBucketInput, _ []byte) error {
	req := &s3.CreateBucketInput{Bucket: in.Bucket}
	if region := u.client.Options().Region; region != defaultRegion {
		req.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	if aws.ToBool(in.ObjectLockEnabledForBucket) {
		return refusal("NotImplemented", http.StatusNotImplemented, "object lock is not implemented by Tenon")
	}
	return u.fault("CreateBucket", u.proxy.CreateBucket(own(ctx), req, nil))
}

// DeleteBucket removes an empty bucket.
func (u *upstream) DeleteBucket(ctx context.Context, bucket string) error {
	return u.fault("DeleteBucket", u.proxy.DeleteBucket(own(ctx), bucket))
}

// GetBucketPolicy knows of none: the upstream applies its own.
func (u *upstream) GetBucketPolicy(_ context.Context, bucket string) ([]byte, error) {
	return nil, s3err.GetBucketErr(s3err.ErrNoSuchBucketPolicy, bucket)
}

// GetBucketCors knows of none: browsers do not come this way.
func (u *upstream) GetBucketCors(_ context.Context, bucket string) ([]byte, error) {
	return nil, s3err.GetBucketErr(s3err.ErrNoSuchCORSConfiguration, bucket)
}

// GetObjectLockConfiguration knows of none: the upstream applies its own.
func (u *upstream) GetObjectLockConfiguration(_ context.Context, bucket string) ([]byte, error) {
	return nil, s3err.GetBucketErr(s3err.ErrObjectLockConfigurationNotFound, bucket)
}

// ListObjects lists keys, in the old form.
func (u *upstream) ListObjects(ctx context.Context, in *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	return call(u, "ListObjects", u.proxy.ListObjects, ctx, in)
}

// ListObjectsV2 lists keys.
func (u *upstream) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	return call(u, "ListObjectsV2", u.proxy.ListObjectsV2, ctx, in)
}

// PutObject writes an object.
func (u *upstream) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	body, done, err := u.lend(in.Body, in.ContentLength)
	if err != nil {
		return s3response.PutObjectOutput{}, u.fault("PutObject", err)
	}
	defer done()
	in.Body = body
	return call(u, "PutObject", u.proxy.PutObject, ctx, in)
}

// HeadObject describes an object.
func (u *upstream) HeadObject(ctx context.Context, in *s3.HeadObjectInput) (*s3.HeadObjectOutput, error) {
	return call(u, "HeadObject", u.proxy.HeadObject, ctx, in)
}

// GetObject reads an object.
func (u *upstream) GetObject(ctx context.Context, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	return call(u, "GetObject", u.proxy.GetObject, ctx, in)
}

// GetObjectAttributes describes an object otherwise.
func (u *upstream) GetObjectAttributes(ctx context.Context, in *s3.GetObjectAttributesInput) (s3response.GetObjectAttributesResponse, error) {
	return call(u, "GetObjectAttributes", u.proxy.GetObjectAttributes, ctx, in)
}

// CopyObject lets the upstream copy. The front names the caller's key as the
// owner that it expects of the bucket: the upstream knows other owners.
func (u *upstream) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	in.ExpectedBucketOwner = nil
	return call(u, "CopyObject", u.proxy.CopyObject, ctx, in)
}

// DeleteObject removes an object.
func (u *upstream) DeleteObject(ctx context.Context, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	return call(u, "DeleteObject", u.proxy.DeleteObject, ctx, in)
}

// DeleteObjects removes up to 1,000 objects, each with its own outcome.
func (u *upstream) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	return call(u, "DeleteObjects", u.proxy.DeleteObjects, ctx, in)
}

// GetObjectTagging reads an object's tags.
func (u *upstream) GetObjectTagging(ctx context.Context, bucket, key, version string) (map[string]string, error) {
	out, err := u.client.GetObjectTagging(own(ctx), &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key, VersionId: named(version)})
	if err != nil {
		return nil, u.fault("GetObjectTagging", asAnswer(err))
	}
	tags := map[string]string{}
	for _, t := range out.TagSet {
		tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return tags, nil
}

// PutObjectTagging replaces an object's tags.
func (u *upstream) PutObjectTagging(ctx context.Context, bucket, key, version string, tags map[string]string) error {
	set := []types.Tag{}
	for k, v := range tags {
		set = append(set, types.Tag{Key: &k, Value: &v})
	}
	_, err := u.client.PutObjectTagging(own(ctx), &s3.PutObjectTaggingInput{Bucket: &bucket, Key: &key, VersionId: named(version), Tagging: &types.Tagging{TagSet: set}})
	return u.fault("PutObjectTagging", asAnswer(err))
}

// DeleteObjectTagging removes an object's tags.
func (u *upstream) DeleteObjectTagging(ctx context.Context, bucket, key, version string) error {
	_, err := u.client.DeleteObjectTagging(own(ctx), &s3.DeleteObjectTaggingInput{Bucket: &bucket, Key: &key, VersionId: named(version)})
	return u.fault("DeleteObjectTagging", asAnswer(err))
}

// CreateMultipartUpload begins an upload in parts.
func (u *upstream) CreateMultipartUpload(ctx context.Context, in s3response.CreateMultipartUploadInput) (s3response.InitiateMultipartUploadResult, error) {
	return call(u, "CreateMultipartUpload", u.proxy.CreateMultipartUpload, ctx, in)
}

// UploadPart stores one part.
func (u *upstream) UploadPart(ctx context.Context, in *s3.UploadPartInput) (*s3.UploadPartOutput, error) {
	body, done, err := u.lend(in.Body, in.ContentLength)
	if err != nil {
		return nil, u.fault("UploadPart", err)
	}
	defer done()
	req := *in
	req.Body = body
	return call(u, "UploadPart", u.proxy.UploadPart, ctx, &req)
}

// UploadPartCopy stores a range of another object as a part.
func (u *upstream) UploadPartCopy(ctx context.Context, in *s3.UploadPartCopyInput) (s3response.CopyPartResult, error) {
	return call(u, "UploadPartCopy", u.proxy.UploadPartCopy, ctx, in)
}

// CompleteMultipartUpload makes the parts one object.
func (u *upstream) CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	out, version, err := u.proxy.CompleteMultipartUpload(own(ctx), in)
	return out, version, u.fault("CompleteMultipartUpload", err)
}

// AbortMultipartUpload forgets an upload and its parts.
func (u *upstream) AbortMultipartUpload(ctx context.Context, in *s3.AbortMultipartUploadInput) error {
	return u.fault("AbortMultipartUpload", u.proxy.AbortMultipartUpload(own(ctx), in))
}

// ListMultipartUploads lists unfinished uploads.
func (u *upstream) ListMultipartUploads(ctx context.Context, in *s3.ListMultipartUploadsInput) (s3response.ListMultipartUploadsResult, error) {
	return call(u, "ListMultipartUploads", u.proxy.ListMultipartUploads, ctx, in)
}

// ListParts lists the parts of an upload.
func (u *upstream) ListParts(ctx context.Context, in *s3.ListPartsInput) (s3response.ListPartsResult, error) {
	return call(u, "ListParts", u.proxy.ListParts, ctx, in)
}

// named is a version, or nothing where none was named.
func named(version string) *string {
	if version == "" {
		return nil
	}
	return &version
}
