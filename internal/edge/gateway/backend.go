package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	vbackend "github.com/versity/versitygw/backend"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"

	"tenon/internal/driver/blob"
)

// backend is what a bucket and an object are to versitygw's front. Operations
// that are not methods here answer NotImplemented.
//
// The work is posix's, which addresses a bucket as a path relative to the
// working directory of the process, and makes its root that directory when it
// is created. A plane must not change its working directory, so posix is
// created where the process already is, and is given absolute paths as bucket
// names: path on the way in, name on the way out.
type backend struct {
	vbackend.BackendUnsupported
	posix *posix.Posix
	root  string // absolute
	owner string
	log   *slog.Logger
}

// newBackend makes the backend for the folder root.
func newBackend(root string, cfg Config, xattrs bool) (*backend, error) {
	md, err := newMetadata(xattrs, cfg.Sidecar)
	if err != nil {
		return nil, err
	}
	p, err := posix.New(".", md, posix.PosixOpts{
		// Temporary files are made in the bucket's reserved folder, where no
		// listing sees them; O_TMPFILE would be linked in under a visible name
		// first whenever it replaces an object.
		ForceNoTmpFile: true,
		// Its lock files would lie in the working directory. Within this
		// process, conditional writes stay atomic without.
		ForceNoObjLockFile:  true,
		Concurrency:         maxFileActions,
		CopyObjectThreshold: maxCopyBytes,
	})
	if err != nil {
		return nil, err
	}
	b := &backend{posix: p, root: root, owner: cfg.Owner, log: cfg.Log}
	return b, b.sweep(time.Now().Add(-minLeftoverAge))
}

// minLeftoverAge is how long a temporary file has not been written to when it
// counts as left behind.
const minLeftoverAge = time.Hour

// sweep removes what uploads of a gateway that was killed have left: files in
// the buckets' reserved folders. Parts of multipart uploads, which lie deeper,
// belong to their uploads.
func (b *backend) sweep(before time.Time) error {
	names, err := filepath.Glob(filepath.Join(escapeGlob(b.root), "*", blob.ReservedSegment, "*"))
	if err != nil {
		return err
	}
	for _, name := range names {
		bucket := filepath.Base(filepath.Dir(filepath.Dir(name)))
		info, err := os.Lstat(name)
		if err != nil || !b.ownsReserved(bucket) || !info.Mode().IsRegular() || info.ModTime().After(before) {
			continue
		}
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// escapeGlob makes a path match itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// Shutdown releases what posix holds.
func (b *backend) Shutdown() { b.posix.Shutdown() }

// String names the backend.
func (b *backend) String() string { return "tenon" }

// NormalizeObjectKey leaves keys alone: check refuses those that need it.
func (b *backend) NormalizeObjectKey(_, key string) string { return key }

// path turns a bucket's name into what posix takes for one.
func (b *backend) path(bucket *string) *string {
	if bucket == nil {
		return nil
	}
	p := filepath.Join(b.root, *bucket)
	return &p
}

// check refuses buckets and keys that the rest of Tenon could not name, so that
// no object is made that a job cannot read: "a//b" would silently become "a/b".
func check(bucket, key *string) error {
	loc := blob.Location{}
	if bucket != nil {
		loc.Bucket = *bucket
	}
	if key != nil {
		loc.Key = *key
	}
	if err := loc.Check(); err != nil {
		return refusal("InvalidArgument", http.StatusBadRequest, err.Error())
	}
	return nil
}

// fault makes an error fit for clients: a full disk by its name, no path of
// this machine in a bucket's name, and what nobody expected into the log.
func (b *backend) fault(op string, err error) error {
	var bucketErr s3err.BucketError
	var known s3err.S3Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)
	case errors.As(err, &bucketErr):
		bucketErr.BucketName = path.Base(bucketErr.BucketName)
		return bucketErr
	case errors.As(err, &known):
		return err
	}
	b.log.Error("s3 gateway", "operation", op, "error", err)
	return s3err.GetAPIError(s3err.ErrInternalError)
}

