package api

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// AdminTargetPrefix is what stands before the operations that Glue has no name for: keys, files and reasons of runs, events,
// queues, quotas. They travel like Glue's own, signed for service "glue".
const AdminTargetPrefix = "Tenon."

// KeyInput names an access key, or the principal to make one for.
type KeyInput struct {
	ID        string `json:"AccessKeyId,omitempty"`
	Principal string `json:"Principal,omitempty"`
}

// KeyOutput is one access key. The secret is there only right after it was made.
type KeyOutput struct {
	ID        string    `json:"AccessKeyId"`
	Secret    string    `json:"SecretAccessKey,omitempty"`
	Principal string    `json:"Principal,omitempty"`
	Created   time.Time `json:"Created,omitzero"`
	Disabled  bool      `json:"Disabled,omitempty"`
}

// KeyList is the stored access keys.
type KeyList struct {
	Keys []KeyOutput `json:"Keys"`
}

// RunInput names a run and where a page of its files begins.
type RunInput struct {
	JobName   string `json:"JobName"`
	RunID     string `json:"RunId"`
	NextToken string `json:"NextToken,omitempty"`
}

// FileList is a page of the files that a run read and wrote, and its sums.
type FileList struct {
	Usage     glue.Usage     `json:"Usage"`
	Files     []attempt.File `json:"Files"`
	NextToken string         `json:"NextToken,omitempty"`
}

// EventInput asks for events after a sequence number.
type EventInput struct {
	After int64 `json:"After"`
	// Before asks for the newest events before this number in place of the first ones After another, which is 0 then.
	Before int64 `json:"Before,omitempty"`
	Limit  int   `json:"Limit"`
	// Kind is a list of kinds, parted by commas, each of which may end in a *: run.*. Pattern is an event pattern of
	// EventBridge, on the form that the event has there. Empty ones let all through.
	Kind    string          `json:"Kind,omitempty"`
	Pattern json.RawMessage `json:"Pattern,omitempty"`
	Forms   bool            `json:"Forms,omitempty"` // give the events in the form that they have in EventBridge, too
}

// EventList is a page of events. It may be empty and yet not be the last: More says that, and Last where to go on,
// which is before it where the newest were asked for.
type EventList struct {
	Events []glue.Event `json:"Events"`
	Last   int64        `json:"Last"`
	More   bool         `json:"More,omitempty"`
	// Forms are those of Events, in their order, where they were asked for; null: that event has none.
	Forms []json.RawMessage `json:"Forms,omitempty"`
}

// adminTable is Tenon's own operations.
func (a *API) adminTable() map[string]operation {
	return map[string]operation{
		"ApplyConfig":     serve(a.applyConfig),
		"Boost":           serve(a.boost),
		"CreateAccessKey": serve(a.createAccessKey),
		"DeleteAccessKey": serve(a.deleteAccessKey),
		"DeleteRule":      serve(a.deleteRule),
		"ExplainRun":      serve(a.explainRun),
		"ExplainTrigger":  serve(a.explainTrigger),
		"FindRuns":        serve(a.findRuns),
		"GetRunFiles":     serve(a.getRunFiles),
		"Hold":            serve(a.hold),
		"ListAccessKeys":  serve(a.listAccessKeys),
		"ListAudit":       serve(a.listAudit),
		"ListEvents":      serve(a.listEvents),
		"ListQueues":      serve(a.listQueues),
		"ListQuotas":      serve(a.listQuotas),
		"ListRules":       serve(a.listRules),
		"ListSubnets":     serve(a.listSubnets),
		"ListWaiting":     serve(a.listWaiting),
		"PutRule":         serve(a.putRule),
		"Simulate":        serve(a.simulate),
		"VerifyAudit":     serve(a.verifyAudit),
	}
}

// adminInputs makes the empty input of each of Tenon's own operations.
var adminInputs = map[string]func() any{
	"ApplyConfig":     func() any { return new(ConfigInput) },
	"Boost":           func() any { return new(BoostInput) },
	"CreateAccessKey": func() any { return new(KeyInput) },
	"DeleteAccessKey": func() any { return new(KeyInput) },
	"DeleteRule":      func() any { return new(RuleInput) },
	"ExplainRun":      func() any { return new(ExplainInput) },
	"ExplainTrigger":  func() any { return new(TriggerQuestion) },
	"FindRuns":        func() any { return new(RunQuery) },
	"GetRunFiles":     func() any { return new(RunInput) },
	"Hold":            func() any { return new(HoldInput) },
	"ListAccessKeys":  func() any { return new(struct{}) },
	"ListAudit":       func() any { return new(AuditInput) },
	"ListEvents":      func() any { return new(EventInput) },
	"ListQueues":      func() any { return new(QuotaInput) },
	"ListQuotas":      func() any { return new(QuotaInput) },
	"ListRules":       func() any { return new(RulesInput) },
	"ListSubnets":     func() any { return new(QuotaInput) },
	"ListWaiting":     func() any { return new(WaitingInput) },
	"PutRule":         func() any { return new(glue.Rule) },
	"Simulate":        func() any { return new(SimulateInput) },
	"VerifyAudit":     func() any { return new(VerifyInput) },
}

