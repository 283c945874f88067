package s3

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"tenon/internal/driver/blob"
)

// The conformance suite runs against this driver where its server is: in
// internal/edge/gateway.

// TestConfig: credentials come from the configuration or not at all.
func TestConfig(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	profile := "[lake]\naws_access_key_id = FROMPROFILE\naws_secret_access_key = s\n"
	if err := errors.Join(os.Mkdir(home+"/.aws", 0o700), os.WriteFile(home+"/.aws/credentials", []byte(profile), 0o600),
		os.WriteFile(home+"/elsewhere", []byte("[ambient]\naws_access_key_id = AMBIENT\naws_secret_access_key = s\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_PROFILE", "ambient")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", home+"/elsewhere")
	t.Setenv("AWS_ACCESS_KEY_ID", "AMBIENT")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "ambient")
	t.Setenv("AWS_ENDPOINT_URL", "http://ambient.invalid")
	t.Setenv("AWS_REGION", "eu-ambient-1")
	for name, c := range map[string]struct {
		cfg    Config
		ok     bool
		key    string
		region string
	}{
		"nothing":          {Config{}, false, "", ""},
		"no key":           {Config{Staging: "x"}, false, "", ""},
		"half a key":       {Config{Staging: "x", AccessKeyID: "A"}, false, "", ""},
		"no staging":       {Config{AccessKeyID: "A", SecretAccessKey: "s"}, false, "", ""},
		"half a pair":      {Config{Staging: "x", SecretAccessKey: "s"}, false, "", ""},
		"no such profile":  {Config{Staging: "x", Profile: "absent"}, false, "", ""},
		"key and profile":  {Config{Staging: "x", AccessKeyID: "A", SecretAccessKey: "s", Profile: "lake"}, false, "", ""},
		"a profile":        {Config{Staging: "x", Profile: "lake", Region: "eu-west-1"}, true, "FROMPROFILE", "eu-west-1"},
		"both":             {Config{Staging: "x", AccessKeyID: "A", SecretAccessKey: "s", Ambient: true}, false, "", ""},
		"a key":            {Config{Staging: "x", AccessKeyID: "A", SecretAccessKey: "s"}, true, "A", "us-east-1"},
		"ambient, if told": {Config{Staging: "x", Ambient: true, Region: "us-west-2"}, true, "AMBIENT", "us-west-2"},
	} {
		d, err := New(t.Context(), c.cfg)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil {
			continue
		}
		opt := d.client.Options()
		got, err := opt.Credentials.Retrieve(t.Context())
		if err != nil || got.AccessKeyID != c.key || opt.Region != c.region || opt.BaseEndpoint != nil {
			t.Errorf("%s: key %s, region %s, endpoint %v, %v", name, got.AccessKeyID, opt.Region, opt.BaseEndpoint, err)
		}
	}
}

// TestClassify: what a failure of S3 means to callers.
func TestClassify(t *testing.T) {
	response := func(status int, code string) error {
		return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: &http.Response{StatusCode: status}},
			Err:      &smithy.GenericAPIError{Code: code},
		}}
	}
	for _, c := range []struct {
		err  error
		kind error
	}{
		{response(404, "NoSuchKey"), blob.ErrNotFound},
		{response(404, "NoSuchBucket"), blob.ErrNotFound},
		{response(403, "AccessDenied"), blob.ErrDenied},
		{response(412, "PreconditionFailed"), blob.ErrChanged},
		{response(400, "InvalidArgument"), blob.ErrInvalid},
		{response(400, "RequestTimeout"), blob.ErrUnavailable},
		{response(503, "SlowDown"), blob.ErrUnavailable},
		{response(500, "InternalError"), blob.ErrUnavailable},
		{response(507, "InsufficientStorage"), blob.ErrFull},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, blob.ErrUnavailable},
	} {
		if got := classify(fmt.Errorf("operation: %w", c.err)); !errors.Is(got, c.kind) {
			t.Errorf("%v: %v, want %v", c.err, got, c.kind)
		}
	}
	if classify(nil) != nil {
		t.Error("success is a failure")
	}
}
