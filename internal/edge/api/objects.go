package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"tenon/internal/core/bridge"
	"tenon/internal/core/pattern"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// ObjectRules knows which arriving objects some enabled rule is for: only those become events. It is read by the loop and by
// every upload, and so asks the store only when it is made and when a rule has changed. It may be used by many goroutines.
type ObjectRules struct {
	db      *store.DB
	account string

	mu      sync.Mutex                                    // one reload after the other: the last one has seen every change
	regions atomic.Pointer[map[string][]*pattern.Pattern] // of rules that may match an object; a map is not written to again
}

// NewObjectRules reads the rules there are.
func NewObjectRules(ctx context.Context, db *store.DB, account string) (*ObjectRules, error) {
	o := &ObjectRules{db: db, account: account}
	regions := map[string][]*pattern.Pattern{}
	err := db.Read(ctx, func(r *store.Reader) error {
		for region, name := "", ""; ; {
			page, err := r.AllDefinitions(glue.KindRule, region, name, glue.MaxRules)
			if err != nil {
				return err
			}
			for _, d := range page {
				region, name = d.Region, d.Name
				if p := objectPattern(d); p != nil {
					regions[region] = append(regions[region], p)
				}
			}
			if len(page) < glue.MaxRules {
				return nil
			}
		}
	})
	if err != nil {
		return nil, fmt.Errorf("api: rules for objects: %w", err)
	}
	o.regions.Store(&regions)
	return o, nil
}

// objectPattern is the pattern of a rule that may match an object's arrival, or nil.
func objectPattern(d store.Definition) *pattern.Pattern {
	var rule glue.Rule
	if json.Unmarshal(d.Doc, &rule) != nil || rule.Disabled || len(rule.Targets) == 0 {
		return nil
	}
	p, err := pattern.Parse(rule.Pattern)
	if err != nil || !p.MayMatch(bridge.SourceS3) {
		return nil
	}
	return p
}

// reload reads the rules of a region again, after one has changed.
func (o *ObjectRules) reload(ctx context.Context, region string) error {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	var patterns []*pattern.Pattern
	err := o.db.Read(ctx, func(r *store.Reader) error {
		page, err := r.ListDefinitions(store.DefinitionQuery{Region: region, Kind: glue.KindRule, Limit: glue.MaxRules})
		for _, d := range page {
			if p := objectPattern(d); p != nil {
				patterns = append(patterns, p)
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	regions := maps.Clone(*o.regions.Load())
	if regions[region] = patterns; patterns == nil {
		delete(regions, region)
	}
	o.regions.Store(&regions)
	return nil
}

// Any reports whether any object that arrives in a region may be of interest: whether it is worth looking at.
func (o *ObjectRules) Any(region string) bool { return len((*o.regions.Load())[region]) > 0 }

// Wants reports whether an enabled rule is for an event object.created. It does no I/O.
func (o *ObjectRules) Wants(e glue.Event) bool {
	patterns := (*o.regions.Load())[e.Region]
	if len(patterns) == 0 {
		return false
	}
	form, ok, err := eventForm(&e, o.account)
	if err != nil || !ok {
		return false
	}
	values, err := pattern.Decode(form)
	if err != nil {
		return false
	}
	for _, p := range patterns {
		if p.Match(values) {
			return true
		}
	}
	return false
}

// Arrived notes an object that a client has put, where a rule is for it, and returns once that is durable. accessKey is whose
// client it was.
func (o *ObjectRules) Arrived(ctx context.Context, region, accessKey string, object glue.ObjectCreated) error {
	detail, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("api: object: %w", err)
	}
	now := time.Now()
	e := glue.Event{At: now, Region: region, Kind: glue.EventObjectCreated, Who: accessKey, Detail: detail}
	if !o.Wants(e) {
		return nil
	}
	return o.db.Commit(ctx, now, func(tx *store.Tx) error { return tx.AppendEvent(&e) })
}