// Bounds of the bodies of Tenon's own operations, in bytes. That of ApplyConfig holds a configuration of a megabyte, with
// what JSON adds to its quotes and line breaks.
const (
	maxAdminBody  = 64 << 10
	maxConfigBody = 2 << 20
)

// ServeAdmin answers one of Tenon's own operations. A run's own key may not use them.
func (a *API) ServeAdmin(ctx context.Context, c Call, name string, body []byte) (any, error) {
	f, ok := a.admin[name]
	if !ok {
		return nil, glue.Errorf("UnknownOperationException", "Tenon has no operation %q of its own.", name)
	}
	if _, ofRun := a.keys.run(c.AccessKey); ofRun {
		return nil, glue.Errorf(glue.CodeAccessDenied, "The key of a run may not call %s.", name)
	}
	most := maxAdminBody
	if name == "ApplyConfig" {
		most = maxConfigBody
	}
	if len(body) > most {
		return nil, glue.Invalid("Request size limit exceeded: at most %d bytes.", most)
	}
	in := adminInputs[name]()
	if len(body) > 0 {
		dec := json.NewDecoder(bytes.NewReader(body))
		dec.DisallowUnknownFields() // a filter that is misspelt must not be none
		if err := dec.Decode(in); err != nil || dec.More() {
			return nil, glue.Errorf(glue.CodeSerialization, "The body is not JSON of the right members and types.")
		}
	}
	out, err := f(ctx, c, in)
	return out, clientError(name, err)
}

// createAccessKey makes a key.
func (a *API) createAccessKey(ctx context.Context, _ Call, in *KeyInput) (*KeyOutput, error) {
	if n := len(in.Principal); n < 1 || n > glue.MaxNameLength {
		return nil, glue.Invalid("Principal has 1 to %d characters: the name of whom the key is for.", glue.MaxNameLength)
	}
	id, secret, err := a.keys.Create(ctx, in.Principal)
	return &KeyOutput{ID: id, Secret: secret, Principal: in.Principal}, err
}

// deleteAccessKey removes a key, but not the one that signs the request.
func (a *API) deleteAccessKey(ctx context.Context, c Call, in *KeyInput) (*struct{}, error) {
	if in.ID == c.AccessKey {
		return nil, glue.Invalid("Access key %s signs this request: delete it with another one.", in.ID)
	}
	return &struct{}{}, a.keys.Delete(ctx, in.ID)
}

// listAccessKeys lists the keys.
func (a *API) listAccessKeys(ctx context.Context, _ Call, _ *struct{}) (*KeyList, error) {
	rows, err := a.keys.List(ctx)
	out := &KeyList{Keys: []KeyOutput{}}
	for _, r := range rows {
		out.Keys = append(out.Keys, KeyOutput{ID: r.ID, Principal: r.Principal, Created: r.Created, Disabled: r.Disabled})
	}
	return out, err
}

// getRunFiles lists what a run read and wrote.
func (a *API) getRunFiles(ctx context.Context, c Call, in *RunInput) (*FileList, error) {
	scope, filter := "GetRunFiles/"+c.Region, [2]string{in.JobName, in.RunID}
	var after store.FilePos
	if err := a.pages.read(&in.NextToken, scope, filter, &after); err != nil {
		return nil, err
	}
	job, err := a.existingJob(ctx, c.Region, in.JobName)
	if err != nil {
		return nil, err
	}
	out := &FileList{Files: []attempt.File{}}
	var page []store.RunFile
	err = a.read(ctx, func(r *store.Reader) error {
		run, err := jobRun(r, c.Region, job, in.RunID)
		if err != nil {
			return err
		}
		out.Usage = run.Usage
		page, err = r.RunFiles(run.Seq, after, glue.MaxPageSize)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, f := range page {
		out.Files = append(out.Files, f.File)
	}
	if len(page) == glue.MaxPageSize {
		out.NextToken = *a.pages.next(scope, filter, page[len(page)-1].FilePos)
	}
	return out, nil
}

// listEvents reads the event table from a cursor on.
func (a *API) listEvents(ctx context.Context, _ Call, in *EventInput) (*EventList, error) {
	if in.After < 0 || in.Before < 0 || in.Limit < 0 || in.Limit > glue.MaxPageSize {
		return nil, glue.Invalid("After and Before must not be negative, and Limit is at most %d.", glue.MaxPageSize)
	}
	if in.After > 0 && in.Before > 0 {
		return nil, glue.Invalid("After and Before exclude each other.")
	}
	if in.Limit == 0 {
		in.Limit = glue.DefaultPageSize
	}
	f, err := a.EventFilter(in.Kind, in.Pattern)
	if err != nil {
		return nil, err
	}
	look, from := a.Events, in.After
	if in.Before > 0 {
		look, from = a.EventsBefore, in.Before
	}
	page, err := look(ctx, f, from, in.Limit)
	out := &EventList{Events: []glue.Event{}, Last: page.Last, More: page.More}
	for i := range page.Events {
		out.Events = append(out.Events, page.Events[i].Event)
		if in.Forms {
			out.Forms = append(out.Forms, page.Events[i].Bridge)
		}
	}
	return out, err
}
