package gateway

import (
	"net/http"
	"regexp"

	"github.com/versity/versitygw/s3err"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
)

// errLink answers writes to names that lead through a symbolic link.
var errLink = refusal("InvalidRequest", http.StatusBadRequest,
	"the key leads through a symbolic link, or to no regular file, in the storage folder: Tenon does not follow it")

// uploadForm is what ids of uploads look like: posix takes random UUIDs.
var uploadForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// guard is at the top of every operation on an object: it refuses names that
// cannot be, missing buckets, and with the error otherwise names that are not
// plain.
func (b *backend) guard(bucket, key *string, otherwise error) error {
	if err := check(bucket, key); err != nil {
		return err
	}
	if err := b.stat(bucket); err != nil {
		return err
	}
	if !file.Plain(b.root, blob.Location{Bucket: *bucket, Key: *key}) {
		return otherwise
	}
	return nil
}

// readable is guard for what must be there.
func (b *backend) readable(bucket, key *string) error {
	return b.guard(bucket, key, s3err.GetAPIError(s3err.ErrNoSuchKey))
}

// writable is guard for what is to be made, by way of the reserved folder.
func (b *backend) writable(bucket, key *string) error {
	err := b.guard(bucket, key, errLink)
	if err == nil && !b.ownsReserved(*bucket) {
		err = errLink
	}
	return err
}

// upload is guard for an unfinished upload, which lies in the reserved folder.
// Its id becomes a part of a path: "../.." must not.
func (b *backend) upload(bucket, key, id *string) error {
	if err := check(bucket, key); err != nil {
		return err
	}
	if err := b.stat(bucket); err != nil {
		return err
	}
	if id == nil {
		return s3err.GetNoSuchUploadErr("")
	}
	if !uploadForm.MatchString(*id) || !b.ownsReserved(*bucket) {
		return s3err.GetNoSuchUploadErr(*id)
	}
	return nil
}

// ownsReserved tells whether a bucket's reserved folder is in the bucket.
func (b *backend) ownsReserved(bucket string) bool {
	return file.Plain(b.root, blob.Location{Bucket: bucket, Key: blob.ReservedSegment + "/multipart"})
}
