// Package s3 is object storage on an S3 endpoint.
package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"tenon/internal/driver/blob"
)

// Config says where objects are and who asks for them.
type Config struct {
	// Endpoint is a base URL, such as http://127.0.0.1:9000; buckets are then
	// addressed by path. "" is AWS itself, with Region.
	Endpoint string
	Region   string // default us-east-1

	// The key pair that signs. Both are required unless Ambient is set.
	AccessKeyID, SecretAccessKey, SessionToken string

	// Ambient takes credentials from the environment, the AWS files and the
	// instance, in the SDK's order. Only an operator who wrote so in Tenon's
	// configuration may set it: a shell's AWS_PROFILE must not decide where a
	// job writes.
	Ambient bool

	// Staging is the local folder in which output is made before it is
	// uploaded. Required.
	Staging string
}

// withDefaults fills in what may be left out.
func (c Config) withDefaults() Config {
	if c.Region == "" {
		c.Region = "us-east-1"
	}
	return c
}

// validate refuses what cannot work.
func (c Config) validate() error {
	switch {
	case c.Staging == "":
		return errors.New("s3 storage: no staging folder")
	case c.Ambient && c.AccessKeyID != "":
		return errors.New("s3 storage: both an access key and ambient credentials")
	case !c.Ambient && (c.AccessKeyID == "" || c.SecretAccessKey == ""):
		return errors.New("s3 storage: access key id and secret access key are required")
	}
	return nil
}

// Driver is a blob.Driver over one S3 endpoint.
type Driver struct {
	client  *s3.Client
	staging string
}

// New makes a driver. It calls nobody yet, except with Ambient.
func New(ctx context.Context, cfg Config) (*Driver, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	opt := s3.Options{
		Region:           cfg.Region,
		Retryer:          aws.NopRetryer{}, // blob.Storage repeats
		HTTPClient:       awshttp.NewBuildableClient(),
		RetryMaxAttempts: 1,
	}
	if cfg.Endpoint != "" {
		opt.BaseEndpoint = aws.String(cfg.Endpoint)
		opt.UsePathStyle = true
	}
	if cfg.Ambient {
		ambient, err := config.LoadDefaultConfig(ctx, config.WithRegion(cfg.Region))
		if err != nil {
			return nil, fmt.Errorf("s3 storage: ambient credentials: %w", err)
		}
		opt.Credentials = ambient.Credentials
	} else {
		opt.Credentials = credentials.NewStaticCredentialsProvider(cfg.AccessKeyID, cfg.SecretAccessKey, cfg.SessionToken)
	}
	return &Driver{client: s3.New(opt), staging: cfg.Staging}, nil
}

// LocalPath finds nothing: no object has a file.
func (d *Driver) LocalPath(blob.Location) (string, bool) { return "", false }

// Staging is the configured folder.
func (d *Driver) Staging() string { return d.staging }

// Stat asks for an object's head.
func (d *Driver) Stat(ctx context.Context, loc blob.Location) (blob.Object, error) {
	out, err := d.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &loc.Bucket, Key: &loc.Key})
	if err != nil {
		return blob.Object{}, classify(err)
	}
	return blob.Object{
		Location: loc,
		Size:     aws.ToInt64(out.ContentLength),
		ModTime:  aws.ToTime(out.LastModified).UTC(),
		Version:  aws.ToString(out.ETag),
	}, nil
}

