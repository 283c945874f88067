package glue

import (
	"fmt"
	"time"
)

// ObjectCreated is the detail of an event object.created: an object that arrived.
type ObjectCreated struct {
	Bucket    string `json:"bucket"`
	Key       string `json:"key"`
	Size      int64  `json:"size"` // bytes
	ETag      string `json:"etag,omitempty"`
	Sequencer string `json:"sequencer"` // see Sequencer
	Requester string `json:"requester,omitempty"`
	Reason    string `json:"reason"` // the operation: PutObject, CompleteMultipartUpload, CopyObject
}

// Sequencer is a text that sorts, of two writes of one key, after that of the earlier one: S3's order of events.
func Sequencer(at time.Time) string { return fmt.Sprintf("%016X", at.UnixNano()) }
