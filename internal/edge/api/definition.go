package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tenon/internal/controller"
	"tenon/internal/core/workflow"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// kindNames are the kinds as error texts name them.
var kindNames = map[string]string{glue.KindJob: "Job", glue.KindConnection: "Connection", glue.KindSecurity: "Security Configuration",
	glue.KindTrigger: "Trigger", glue.KindWorkflow: "Workflow"}

// read runs f on a snapshot of the store.
func (a *API) read(ctx context.Context, f func(*store.Reader) error) error { return a.db.Read(ctx, f) }

// get reads one definition; what is not there is an EntityNotFoundException.
func (a *API) get(ctx context.Context, c Call, kind, name string) (store.Definition, error) {
	var d store.Definition
	err := a.read(ctx, func(r *store.Reader) (err error) {
		d, err = r.GetDefinition(c.Region, kind, name)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return d, glue.NotFound(kindNames[kind], name)
	}
	return d, err
}

// kindQuotas are the quotas that bound the definitions of a kind.
var kindQuotas = map[string]string{glue.KindJob: glue.QuotaJobs, glue.KindConnection: glue.QuotaConnections, glue.KindSecurity: glue.QuotaSecurityConfigs,
	glue.KindTrigger: glue.QuotaTriggers, glue.KindWorkflow: glue.QuotaWorkflows}

// create stores a new definition within its quota, with its event. The count is exact: it is made in the transaction, and
// transactions are one after the other.
func (a *API) create(ctx context.Context, c Call, kind, name string, doc json.RawMessage, tags map[string]string) (store.Definition, error) {
	d := store.Definition{Region: c.Region, Kind: kind, Name: name, Tags: tags, Doc: doc}
	if err := checkTags(kind, tags); err != nil {
		return d, err
	}
	err := a.db.Commit(ctx, time.Now(), func(tx *store.Tx) error {
		n, err := tx.CountDefinitions(c.Region, kind)
		if err != nil {
			return err
		}
		if n == 0 {
			if err := a.mayUseRegion(tx, c.Region); err != nil {
				return err
			}
		}
		if err := tx.CreateDefinition(&d); err != nil {
			return err
		}
		if kind == glue.KindJob { // of a job deleted before, whose last run ended since
			if err := tx.DeleteBookmark(c.Region, name); err != nil {
				return err
			}
		}
		if limit := a.settings.Load().Quotas.Limit(kindQuotas[kind]); float64(n) >= limit {
			return glue.QuotaReached(kindQuotas[kind], c.Region, n, limit)
		}
		return a.definitionEvent(tx, c, glue.EventDefinitionPut, d)
	})
	if errors.Is(err, store.ErrExists) {
		return d, glue.Errorf(glue.CodeAlreadyExists, "%s with name %s already exists.", kindNames[kind], name)
	}
	return d, err
}

// maxRegions bounds the regions with definitions of their own (Decision 18): every well-formed region is answered, but a
// client that makes up names must not make up state without end.
const maxRegions = 40

// mayUseRegion refuses the first definition of one region too many.
func (a *API) mayUseRegion(tx *store.Tx, region string) error {
	others, err := tx.CountRegions(region)
	if err == nil && others >= maxRegions {
		err = tooManyRegions(region)
	}
	return err
}

// mayDefine is mayUseRegion for the definitions that the controller writes. It looks before, not within, the commit: two
// regions that begin at the same moment may both be let in.
func (a *API) mayDefine(ctx context.Context, region string) error {
	return a.read(ctx, func(r *store.Reader) error {
		others, err := r.CountRegions(region)
		if err != nil || others < maxRegions {
			return err
		}
		for kind := range kindQuotas {
			if n, err := r.CountDefinitions(region, kind); err != nil || n > 0 {
				return err
			}
		}
		return tooManyRegions(region)
	})
}

// tooManyRegions refuses one region more.
func tooManyRegions(region string) error {
	return glue.Errorf(glue.CodeResourceNumberLimit, "Tenon keeps definitions of at most %d regions, and %s would be one more.", maxRegions, region)
}

// update replaces a definition's document. change gets the current definition and returns the new document.
func (a *API) update(ctx context.Context, c Call, kind, name string, change func(store.Definition) (json.RawMessage, error)) error {
	err := a.db.Commit(ctx, time.Now(), func(tx *store.Tx) error {
		d, err := tx.GetDefinition(c.Region, kind, name)
		if err != nil {
			return err
		}
		doc, err := change(d)
		if err != nil {
			return err
		}
		d.Doc = doc
		if d.Version, err = tx.UpdateDefinition(c.Region, kind, name, d.Version, doc); err != nil {
			return err
		}
		return a.definitionEvent(tx, c, glue.EventDefinitionPut, d)
	})
	if errors.Is(err, store.ErrNotFound) {
		return glue.NotFound(kindNames[kind], name)
	}
	return err
}

// remove deletes a definition and returns it; nil when there was none.
func (a *API) remove(ctx context.Context, c Call, kind, name string) (*store.Definition, error) {
	var gone store.Definition
	err := a.db.Commit(ctx, time.Now(), func(tx *store.Tx) (err error) {
		if gone, err = tx.GetDefinition(c.Region, kind, name); err != nil {
			return err
		}
		if err := tx.DeleteDefinition(c.Region, kind, name, gone.Version); err != nil {
			return err
		}
		return a.definitionEvent(tx, c, glue.EventDefinitionGone, gone)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &gone, nil
}

// definitionEvent notes a change of a definition. The document is not in the event: it may hold passwords.
func (a *API) definitionEvent(tx *store.Tx, c Call, kind glue.EventKind, d store.Definition) error {
	detail, err := json.Marshal(map[string]any{"kind": d.Kind, "name": d.Name, "version": d.Version, "incarnation": d.Incarnation})
	if err != nil {
		return err
	}
	e := glue.Event{At: tx.Now(), Region: c.Region, Kind: kind, Who: c.AccessKey, Detail: detail}
	if d.Kind == glue.KindJob {
		e.Job = d.Name
	}
	return tx.AppendEvent(&e)
}

// list reads one page of definitions of a kind and the token of the next.
func (a *API) list(ctx context.Context, c Call, op, kind string, token *string, size *int32, tags map[string]string) ([]store.Definition, *string, error) {
	scope := op + "/" + c.Region
	q := store.DefinitionQuery{Region: c.Region, Kind: kind, Limit: pageSize(size), Tags: tags}
	if err := a.pages.read(token, scope, tags, &q.After); err != nil {
		return nil, nil, err
	}
	var page []store.Definition
	err := a.read(ctx, func(r *store.Reader) (err error) {
		page, err = r.ListDefinitions(q)
		return err
	})
	if err != nil || len(page) < q.Limit {
		return page, nil, err
	}
	return page, a.pages.next(scope, tags, page[len(page)-1].Name), nil
}

// settingPrefix begins the tags that are settings of a job's runs, or of a trigger.
const settingPrefix = "tenon:"

// checkTags is AWS's rule for tags: at most 50, keys of 1 to 128 and values of at most 256 characters, no key of AWS's own.
// Keys that begin with tenon: are settings of jobs and of triggers: there they must mean something, and elsewhere they would
// not.
func checkTags(kind string, tags map[string]string) error {
	if len(tags) > glue.MaxTags {
		return glue.Invalid("A resource carries at most %d tags, got %d.", glue.MaxTags, len(tags))
	}
	for k, v := range tags {
		if strings.ContainsRune(k+v, 0) { // no text for PostgreSQL
			return glue.Invalid("Tag %q holds a NUL character.", k)
		}
		if n := len([]rune(k)); n < 1 || n > glue.MaxTagKeyLength {
			return glue.Invalid("A tag key has 1 to %d characters, got %d.", glue.MaxTagKeyLength, n)
		}
		if n := len([]rune(v)); n > glue.MaxTagValueLength {
			return glue.Invalid("The value of tag %q has more than %d characters.", k, glue.MaxTagValueLength)
		}
		if strings.HasPrefix(strings.ToLower(k), "aws:") {
			return glue.Invalid("Tag keys that begin with aws: are reserved: %q.", k)
		}
		if kind != glue.KindJob && kind != glue.KindTrigger && strings.HasPrefix(k, settingPrefix) {
			return glue.Invalid("Tag %s is a setting of jobs or triggers: it means nothing on a resource of kind %s.", k, kindNames[kind])
		}
	}
	switch kind {
	case glue.KindJob:
		return controller.CheckTags(tags)
	case glue.KindTrigger:
		_, err := workflow.ParseSettings(tags)
		return err
	}
	return nil
}

// resources are the ARN words of the kinds that carry tags.
var resources = map[string]string{"job": glue.KindJob, "connection": glue.KindConnection, "trigger": glue.KindTrigger, "workflow": glue.KindWorkflow}

// parseARN takes kind and name out of arn:aws:glue:REGION:ACCOUNT:job/NAME. An empty account is accepted: Terraform
// sends one when told not to ask for it.
func (a *API) parseARN(c Call, arn string) (kind, name string, err error) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "glue" {
		return "", "", glue.Invalid("%q is not the ARN of a Glue resource.", arn)
	}
	if parts[3] != c.Region || (parts[4] != a.cfg.Account && parts[4] != "") {
		return "", "", glue.Errorf(glue.CodeEntityNotFound, "%s is not a resource of account %s in region %s.", arn, a.cfg.Account, c.Region)
	}
	word, name, ok := strings.Cut(parts[5], "/")
	kind, known := resources[word]
	if !ok || !known || name == "" {
		return "", "", glue.Invalid("Tags of %q are not kept by Tenon: it knows job/NAME, connection/NAME, trigger/NAME and workflow/NAME.", parts[5])
	}
	return kind, name, nil
}

// decode reads a stored document; one that does not parse is a defect.
func decode[T any](d store.Definition) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(d.Doc, v); err != nil {
		return nil, fmt.Errorf("api: stored %s %s: %w", d.Kind, d.Name, err)
	}
	return v, nil
}
