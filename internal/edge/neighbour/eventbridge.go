package neighbour

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenon/internal/edge/api"
	"tenon/internal/glue"
)

// EventsTargetPrefix is what stands before an operation's name in X-Amz-Target.
const EventsTargetPrefix = "AWSEvents."

// The exceptions of EventBridge that Tenon answers with, beside ValidationException.
const (
	codeEventNotFound  glue.Code = "ResourceNotFoundException"
	codeInvalidPattern glue.Code = "InvalidEventPatternException"
)

// Bounds of EventBridge's own.
const (
	defaultBus      = "default"
	maxRuleList     = 100       // of one page, and its default
	maxEventsBody   = 1 << 20   // bytes of a request
	maxPatternEvent = 256 << 10 // bytes of an event that a pattern is tested with
)

// RuleStore is where rules and events go: edge/api.
type RuleStore interface {
	Rule(ctx context.Context, region, name string) (api.StoredRule, error)
	Rules(ctx context.Context, region string, q api.RuleQuery) (rules []api.StoredRule, more bool, err error)
	ChangeRule(ctx context.Context, c api.Call, name string, tags map[string]string, change func(old *glue.Rule) (*glue.Rule, error)) error
	TagRule(ctx context.Context, c api.Call, name string, add map[string]string, remove []string) error
	Receive(ctx context.Context, c api.Call, bodyHash []byte, events []api.Received) (ids []string, err error)
}

// EventBridge answers the operations on events, and on rules whose targets are Glue workflows and jobs. There is one bus,
// default: what happens in Tenon, what PutEvents brings and what arrives in the built-in S3 are the events on it.
type EventBridge struct {
	Account string
	Store   RuleStore
}

// eventOperation answers one operation. The body is a JSON object.
type eventOperation func(e *EventBridge, ctx context.Context, c api.Call, body []byte) (any, error)

// eventOperations are those that are served, in alphabetical order.
var eventOperations = map[string]eventOperation{
	"DeleteRule":            decoded((*EventBridge).deleteRule),
	"DescribeEventBus":      decoded((*EventBridge).describeBus),
	"DescribeRule":          decoded((*EventBridge).describeRule),
	"DisableRule":           decoded((*EventBridge).disableRule),
	"EnableRule":            decoded((*EventBridge).enableRule),
	"ListEventBuses":        decoded((*EventBridge).listBuses),
	"ListRuleNamesByTarget": decoded((*EventBridge).listRuleNames),
	"ListRules":             decoded((*EventBridge).listRules),
	"ListTagsForResource":   decoded((*EventBridge).listTags),
	"ListTargetsByRule":     decoded((*EventBridge).listTargets),
	"PutEvents":             (*EventBridge).putEvents,
	"PutRule":               decoded((*EventBridge).putRule),
	"PutTargets":            decoded((*EventBridge).putTargets),
	"RemoveTargets":         decoded((*EventBridge).removeTargets),
	"TagResource":           decoded((*EventBridge).tagResource),
	"TestEventPattern":      decoded((*EventBridge).testPattern),
	"UntagResource":         decoded((*EventBridge).untagResource),
}

// decoded adapts a method to the table: its input is decoded, and a member that it does not have is refused by name.
func decoded[In any](f func(e *EventBridge, ctx context.Context, c api.Call, in *In) (any, error)) eventOperation {
	return func(e *EventBridge, ctx context.Context, c api.Call, body []byte) (any, error) {
		in := new(In)
		if err := decodeEvent(body, in); err != nil {
			return nil, err
		}
		return f(e, ctx, c, in)
	}
}

// decodeEvent reads a body.
func decodeEvent(body []byte, in any) error {
	if len(body) > maxEventsBody {
		return glue.Errorf(glue.CodeValidation, "Request size limit exceeded: at most %d bytes.", maxEventsBody)
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(in)
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return nil
	case err != nil && strings.HasPrefix(err.Error(), "json: unknown field "):
		return glue.Errorf(glue.CodeValidation, "Tenon's EventBridge does not serve the parameter %s.", strings.TrimPrefix(err.Error(), "json: unknown field "))
	case err != nil || dec.More():
		return glue.Errorf(glue.CodeSerialization, "The body is not JSON of the right types.")
	}
	return nil
}

// Serve answers one operation.
func (e *EventBridge) Serve(ctx context.Context, c api.Call, op string, body []byte) (any, error) {
	f, ok := eventOperations[op]
	if !ok {
		return nil, glue.Errorf("UnknownOperationException", "EventBridge %s is not implemented by Tenon; served are %s.",
			shown(op), strings.Join(slices.Sorted(maps.Keys(eventOperations)), ", "))
	}
	return f(e, ctx, c, body)
}

// busName is the bus of a request: a name or an ARN; absent is the default one.
type busName struct {
	Bus string `json:"EventBusName"`
}