// Open gets an object, or a range of it.
func (d *Driver) Open(ctx context.Context, loc blob.Location, r blob.Range, version string) (io.ReadCloser, blob.Object, error) {
	if r.Length == 0 {
		return d.openEmpty(ctx, loc, version)
	}
	in := &s3.GetObjectInput{Bucket: &loc.Bucket, Key: &loc.Key}
	switch {
	case r.Length > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%d", r.Offset, r.Offset+r.Length-1))
	case r.Offset > 0:
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", r.Offset))
	}
	if version != "" {
		in.IfMatch = &version
	}
	out, err := d.client.GetObject(ctx, in)
	if re := (*awshttp.ResponseError)(nil); errors.As(err, &re) && re.HTTPStatusCode() == http.StatusRequestedRangeNotSatisfiable {
		return d.openEmpty(ctx, loc, version)
	}
	if err != nil {
		return nil, blob.Object{}, classify(err)
	}
	o := blob.Object{
		Location: loc,
		Size:     aws.ToInt64(out.ContentLength),
		ModTime:  aws.ToTime(out.LastModified).UTC(),
		Version:  aws.ToString(out.ETag),
	}
	// A range's length is not the object's: that follows the "/".
	if _, total, ok := strings.Cut(aws.ToString(out.ContentRange), "/"); ok {
		if o.Size, err = strconv.ParseInt(total, 10, 64); err != nil {
			return nil, blob.Object{}, errors.Join(fmt.Errorf("content range %q", *out.ContentRange), out.Body.Close())
		}
	}
	return body{out.Body}, o, nil
}

// openEmpty is Open for a range without bytes, which S3 cannot express.
func (d *Driver) openEmpty(ctx context.Context, loc blob.Location, version string) (io.ReadCloser, blob.Object, error) {
	o, err := d.Stat(ctx, loc)
	if err == nil && version != "" && version != o.Version {
		err = blob.ErrChanged
	}
	return http.NoBody, o, err
}

// body is a response's, whose failures are those of a connection.
type body struct{ io.ReadCloser }

// Read marks a broken connection as worth another.
func (b body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", blob.ErrUnavailable, err)
	}
	return n, err
}

// List pages through a prefix.
func (d *Driver) List(ctx context.Context, bucket string, q blob.Query) iter.Seq2[blob.Object, error] {
	return func(yield func(blob.Object, error) bool) {
		in := &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &q.Prefix}
		if q.After != "" {
			in.StartAfter = &q.After
		}
		if q.Flat {
			in.Delimiter = aws.String("/")
		}
		for p := s3.NewListObjectsV2Paginator(d.client, in); p.HasMorePages(); {
			page, err := p.NextPage(ctx)
			if err != nil {
				yield(blob.Object{}, classify(err))
				return
			}
			for _, c := range page.Contents {
				o := blob.Object{
					Location: blob.Location{Bucket: bucket, Key: aws.ToString(c.Key)},
					Size:     aws.ToInt64(c.Size),
					ModTime:  aws.ToTime(c.LastModified).UTC(),
					Version:  aws.ToString(c.ETag),
				}
				if !yield(o, nil) {
					return
				}
			}
		}
	}
}

// Delete removes an object; S3 does not mind if it is not there.
func (d *Driver) Delete(ctx context.Context, loc blob.Location) error {
	_, err := d.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &loc.Bucket, Key: &loc.Key})
	return classify(err)
}

// classify gives an SDK error its kind.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var kind error
	var re *awshttp.ResponseError
	if errors.As(err, &re) {
		switch re.HTTPStatusCode() {
		case http.StatusNotFound:
			kind = blob.ErrNotFound
		case http.StatusForbidden, http.StatusUnauthorized:
			kind = blob.ErrDenied
		case http.StatusPreconditionFailed:
			kind = blob.ErrChanged
		case http.StatusInsufficientStorage:
			kind = blob.ErrFull
		case http.StatusBadRequest:
			kind = blob.ErrInvalid
		}
	}
	var api smithy.APIError
	if errors.As(err, &api) && (api.ErrorCode() == "NoSpaceLeftOnDevice" || api.ErrorCode() == "QuotaExceeded") {
		kind = blob.ErrFull
	}
	var netErr net.Error
	if kind == nil || errors.Is(kind, blob.ErrInvalid) {
		if retryable(err) || errors.As(err, &netErr) {
			kind = blob.ErrUnavailable
		}
	}
	if kind == nil {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}

// retryable asks the SDK's own rules: throttling, 5xx, broken connections.
func retryable(err error) bool {
	for _, r := range retry.DefaultRetryables {
		if r.IsErrorRetryable(err) == aws.TrueTernary {
			return true
		}
	}
	for code := range retry.DefaultThrottleErrorCodes {
		var api smithy.APIError
		if errors.As(err, &api) && api.ErrorCode() == code {
			return true
		}
	}
	return false
}
