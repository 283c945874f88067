package gateway

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/versity/versitygw/auth"
	vbackend "github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/s3api/utils"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"

	"tenon/internal/glue"
)

// Arrivals is told of the objects that clients have put.
type Arrivals interface {
	// Any reports whether anybody may want to know of an object in a region. It is asked at every upload, and cheap.
	Any(region string) bool
	// Arrived is told of an object before its client is answered: an error fails the upload, so that the client repeats it.
	Arrived(ctx context.Context, region, accessKey string, object glue.ObjectCreated) error
}

// arrivals is a backend of one region's front whose uploads are told of: once the object is there for good, before the client
// hears of it. An object can thus arrive twice, but not unnoticed.
type arrivals struct {
	vbackend.Backend
	region string
	owner  string
	told   Arrivals
	log    *slog.Logger
}

// PutObject writes an object and tells of it.
func (a *arrivals) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	object := glue.ObjectCreated{Bucket: aws.ToString(in.Bucket), Key: aws.ToString(in.Key), Size: aws.ToInt64(in.ContentLength), Reason: "PutObject"}
	out, err := a.Backend.PutObject(ctx, in)
	if err == nil && a.told.Any(a.region) {
		object.ETag = out.ETag
		err = a.tell(ctx, object)
	}
	return out, err
}

// CopyObject copies an object and tells of the copy.
func (a *arrivals) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	out, err := a.Backend.CopyObject(ctx, in)
	if err == nil && a.told.Any(a.region) {
		err = a.tellOf(ctx, "CopyObject", in.Bucket, in.Key)
	}
	return out, err
}

// CompleteMultipartUpload makes an object of parts and tells of it.
func (a *arrivals) CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	out, version, err := a.Backend.CompleteMultipartUpload(ctx, in)
	if err == nil && a.told.Any(a.region) {
		err = a.tellOf(ctx, "CompleteMultipartUpload", in.Bucket, in.Key)
	}
	return out, version, err
}

// tellOf tells of an object whose size and ETag only a look at it gives. One that has been deleted meanwhile did arrive.
func (a *arrivals) tellOf(ctx context.Context, op string, bucket, key *string) error {
	object := glue.ObjectCreated{Bucket: aws.ToString(bucket), Key: aws.ToString(key), Reason: op}
	head, err := a.HeadObject(ctx, &s3.HeadObjectInput{Bucket: bucket, Key: key})
	var known s3err.S3Error
	switch {
	case err == nil:
		object.Size, object.ETag = aws.ToInt64(head.ContentLength), aws.ToString(head.ETag)
	case !errors.As(err, &known) || known.StatusCode() != http.StatusNotFound:
		return a.untold(object, err)
	}
	return a.tell(ctx, object)
}

// tell says that an object has arrived.
func (a *arrivals) tell(ctx context.Context, object glue.ObjectCreated) error {
	who, _ := ctx.Value(string(utils.ContextKeyAccount)).(auth.Account)
	object.Requester, object.Sequencer = a.owner, glue.Sequencer(time.Now())
	if err := a.told.Arrived(unhurried(ctx), a.region, who.Access, object); err != nil {
		return a.untold(object, err)
	}
	return nil
}

// untold fails an upload whose event could not be stored.
func (a *arrivals) untold(object glue.ObjectCreated, err error) error {
	a.log.Error("s3 gateway: an object is stored, but not its event", "operation", object.Reason, "bucket", object.Bucket, "key", object.Key, "error", err)
	return s3err.GetAPIError(s3err.ErrInternalError)
}
