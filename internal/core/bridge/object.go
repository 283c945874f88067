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
	Sequencer string `json:"sequencer,omitempty"` // hexadecimal; see glue.Sequencer
}

// objectCreated tells of an object that arrived, and names its bucket among the resources.
func (s *Event) objectCreated(e glue.Event) (any, bool) {
	o, ok := read[glue.ObjectCreated](e)
	s.Resources = []string{"arn:aws:s3:::" + o.Bucket}
	return objectDetail{"0", bucket{o.Bucket}, object{o.Key, o.Size, strings.Trim(o.ETag, `"`), o.Sequencer}, o.Requester, o.Reason},
		ok && o.Bucket != "" && o.Key != ""
}
