package neighbour

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"tenon/internal/core/bridge"
	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// Bounds of PutEvents, which are EventBridge's own.
const (
	maxPutEntries    = 10
	maxPutBytes      = 256 << 10 // of all entries of a request, as entrySize counts
	timeBytes        = 14        // that a Time counts for
	maxEventSource   = 256
	maxDetailType    = 128
	maxEventResource = 2048 // characters of one
)

// putEntry is one entry of PutEvents.
type putEntry struct {
	Time        *float64 // seconds since 1970; absent: now
	Source      string
	Resources   []string
	DetailType  string
	Detail      string
	EventBus    string `json:"EventBusName"`
	TraceHeader string // of X-Ray, which nobody here traces with
}

// putResult is what became of an entry: an id, or why there is none.
type putResult struct {
	EventID      string `json:"EventId,omitempty"`
	ErrorCode    string `json:"ErrorCode,omitempty"`
	ErrorMessage string `json:"ErrorMessage,omitempty"`
}

// putAnswer is the answer of PutEvents. Its entries are in the order of the request's.
type putAnswer struct {
	Failed  int         `json:"FailedEntryCount"`
	Entries []putResult `json:"Entries"`
}

// putEvents is PutEvents: the entries that are well formed are durable when it answers; the others are told one by one.
func (e *EventBridge) putEvents(ctx context.Context, c api.Call, body []byte) (any, error) {
	var in struct {
		Entries    []putEntry
		EndpointID string `json:"EndpointId"`
	}
	if err := decodeEvent(body, &in); err != nil {
		return nil, err
	}
	switch n := len(in.Entries); {
	case in.EndpointID != "":
		return nil, glue.Errorf(glue.CodeValidation, "Tenon has no global endpoints: EndpointId is not served.")
	case n < 1:
		return nil, glue.Errorf(glue.CodeValidation, "1 validation error detected: Value '[]' at 'entries' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case n > maxPutEntries:
		return nil, glue.Errorf(glue.CodeValidation, "1 validation error detected: Value '[%d entries]' at 'entries' failed to satisfy constraint: Member must have length less than or equal to %d", n, maxPutEntries)
	}
	total := 0
	for i := range in.Entries {
		total += in.Entries[i].size()
	}
	if total > maxPutBytes {
		return nil, glue.Errorf(glue.CodeValidation, "Total size of the entries in the request is over the limit: %d of %d bytes.", total, maxPutBytes)
	}
	out := putAnswer{Entries: make([]putResult, len(in.Entries))}
	var good []api.Received
	var places []int
	now := time.Now()
	for i := range in.Entries {
		entry := &in.Entries[i]
		if refused := entry.check(e, c.Region); refused != nil {
			out.Entries[i], out.Failed = *refused, out.Failed+1
			continue
		}
		id := uuid()
		detail, err := json.Marshal(entry.event(id, e.Account, c.Region, now))
		if err != nil {
			return nil, fmt.Errorf("neighbour: event: %w", err)
		}
		good, places = append(good, api.Received{ID: id, Detail: detail}), append(places, i)
	}
	if len(good) == 0 {
		return out, nil
	}
	ids, err := e.Store.Receive(ctx, c, hash(body), good)
	if err != nil {
		return nil, err
	}
	for n, i := range places {
		out.Entries[i].EventID = ids[n]
	}
	return out, nil
}

// size is how many bytes EventBridge counts an entry for.
func (p *putEntry) size() int {
	n := len(p.Source) + len(p.DetailType) + len(p.Detail)
	if p.Time != nil {
		n += timeBytes
	}
	for _, r := range p.Resources {
		n += len(r)
	}
	return n
}

// check refuses an entry as EventBridge does; nil: it is good.
func (p *putEntry) check(e *EventBridge, region string) *putResult {
	invalid := func(name, why string) *putResult {
		return &putResult{ErrorCode: "InvalidArgument", ErrorMessage: fmt.Sprintf("Parameter %s is not valid. Reason: %s", name, why)}
	}
	switch source := strings.ToLower(p.Source); {
	case p.Source == "":
		return invalid("Source", "Source is a required argument.")
	case len(p.Source) > maxEventSource:
		return invalid("Source", fmt.Sprintf("Source is longer than %d characters.", maxEventSource))
	case strings.HasPrefix(source, "aws.") || source == bridge.SourceTenon:
		return &putResult{ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source."}
	case p.DetailType == "":
		return invalid("DetailType", "DetailType is a required argument.")
	case len(p.DetailType) > maxDetailType:
		return invalid("DetailType", fmt.Sprintf("DetailType is longer than %d characters.", maxDetailType))
	case p.Detail == "":
		return invalid("Detail", "Detail is a required argument.")
	case p.Time != nil && !(*p.Time >= 0 && *p.Time < math.MaxInt32*4.0):
		return invalid("Time", "Time is not a time between 1970 and 2242.")
	}
	if err := (&busName{p.EventBus}).check(e, region); err != nil {
		return &putResult{ErrorCode: string(codeEventNotFound), ErrorMessage: fmt.Sprintf("Event bus %s does not exist.", shown(p.EventBus))}
	}
	for _, r := range p.Resources {
		if len(r) > maxEventResource {
			return invalid("Resources", fmt.Sprintf("one is longer than %d characters.", maxEventResource))
		}
	}
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(p.Detail), &object) != nil || object == nil {
		return &putResult{ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed."}
	}
	return nil
}

// event is the entry as EventBridge hands it on.
func (p *putEntry) event(id, account, region string, now time.Time) map[string]any {
	at := now
	if p.Time != nil {
		at = time.UnixMilli(int64(*p.Time * 1000))
	}
	resources := p.Resources
	if resources == nil {
		resources = []string{}
	}
	return map[string]any{"version": "0", "id": id, "detail-type": p.DetailType, "source": p.Source, "account": account,
		"time": at.UTC().Format(time.RFC3339), "region": region, "resources": resources, "detail": json.RawMessage(p.Detail)}
}

// uuid is a random UUID, version 4.
func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand never fails: it ends the program instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
