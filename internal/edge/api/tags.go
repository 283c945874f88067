package api

import (
	"context"
	"errors"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// tagResource is TagResource.
func (a *API) tagResource(ctx context.Context, c Call, in *wire.TagResourceRequest) (*wire.TagResourceResponse, error) {
	if err := checkTags(in.TagsToAdd); err != nil {
		return nil, err
	}
	return &wire.TagResourceResponse{}, a.changeTags(ctx, c, *in.ResourceArn, func(tx *store.Tx, kind, name string) error {
		return tx.PutTags(c.Region, kind, name, in.TagsToAdd)
	})
}

// untagResource is UntagResource.
func (a *API) untagResource(ctx context.Context, c Call, in *wire.UntagResourceRequest) (*wire.UntagResourceResponse, error) {
	return &wire.UntagResourceResponse{}, a.changeTags(ctx, c, *in.ResourceArn, func(tx *store.Tx, kind, name string) error {
		return tx.RemoveTags(c.Region, kind, name, in.TagsToRemove)
	})
}

// changeTags applies a change to the tags behind an ARN.
func (a *API) changeTags(ctx context.Context, c Call, arn string, change func(tx *store.Tx, kind, name string) error) error {
	kind, name, err := a.parseARN(c, arn)
	if err != nil {
		return err
	}
	err = a.db.Commit(ctx, time.Now(), func(tx *store.Tx) error { return change(tx, kind, name) })
	if errors.Is(err, store.ErrNotFound) {
		return glue.NotFound(kindNames[kind], name)
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
