package bridge

import (
	"strings"

	"tenon/internal/glue"
)

// objectDetail is the detail of Object Created. What Tenon's S3 does not know, the version, the request's id and the address
// of the client, is left out.
type objectDetail struct {
	Version   string `json:"version"` // "0"
	Bucket    bucket `json:"bucket"`
	Object    object `json:"object"`
	Requester string `json:"requester,omitempty"`
	Reason    string `json:"reason"` // the operation, such as PutObject
}

// bucket is where an object arrived.
type bucket struct {
	Name string `json:"name"`
}

// object is what arrived.
type object struct {
	Key       string `json:"key"`
	Size      int64  `json:"size"` // bytes
	ETag      string `json:"etag,omitempty"`
	Sequencer string `json:"sequencer,omitempty"` // hexadecimal; a later write of the same key has a greater one
}

// objectCreated tells of an object that arrived, and names its bucket among the resources.
func (s *Event) objectCreated(e glue.Event) (any, bool) {
	stored, ok := read[struct {
		object
		Bucket    string `json:"bucket"`
		Requester string `json:"requester"`
		Reason    string `json:"reason"`
	}](e)
	stored.ETag = strings.Trim(stored.ETag, `"`)
	s.Resources = []string{"arn:aws:s3:::" + stored.Bucket}
	return objectDetail{"0", bucket{stored.Bucket}, stored.object, stored.Requester, stored.Reason}, ok && stored.Bucket != "" && stored.Key != ""
}
