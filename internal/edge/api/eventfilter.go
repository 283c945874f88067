package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tenon/internal/core/audit"
	"tenon/internal/core/bridge"
	"tenon/internal/core/pattern"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

const (
	// eventPage is how many events a filtered look reads from the store at once.
	eventPage = 1000
	// eventScan bounds the events that one look goes through for those that were asked for: tens of milliseconds. The
	// caller goes on after Last.
	eventScan = 10 * eventPage
	// maxEventPage bounds what one answer holds, in bytes, but for the last page of the store: many callers look at once.
	maxEventPage = 256 << 10
	// maxKindFilter bounds the text of a filter of kinds, in bytes.
	maxKindFilter = 256
)

// EventFilter selects events, by kind and by a pattern on their form in EventBridge. The zero filter lets all through.
type EventFilter struct {
	kinds   []string // each a kind, or the beginning of kinds and a *
	pattern *pattern.Pattern
}

// EventFilter reads a filter. kind is a list of kinds parted by commas, each of which may end in a * that stands for any
// rest: "run.*,workflow.ended". patternDoc is an event pattern of EventBridge. Empty ones let all through.
func (a *API) EventFilter(kind string, patternDoc []byte) (*EventFilter, error) {
	f := &EventFilter{}
	if len(kind) > maxKindFilter {
		return nil, glue.Errorf(glue.CodeValidation, "The filter of kinds has more than %d bytes.", maxKindFilter)
	}
	if kind != "" {
		f.kinds = strings.Split(kind, ",")
	}
	for _, k := range f.kinds {
		if head := strings.TrimSuffix(k, "*"); k == "" || strings.ContainsAny(head, "* ") {
			return nil, glue.Errorf(glue.CodeValidation, "%q is no kind of event such as run.ended, and no beginning of kinds such as run.*.", k)
		}
		if !slices.ContainsFunc(audit.Kinds(), func(known glue.EventKind) bool { return kindMatches([]string{k}, string(known)) }) {
			return nil, glue.Errorf(glue.CodeValidation, "%q is no kind of event. There are %s.", k, kindsLike(k))
		}
	}
	if len(patternDoc) > 0 {
		p, err := parsePattern(patternDoc)
		if err != nil {
			return nil, err
		}
		f.pattern = p
	}
	return f, nil
}

// kindsLike lists the kinds that have the first word of kind, or all first words.
func kindsLike(kind string) string {
	var like, heads []string
	first, _, _ := strings.Cut(kind, ".")
	for _, k := range audit.Kinds() {
		head, _, _ := strings.Cut(string(k), ".")
		if head == first {
			like = append(like, string(k))
		}
		if !slices.Contains(heads, head+".*") {
			heads = append(heads, head+".*")
		}
	}
	if len(like) > 0 {
		return strings.Join(like, ", ")
	}
	return strings.Join(heads, ", ")
}

// parsePattern reads a pattern; an error is an InvalidEventPatternException.
func parsePattern(doc []byte) (*pattern.Pattern, error) {
	p, err := pattern.Parse(doc)
	if err != nil {
		return nil, glue.Errorf("InvalidEventPatternException", "%s", reason(err))
	}
	return p, nil
}

// wants reports whether an event is let through, and gives its form in EventBridge; nil: it has none.
func (f *EventFilter) wants(e *glue.Event, account string) (form json.RawMessage, ok bool, err error) {
	if len(f.kinds) > 0 && !kindMatches(f.kinds, string(e.Kind)) {
		return nil, false, nil
	}
	form, has, err := eventForm(e, account)
	if err != nil || !has {
		return nil, f.pattern == nil, err
	}
	if f.pattern == nil {
		return form, true, nil
	}
	values, err := pattern.Decode(form)
	if err != nil {
		return nil, false, fmt.Errorf("api: form of event %d: %w", e.Seq, err)
	}
	return form, f.pattern.Match(values), nil
}

// eventForm is the form of an event in EventBridge; false: it has none.
func eventForm(e *glue.Event, account string) (json.RawMessage, bool, error) {
	shaped, ok := bridge.Shape(*e, account)
	if !ok {
		return nil, false, nil
	}
	form, err := json.Marshal(shaped)
	if err != nil {
		return nil, false, fmt.Errorf("api: form of event %d: %w", e.Seq, err)
	}
	return form, true, nil
}

