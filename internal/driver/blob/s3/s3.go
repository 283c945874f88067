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
	"time"

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
	// Endpoint is a base URL, such as http://127.0.0.1:9000. "" is AWS itself,
	// with Region.
	Endpoint string
	Region   string // default us-east-1
	// PathStyle addresses buckets by path and not by host name. Nil means: if
	// there is an Endpoint.
	PathStyle *bool

	// The key pair that signs: this, or Profile, or Ambient.
	AccessKeyID, SecretAccessKey string

	// Profile takes credentials from a profile of the AWS files in the user's
	// home, wherever the environment says that such files are.
	Profile string

	// Ambient takes credentials from the environment, the AWS files and the
	// instance, in the SDK's order. Only an operator who wrote so in Tenon's
	// configuration may set it: a shell's AWS_PROFILE must not decide where a
	// job writes.
	Ambient bool

	// Staging is the local folder in which output is made before it is
	// uploaded. Required by New.
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
	ways := 0
	for _, way := range []bool{c.AccessKeyID != "" || c.SecretAccessKey != "", c.Profile != "", c.Ambient} {
		if way {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("s3 storage: want an access key, a profile or ambient credentials, and one of them only")
	case (c.AccessKeyID == "") != (c.SecretAccessKey == ""):
		return errors.New("s3 storage: access key id and secret access key belong together")
	}
	return nil
}

// responseTimeout bounds the wait for an answer's first byte, once a request is
// sent whole.
const responseTimeout = 2 * time.Minute

// Driver is a blob.Driver over one S3 endpoint.
type Driver struct {
	client  *s3.Client
	staging string
}

// New makes a driver. It calls nobody yet.
func New(ctx context.Context, cfg Config) (*Driver, error) {
	if cfg.Staging == "" {
		return nil, errors.New("s3 storage: no staging folder")
	}
	client, err := NewClient(ctx, cfg)
	if err != nil {
		return nil, err
	}
	return &Driver{client: client, staging: cfg.Staging}, nil
}

// NewClient makes the SDK's client for an endpoint. It repeats nothing, and
// looks at no AWS_ variable unless Ambient is set.
func NewClient(ctx context.Context, cfg Config) (*s3.Client, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	opt := s3.Options{
		Region:       cfg.Region,
		UsePathStyle: cfg.Endpoint != "",
		Retryer:      aws.NopRetryer{}, // blob.Storage repeats
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.ResponseHeaderTimeout = responseTimeout
		}),
		RetryMaxAttempts: 1,
	}
	if cfg.Endpoint != "" {
		opt.BaseEndpoint = aws.String(cfg.Endpoint)
	}
	if cfg.PathStyle != nil {
		opt.UsePathStyle = *cfg.PathStyle
	}
	var err error
	opt.Credentials, err = cfg.provider(ctx)
	return s3.New(opt), err
}

// provider is where the credentials come from.
func (c Config) provider(ctx context.Context) (aws.CredentialsProvider, error) {
	var from []func(*config.LoadOptions) error
	switch {
	case c.Profile != "":
		from = append(from, config.WithSharedConfigProfile(c.Profile),
			config.WithSharedConfigFiles([]string{config.DefaultSharedConfigFilename()}),
			config.WithSharedCredentialsFiles([]string{config.DefaultSharedCredentialsFilename()}))
	case !c.Ambient:
		return credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, ""), nil
	}
	loaded, err := config.LoadDefaultConfig(ctx, append(from, config.WithRegion(c.Region))...)
	if err != nil {
		return nil, fmt.Errorf("s3 storage: credentials: %w", err)
	}
	return loaded.Credentials, nil
}

// LocalPath finds nothing: no object has a file.
func (d *Driver) LocalPath(blob.Location) (string, bool) { return "", false }

// Staging is the configured folder.
func (d *Driver) Staging() string { return d.staging }

// Stat asks for an object's head.
func (d *Driver) Stat(ctx context.Context, loc blob.Location) (blob.Object, error) {
	out, err := d.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &loc.Bucket, Key: &loc.Key})
	if err = classify(err); errors.Is(err, blob.ErrDenied) {
		err = d.explain(ctx, loc, err)
	}
	if err != nil {
		return blob.Object{}, err
	}
	return blob.Object{
		Location: loc,
		Size:     aws.ToInt64(out.ContentLength),
		ModTime:  aws.ToTime(out.LastModified).UTC(),
		Version:  aws.ToString(out.ETag),
	}, nil
}

// explain asks once more for what a HEAD was denied, by a GET: only its refusal
// has a text.
func (d *Driver) explain(ctx context.Context, loc blob.Location, denied error) error {
	out, err := d.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &loc.Bucket, Key: &loc.Key, Range: aws.String("bytes=0-0")})
	if err == nil {
		return errors.Join(denied, out.Body.Close())
	}
	if err = classify(err); errors.Is(err, blob.ErrDenied) {
		return err
	}
	return denied
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

// Probe makes one call that changes nothing, to find out whether the endpoint
// answers and takes the credentials. That it may not list buckets is no failure:
// many a good key may not.
func Probe(ctx context.Context, cfg Config) error {
	client, err := NewClient(ctx, cfg)
	if err != nil {
		return err
	}
	_, err = client.ListBuckets(ctx, &s3.ListBucketsInput{MaxBuckets: aws.Int32(1)})
	var api smithy.APIError
	if errors.As(err, &api) && api.ErrorCode() == "AccessDenied" {
		return nil
	}
	return classify(err)
}
