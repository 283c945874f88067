package blob

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// Limits of names. Those of S3, and for a segment that of file systems.
const (
	minBucketBytes  = 3
	maxBucketBytes  = 63
	maxKeyBytes     = 1024
	maxSegmentBytes = 255
)

// ReservedSegment is the folder inside a bucket where the S3 gateway keeps
// unfinished uploads. It is never a key, never listed.
const ReservedSegment = ".sgwtmp"

// Location is a place in object storage. An empty Key is the whole bucket; a
// Key ending in "/" can only be a directory. With Disk it is a file of this
// machine instead: no Bucket, and Key is its absolute path without the first
// slash.
type Location struct {
	Bucket, Key string
	Disk        bool
}

// Parse reads s3://bucket/key, and s3a:// and s3n:// alike: Hadoop's names for
// the same storage. The key is taken as it stands: no percent-decoding, no
// query, as Spark does. A key that could climb out of a folder, or that a
// folder cannot represent, is ErrInvalid with the reason.
func Parse(url string) (Location, error) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return Location{}, wrap("parse", url, fmt.Errorf("%w location: want s3://bucket/key", ErrInvalid))
	}
	bucket, key, _ := strings.Cut(rest, "/")
	loc := Location{Bucket: bucket, Key: key}
	switch strings.ToLower(scheme) {
	case "s3", "s3a", "s3n":
	case "file":
		loc.Disk = true
	default:
		return Location{}, wrap("parse", url, fmt.Errorf("%w location: scheme %q is not s3, s3a or s3n", ErrInvalid, scheme))
	}
	if err := loc.Check(); err != nil {
		return Location{}, wrap("parse", url, err)
	}
	return loc, nil
}

// Check applies the rules for bucket names and keys.
func (l Location) Check() error {
	if l.Disk && l.Bucket != "" {
		return fmt.Errorf("%w location: file://%s names a host; write file:///path", ErrInvalid, l.Bucket)
	}
	if reason := bucketFault(l.Bucket); reason != "" && !l.Disk {
		return fmt.Errorf("%w bucket name %q: %s", ErrInvalid, l.Bucket, reason)
	}
	if reason := keyFault(l.Key); reason != "" {
		return fmt.Errorf("%w key %q: %s", ErrInvalid, l.Key, reason)
	}
	return nil
}

// String gives the s3:// form, or file:/// on disk, whatever scheme it was parsed from.
func (l Location) String() string {
	if l.Disk {
		return "file:///" + l.Key
	}
	return "s3://" + l.Bucket + "/" + l.Key
}

// dir is the key as a prefix of what lies below it.
func (l Location) dir() string {
	if l.Key == "" || strings.HasSuffix(l.Key, "/") {
		return l.Key
	}
	return l.Key + "/"
}

// bucketFault says why name cannot be a bucket, "" if it can.
// Source: S3 User Guide, "General purpose bucket naming rules".
func bucketFault(name string) string {
	if len(name) < minBucketBytes || len(name) > maxBucketBytes {
		return fmt.Sprintf("must have %d to %d characters", minBucketBytes, maxBucketBytes)
	}
	for i := range len(name) {
		c := name[i]
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !alnum && c != '-' && c != '.' {
			return "only lower-case letters, digits, '-' and '.'"
		}
		if !alnum && (i == 0 || i == len(name)-1) {
			return "must begin and end with a letter or digit"
		}
	}
	if strings.Contains(name, "..") {
		return "must not have two dots in a row"
	}
	if a, err := netip.ParseAddr(name); err == nil && a.Is4() {
		return "must not look like an IP address"
	}
	return ""
}

// keyFault says why key cannot be an object's, or a directory's, "" if it can.
func keyFault(key string) string {
	switch {
	case len(key) > maxKeyBytes:
		return fmt.Sprintf("longer than %d bytes", maxKeyBytes)
	case !utf8.ValidString(key):
		return "not UTF-8"
	case strings.ContainsRune(key, 0):
		return "contains NUL"
	}
	for seg := range strings.SplitSeq(strings.TrimSuffix(key, "/"), "/") {
		switch {
		case seg == "" && key != "":
			return "has an empty segment ('//'), which a folder cannot hold"
		case seg == "." || seg == "..":
			return "has a segment '.' or '..'"
		case len(seg) > maxSegmentBytes:
			return fmt.Sprintf("has a segment longer than %d bytes, which a folder cannot hold", maxSegmentBytes)
		case seg == ReservedSegment:
			return ReservedSegment + " is reserved for the S3 gateway"
		}
	}
	return ""
}

// Hidden tells whether Spark skips an object when it reads a directory: any
// segment of its key below that directory begins with "_" or ".", or the name
// ends in "_$folder$" (a directory marker of old Hadoop). A "_" segment that is
// a partition ("_year=2024") counts as data. rel is the key relative to the
// directory read. Source: Spark, HadoopFSUtils.shouldFilterOutPathName.
func Hidden(rel string) bool {
	if strings.HasSuffix(rel, "_$folder$") || strings.HasSuffix(rel, "._COPYING_") {
		return true
	}
	for seg := range strings.SplitSeq(rel, "/") {
		if strings.HasPrefix(seg, ".") || strings.HasPrefix(seg, "_") && !strings.Contains(seg, "=") {
			return true
		}
	}
	return false
}
