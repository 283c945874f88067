package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// tagResource is TagResource.
func (a *API) tagResource(ctx context.Context, c Call, in *wire.TagResourceRequest) (*wire.TagResourceResponse, error) {
	kind, _, err := a.parseARN(c, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	if err := checkTags(kind, in.TagsToAdd); err != nil {
		return nil, err
	}
	keys := slices.Sorted(maps.Keys(in.TagsToAdd))
	return &wire.TagResourceResponse{}, a.changeTags(ctx, c, *in.ResourceArn, tagDetail{Keys: keys}, func(tx *store.Tx, kind, name string) error {
		return tx.PutTags(c.Region, kind, name, in.TagsToAdd)
	})
}

// untagResource is UntagResource.
func (a *API) untagResource(ctx context.Context, c Call, in *wire.UntagResourceRequest) (*wire.UntagResourceResponse, error) {
	detail := tagDetail{Keys: slices.Sorted(slices.Values(in.TagsToRemove)), Removed: true}
	return &wire.UntagResourceResponse{}, a.changeTags(ctx, c, *in.ResourceArn, detail, func(tx *store.Tx, kind, name string) error {
		return tx.RemoveTags(c.Region, kind, name, in.TagsToRemove)
	})
}

// tagDetail is the detail of definition.tagged.
type tagDetail struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	Keys    []string `json:"keys"`
	Removed bool     `json:"removed,omitempty"`
}

// changeTags applies a change to the tags behind an ARN, with its event.
func (a *API) changeTags(ctx context.Context, c Call, arn string, detail tagDetail, change func(tx *store.Tx, kind, name string) error) error {
	kind, name, err := a.parseARN(c, arn)
	if err != nil {
		return err
	}
	detail.Kind, detail.Name = kind, name
	doc, err := json.Marshal(detail)
	if err != nil {
		return err
	}
	err = a.db.Commit(ctx, time.Now(), func(tx *store.Tx) error {
		if err := change(tx, kind, name); err != nil {
			return err
		}
		e := glue.Event{At: tx.Now(), Region: c.Region, Kind: glue.EventTags, Who: c.AccessKey, Detail: doc}
		if kind == glue.KindJob {
			e.Job = name
		}
		return tx.AppendEvent(&e)
	})
	if errors.Is(err, store.ErrNotFound) {
		return glue.NotFound(kindNames[kind], name)
	}
	if err == nil && kind == glue.KindTrigger {
		err = a.ctl.TagsChanged(ctx, c.Region, kind, name) // its time zone may be another
	}
	return err
}

// getTags is GetTags.
func (a *API) getTags(ctx context.Context, c Call, in *wire.GetTagsRequest) (*wire.GetTagsResponse, error) {
	kind, name, err := a.parseARN(c, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	d, err := a.get(ctx, c, kind, name)
	return &wire.GetTagsResponse{Tags: d.Tags}, err
}