// check refuses any bus but the default.
func (b *busName) check(e *EventBridge, region string) error {
	if b.Bus == "" || b.Bus == defaultBus || b.Bus == e.busARN(region) {
		return nil
	}
	return glue.Errorf(codeEventNotFound, "Event bus %s does not exist.", shown(b.Bus))
}

// busARN is the ARN of the bus.
func (e *EventBridge) busARN(region string) string {
	return fmt.Sprintf("arn:aws:events:%s:%s:event-bus/%s", region, e.Account, defaultBus)
}

// ruleARN is the ARN of a rule.
func (e *EventBridge) ruleARN(region, rule string) string {
	return fmt.Sprintf("arn:aws:events:%s:%s:rule/%s", region, e.Account, rule)
}

// noRule is EventBridge's refusal of a rule that does not exist.
func noRule(name string) error {
	return glue.Errorf(codeEventNotFound, "Rule %s does not exist on EventBus default.", shown(name))
}

// rule reads a rule.
func (e *EventBridge) rule(ctx context.Context, c api.Call, bus busName, name string) (r api.StoredRule, err error) {
	if err := bus.check(e, c.Region); err != nil {
		return r, err
	}
	if name == "" {
		return r, missing("Name")
	}
	r, err = e.Store.Rule(ctx, c.Region, name)
	if errors.Is(err, api.ErrNoRule) {
		err = noRule(name)
	}
	return r, err
}

// change changes a rule that exists.
func (e *EventBridge) change(ctx context.Context, c api.Call, bus busName, name string, f func(*glue.Rule) error) error {
	if err := bus.check(e, c.Region); err != nil {
		return err
	}
	if name == "" {
		return missing("Name")
	}
	return e.Store.ChangeRule(ctx, c, name, nil, func(old *glue.Rule) (*glue.Rule, error) {
		if old == nil {
			return nil, noRule(name)
		}
		rule := *old
		rule.Targets = slices.Clone(old.Targets)
		return &rule, f(&rule)
	})
}

// missing refuses a request without a member that it must have.
func missing(member string) error {
	return glue.Errorf(glue.CodeValidation, "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null",
		strings.ToLower(member[:1])+member[1:])
}

// nothing is the answer of operations that answer nothing.
type nothing struct{}

// listInput asks for a page of a list.
type listInput struct {
	busName
	NamePrefix string
	NextToken  string
	Limit      *int
}

// page is the name that a page begins after, and its length.
func (in *listInput) page() (after string, limit int, err error) {
	limit = maxRuleList
	if in.Limit != nil {
		limit = *in.Limit
	}
	if limit < 1 || limit > maxRuleList {
		return "", 0, glue.Errorf(glue.CodeValidation, "1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and %d", limit, maxRuleList)
	}
	b, err := base64.RawURLEncoding.DecodeString(in.NextToken)
	if err != nil {
		return "", 0, glue.Errorf(glue.CodeValidation, "Invalid token.")
	}
	return string(b), limit, nil
}

// nextToken is the token of the page after a name.
func nextToken(last string) string { return base64.RawURLEncoding.EncodeToString([]byte(last)) }

// eventBus is a bus as it is shown.
type eventBus struct {
	Name string `json:"Name"`
	ARN  string `json:"Arn"`
}

// describeBus is DescribeEventBus.
func (e *EventBridge) describeBus(_ context.Context, c api.Call, in *struct{ Name string }) (any, error) {
	if err := (&busName{in.Name}).check(e, c.Region); err != nil {
		return nil, err
	}
	return eventBus{defaultBus, e.busARN(c.Region)}, nil
}

// listBuses is ListEventBuses.
func (e *EventBridge) listBuses(_ context.Context, c api.Call, in *listInput) (any, error) {
	all := []eventBus{}
	if strings.HasPrefix(defaultBus, in.NamePrefix) && in.NextToken == "" {
		all = append(all, eventBus{defaultBus, e.busARN(c.Region)})
	}
	return map[string]any{"EventBuses": all}, nil
}

// testPattern is TestEventPattern.
func (e *EventBridge) testPattern(_ context.Context, _ api.Call, in *struct{ EventPattern, Event string }) (any, error) {
	if len(in.Event) > maxPatternEvent {
		return nil, glue.Errorf(glue.CodeValidation, "Parameter Event is not valid. Reason: it has more than %d bytes.", maxPatternEvent)
	}
	var event map[string]json.RawMessage
	if json.Unmarshal([]byte(in.Event), &event) != nil {
		return nil, glue.Errorf(codeInvalidPattern, "Event is not valid. Reason: it is not a JSON object")
	}
	for _, name := range []string{"id", "account", "source", "time", "region", "resources", "detail-type"} {
		if event[name] == nil {
			return nil, glue.Errorf(glue.CodeValidation, "Parameter Event is not valid. Reason: it has no %s.", name)
		}
	}
	match, err := api.MatchEvent([]byte(in.EventPattern), []byte(in.Event))
	return map[string]bool{"Result": match}, err
}

// hash is the hash of a body.
func hash(body []byte) []byte {
	sum := sha256.Sum256(body)
	return sum[:]
}
