package client

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tenon/internal/glue"
	"tenon/internal/sigv4"
)

// Objects puts objects into an S3 endpoint with path-style addressing: all that the command line needs of S3.
type Objects struct {
	Endpoint    string
	Region      string
	Credentials sigv4.Credentials
	HTTP        *http.Client // nil: http.DefaultClient
}

// MakeBucket makes a bucket; one that is there already is fine.
func (o *Objects) MakeBucket(ctx context.Context, bucket string) error {
	err := o.put(ctx, "/"+bucket, nil)
	var refused *glue.Error
	if errors.As(err, &refused) && strings.HasPrefix(string(refused.Code), "BucketAlready") {
		return nil
	}
	return err
}

// Put stores an object of a size that memory holds and returns its s3:// URL.
func (o *Objects) Put(ctx context.Context, bucket, key string, body []byte) (string, error) {
	return "s3://" + bucket + "/" + key, o.put(ctx, "/"+bucket+"/"+key, body)
}

// strictEscape escapes what package url leaves in a path and S3's signature does not: the server signs what it would have
// escaped itself.
var strictEscape = strings.NewReplacer("!", "%21", "$", "%24", "&", "%26", "'", "%27", "(", "%28", ")", "%29", "*", "%2A",
	"+", "%2B", ",", "%2C", ":", "%3A", ";", "%3B", "=", "%3D", "@", "%40")

// put makes one signed PUT. A refusal is a *glue.Error with S3's code.
func (o *Objects) put(ctx context.Context, path string, body []byte) error {
	target := o.Endpoint + strictEscape.Replace((&url.URL{Path: path}).EscapedPath())
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, target, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	sigv4.Sign(req, body, o.Credentials, o.Region, "s3", time.Now())
	hc := o.HTTP
	if hc == nil {
		hc = http.DefaultClient
	}
	resp, err := hc.Do(req)
	if err != nil {
		return fmt.Errorf("client: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	if err != nil {
		return fmt.Errorf("client: read answer of PUT %s: %w", path, err)
	}
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	var refused struct{ Code, Message string }
	if xml.Unmarshal(answer, &refused) != nil || refused.Code == "" {
		return fmt.Errorf("client: PUT %s: %s", path, resp.Status)
	}
	return &glue.Error{Code: glue.Code(refused.Code), Op: "PUT " + path, Message: refused.Message}
}