// kindMatches reports whether a kind is one of those.
func kindMatches(kinds []string, kind string) bool {
	for _, k := range kinds {
		if head, any := strings.CutSuffix(k, "*"); any && strings.HasPrefix(kind, head) || k == kind {
			return true
		}
	}
	return false
}

// EventPage is a part of the event table.
type EventPage struct {
	Events []ShapedEvent
	Last   int64 // the last event that was looked at: go on after it
	More   bool  // there are more events to look at now
	Gap    int64 // how many events that were asked for have been pruned
}

// ShapedEvent is an event and its form in EventBridge; nil: it has none.
type ShapedEvent struct {
	glue.Event
	Bridge json.RawMessage
}

// Events reads the events after a number that a filter lets through, at most limit of them, and none beyond those that
// fill maxEventPage bytes. A page may be empty and yet not be the last.
func (a *API) Events(ctx context.Context, f *EventFilter, after int64, limit int) (page EventPage, err error) {
	page.Last = after
	size := eventPage
	if f.pattern == nil && len(f.kinds) == 0 {
		size = limit + 1
	}
	bytes := 0 // of page
	err = a.read(ctx, func(r *store.Reader) error {
		for scanned := 0; scanned < eventScan && bytes < maxEventPage; scanned += size {
			rows, more, err := r.EventPage(page.Last, size)
			if err != nil {
				return err
			}
			if scanned == 0 && after > 0 && len(rows) > 0 {
				page.Gap = rows[0].Seq - after - 1
			}
			for i := range rows {
				if len(page.Events) == limit {
					page.More = true
					return nil
				}
				form, ok, err := f.wants(&rows[i], a.cfg.Account)
				if err != nil {
					return err
				}
				if page.Last = rows[i].Seq; ok {
					page.Events = append(page.Events, ShapedEvent{Event: rows[i], Bridge: form})
					bytes += len(rows[i].Detail) + len(form)
				}
			}
			if !more {
				return nil
			}
		}
		page.More = true
		return nil
	})
	return page, clientError("ListEvents", err)
}

// EventsBefore is Events backwards: of the events before a number that a filter lets through the newest, in the order in
// which they happened. Last is the number to go on before.
func (a *API) EventsBefore(ctx context.Context, f *EventFilter, before int64, limit int) (page EventPage, err error) {
	page.Last = before
	bytes := 0
	err = a.read(ctx, func(r *store.Reader) error {
		for scanned := 0; scanned < eventScan && bytes < maxEventPage; scanned += eventPage {
			rows, more, err := r.EventsBefore(page.Last, eventPage)
			if err != nil {
				return err
			}
			for i := range rows {
				if len(page.Events) == limit {
					page.More = true
					return nil
				}
				form, ok, err := f.wants(&rows[i], a.cfg.Account)
				if err != nil {
					return err
				}
				if page.Last = rows[i].Seq; ok {
					page.Events = append(page.Events, ShapedEvent{Event: rows[i], Bridge: form})
					bytes += len(rows[i].Detail) + len(form)
				}
			}
			if !more {
				return nil
			}
		}
		page.More = true
		return nil
	})
	slices.Reverse(page.Events)
	return page, clientError("ListEvents", err)
}

// LastEvent is the number of the newest event.
func (a *API) LastEvent(ctx context.Context) (last int64, err error) {
	err = a.read(ctx, func(r *store.Reader) error {
		last, err = r.LastEvent()
		return err
	})
	return last, clientError("ListEvents", err)
}

// WatchEvents is closed at the next commit that brings events.
func (a *API) WatchEvents() <-chan struct{} { return a.db.Watch() }

// MayRead refuses a key that may not see what happens to all: that of a run.
func (a *API) MayRead(accessKey string) error {
	if a.keyOfRun(accessKey) {
		return glue.Errorf(glue.CodeAccessDenied, "The key of a run may not read all events.")
	}
	return nil
}

// keyOfRun reports whether an access key is a run's, which it has for as long as it is open.
func (a *API) keyOfRun(accessKey string) bool {
	if a.keys == nil {
		return false
	}
	_, ofRun := a.keys.run(accessKey)
	return ofRun
}

// MatchEvent reports whether an event, in EventBridge's form, matches a pattern.
func MatchEvent(patternDoc, event []byte) (bool, error) {
	p, err := parsePattern(patternDoc)
	if err != nil {
		return false, err
	}
	values, err := pattern.Decode(event)
	if err != nil {
		return false, glue.Errorf(glue.CodeValidation, "Event is not valid. Reason: it is not a JSON object")
	}
	return p.Match(values), nil
}