// settle makes an object that has just appeared durable: its name, and with
// content also its bytes where posix offered no moment before.
func (b *backend) settle(bucket, key *string, content bool) error {
	name := filepath.Join(b.root, *bucket, filepath.FromSlash(*key))
	if content {
		if err := blob.SyncDir(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if err := blob.SyncDir(filepath.Dir(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncStaged makes bytes durable before their object appears.
func syncStaged(f *os.File) error { return f.Sync() }

// unhurried is a request's context without its end. fasthttp ends all contexts
// when the server begins to close; requests in flight shall be answered then.
func unhurried(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// ListBuckets gives the folders that have a bucket's name.
func (b *backend) ListBuckets(_ context.Context, in s3response.ListBucketsInput) (s3response.ListAllMyBucketsResult, error) {
	res := s3response.ListAllMyBucketsResult{Owner: s3response.CanonicalUser{ID: b.owner}, Prefix: in.Prefix}
	entries, err := os.ReadDir(b.root) // in order of names
	if err != nil {
		return res, b.fault("ListBuckets", err)
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasPrefix(name, in.Prefix) || name <= in.ContinuationToken || check(&name, nil) != nil {
			continue
		}
		info, err := e.Info()
		if err != nil || !info.IsDir() {
			continue
		}
		if n := len(res.Buckets.Bucket); in.MaxBuckets > 0 && n == int(in.MaxBuckets) {
			res.ContinuationToken = res.Buckets.Bucket[n-1].Name
			break
		}
		res.Buckets.Bucket = append(res.Buckets.Bucket, s3response.ListAllMyBucketsEntry{Name: name, CreationDate: info.ModTime()})
	}
	return res, nil
}

// stat finds a bucket.
func (b *backend) stat(bucket *string) error {
	if err := check(bucket, nil); err != nil {
		return err
	}
	info, err := os.Lstat(*b.path(bucket))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return s3err.GetBucketErr(s3err.ErrNoSuchBucket, *bucket)
	}
	return b.fault("HeadBucket", err)
}

// HeadBucket finds a bucket.
func (b *backend) HeadBucket(_ context.Context, in *s3.HeadBucketInput) (*s3.HeadBucketOutput, error) {
	return &s3.HeadBucketOutput{}, b.stat(in.Bucket)
}

// GetBucketAcl says that the account owns the bucket and nobody else may enter.
func (b *backend) GetBucketAcl(_ context.Context, in *s3.GetBucketAclInput) ([]byte, error) {
	if err := b.stat(in.Bucket); err != nil {
		return nil, err
	}
	return json.Marshal(map[string]string{"Owner": b.owner})
}

// CreateBucket makes a folder.
func (b *backend) CreateBucket(_ context.Context, in *s3.CreateBucketInput, _ []byte) error {
	if err := check(in.Bucket, nil); err != nil {
		return err
	}
	if in.ObjectLockEnabledForBucket != nil && *in.ObjectLockEnabledForBucket {
		return refusal("NotImplemented", http.StatusNotImplemented, "object lock is not implemented by Tenon")
	}
	err := os.Mkdir(*b.path(in.Bucket), 0o755)
	if errors.Is(err, fs.ErrExist) {
		return s3err.GetBucketErr(s3err.ErrBucketAlreadyOwnedByYou, *in.Bucket)
	}
	if err == nil {
		err = blob.SyncDir(b.root)
	}
	return b.fault("CreateBucket", err)
}

// DeleteBucket removes an empty folder, with unfinished uploads in it.
func (b *backend) DeleteBucket(ctx context.Context, bucket string) error {
	if err := b.stat(&bucket); err != nil {
		return err
	}
	return b.fault("DeleteBucket", b.posix.DeleteBucket(unhurried(ctx), *b.path(&bucket)))
}

// GetBucketVersioning says that there is none.
func (b *backend) GetBucketVersioning(_ context.Context, bucket string) (s3response.GetBucketVersioningOutput, error) {
	return s3response.GetBucketVersioningOutput{}, b.stat(&bucket)
}

// GetBucketPolicy says that there is none.
func (b *backend) GetBucketPolicy(_ context.Context, bucket string) ([]byte, error) {
	return nil, s3err.GetBucketErr(s3err.ErrNoSuchBucketPolicy, bucket)
}

// GetBucketCors says that there is none.
func (b *backend) GetBucketCors(_ context.Context, bucket string) ([]byte, error) {
	return nil, s3err.GetBucketErr(s3err.ErrNoSuchCORSConfiguration, bucket)
}

// GetObjectLockConfiguration says that there is none; every write asks.
func (b *backend) GetObjectLockConfiguration(_ context.Context, bucket string) ([]byte, error) {
	return nil, s3err.GetBucketErr(s3err.ErrObjectLockConfigurationNotFound, bucket)
}
