package controller

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tenon/internal/attempt"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// effect is one thing to do outside, after the commit that decided it.
type effect func(ctx context.Context, c *Controller)

// startEffect starts the current attempt of a run and tells the loop what became of it.
func startEffect(r glue.JobRun) effect {
	return func(ctx context.Context, c *Controller) {
		spec, err := c.spec(ctx, r)
		if err == nil {
			ctx, cancel := context.WithTimeout(ctx, effectTimeout)
			defer cancel()
			err = c.exec.Start(ctx, spec)
		}
		if ctx.Err() != nil {
			return // the plane ends: the next one finds the run STARTING
		}
		if err != nil {
			c.lg.Warn("attempt did not start", "run_id", r.ID, "attempt", r.Attempt, "err", err)
		}
		c.post(&launchedCommand{newReply(), attempt.Key{Run: r.ID, Attempt: r.Attempt}, err})
	}
}

// stopEffect ends an attempt. A failure is only logged: the run's alarm stops it again.
func stopEffect(key attempt.Key) effect {
	return func(ctx context.Context, c *Controller) {
		ctx, cancel := context.WithTimeout(ctx, effectTimeout)
		defer cancel()
		if err := c.exec.Stop(ctx, key); err != nil {
			c.lg.Warn("attempt did not stop", "run_id", key.Run, "attempt", key.Attempt, "err", err)
		}
	}
}

// post queues a command that nobody waits for.
func (c *Controller) post(cmd command) {
	select {
	case c.commands <- cmd:
	case <-c.stopped:
	}
}

// spec is all that a worker has to know about the current attempt of a run.
func (c *Controller) spec(ctx context.Context, r glue.JobRun) (attempt.Spec, error) {
	cfg := &c.cfg.Spec
	id, secret := c.runKey(r.ID)
	spec := attempt.Spec{
		Protocol: attempt.Protocol, Key: attempt.Key{Run: r.ID, Attempt: r.Attempt},
		Region: r.Region, Account: cfg.Account, Job: r.Job,
		Command: r.Command, GlueVersion: r.GlueVersion, Arguments: scriptArguments(r.Arguments),
		SubmittedAt: r.Submitted, Timeout: time.Duration(r.TimeoutMinutes) * time.Minute,
		Endpoint: cfg.Endpoint, S3Endpoint: cfg.S3Endpoint, AccessKeyID: id, SecretKey: secret,
		StorageRoot: cfg.StorageRoot, Staging: cfg.Staging, Python: first(cfg.PythonFor[r.GlueVersion], cfg.Python), ShimDir: cfg.ShimDir,
		Limits: cfg.Limits, RunAs: cfg.RunAs, PassEnv: cfg.PassEnv, Rehearsal: cfg.Rehearsal,
		Address: r.Placement.Driver(), Notice: r.Placement.Words(),
	}
	spec.Limits.MemoryBytes = c.cfg.RunMemory
	option, err := bookmarkOption(r.Arguments)
	if err != nil || option == "" || r.Command.Name == glue.CommandShell {
		return spec, err
	}
	spec.Bookmark = &attempt.Bookmark{Option: option, From: r.Arguments[argBookmarkFrom], To: r.Arguments[argBookmarkTo]}
	err = c.db.Read(ctx, func(rd *store.Reader) error {
		b, err := rd.GetBookmark(r.Region, r.Job)
		if err == nil {
			spec.Bookmark.Version, spec.Bookmark.State = b.Version, b.Doc
		}
		return ignore(err, store.ErrNotFound)
	})
	if err != nil {
		return spec, fmt.Errorf("read the bookmark: %w", err)
	}
	return spec, nil
}

// scriptArguments leaves out what is Tenon's own.
func scriptArguments(args map[string]string) map[string]string {
	own := map[string]string{}
	for k, v := range args {
		if !strings.HasPrefix(k, argPrefix) {
			own[k] = v
		}
	}
	return own
}
