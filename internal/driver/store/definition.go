package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"tenon/internal/glue"
)

// Definition is a stored resource of some kind: a job, a connection, a security configuration. The store never looks
// into Doc.
type Definition struct {
	Region string
	Kind   string // chosen by the caller, e.g. "job"
	Name   string // unique within region and kind
	// Incarnation tells a resource from an earlier one of the same name that was deleted: no two have the same.
	Incarnation int64
	Version     int64 // 1 when created, one more with each update; tags do not count
	Created     time.Time
	Modified    time.Time
	Tags        map[string]string // never nil when read
	Doc         json.RawMessage
}

// MaxList bounds the rows of one page of any list.
const MaxList = glue.MaxPageSize

// definitionColumns are the columns that scanDefinition reads.
const definitionColumns = `region, kind, name, incarnation, version, created, modified, tags, doc`

// scanDefinition reads one row; tags are decoded later, by decodeTags.
func scanDefinition(row row) (d Definition, tags []byte, err error) {
	var created, modified int64
	err = row.scan(&d.Region, &d.Kind, &d.Name, &d.Incarnation, &d.Version, &created, &modified, &tags, (*[]byte)(&d.Doc))
	d.Created, d.Modified = fromMicros(created), fromMicros(modified)
	return d, tags, err
}

// decodeTags reads the column tags.
func decodeTags(b []byte) (map[string]string, error) {
	tags := map[string]string{}
	if err := json.Unmarshal(b, &tags); err != nil {
		return nil, fmt.Errorf("store: tags: %w", err)
	}
	return tags, nil
}

// encodeTags is the column of tags, within the limit on their number.
func encodeTags(tags map[string]string) ([]byte, error) {
	if len(tags) > glue.MaxTags {
		return nil, fmt.Errorf("%w: %d, at most %d", ErrTooManyTags, len(tags), glue.MaxTags)
	}
	if tags == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(tags)
}

// GetDefinition returns a resource, or ErrNotFound.
func (r *Reader) GetDefinition(region, kind, name string) (Definition, error) {
	var d Definition
	var tags []byte
	found := false
	err := r.query("get definition", func(row row) (err error) {
		found = true
		d, tags, err = scanDefinition(row)
		return err
	}, `SELECT `+definitionColumns+` FROM definition WHERE region = $1 AND kind = $2 AND name = $3`, region, kind, name)
	if err != nil {
		return Definition{}, err
	}
	if !found {
		return Definition{}, fmt.Errorf("%w: %s %s", ErrNotFound, kind, name)
	}
	d.Tags, err = decodeTags(tags)
	return d, err
}

// Definitions is a number that stands for all definitions and their tags: what was read after the number was taken holds while
// it stays the same. 0 says nothing: a change is being committed, the outcome of one is unknown, or another plane may take
// over the database.
func (db *DB) Definitions() int64 { return db.committer.defined.Load() }

// redefine runs a statement that changes definitions.
func (t *Tx) redefine(op, text string, args ...any) error {
	t.c.redefined = true
	_, err := t.exec(op, text, args...)
	return err
}

// DefinitionQuery selects a page of definitions.
type DefinitionQuery struct {
	Region string
	Kind   string
	After  string            // only names greater than this, by bytes
	Limit  int               // 1 to MaxList
	Tags   map[string]string // only resources that carry all of these
}

// ListDefinitions returns a page in the order of names. A full page may have a next one; a shorter one has not.
func (r *Reader) ListDefinitions(q DefinitionQuery) ([]Definition, error) {
	if q.Limit < 1 || q.Limit > MaxList {
		return nil, fmt.Errorf("store: list definitions: limit %d is not within 1 to %d", q.Limit, MaxList)
	}
	var page []Definition
	for {
		want := q.Limit - len(page)
		if len(q.Tags) > 0 {
			want = MaxList // most may be filtered out
		}
		found, err := r.definitionPage(q.Region, q.Kind, q.After, want)
		if err != nil {
			return nil, err
		}
		for _, d := range found {
			if hasTags(d.Tags, q.Tags) {
				page = append(page, d)
			}
			if len(page) == q.Limit {
				return page, nil
			}
		}
		if len(found) < want {
			return page, nil
		}
		q.After = found[len(found)-1].Name
	}
}

// definitionPage reads up to limit definitions after a name.
func (r *Reader) definitionPage(region, kind, after string, limit int) ([]Definition, error) {
	return r.definitions(`SELECT `+definitionColumns+` FROM definition WHERE region = $1 AND kind = $2 AND name > $3
		ORDER BY name LIMIT $4`, region, kind, after, limit)
}

// definitions reads rows of definitionColumns.
func (r *Reader) definitions(text string, args ...any) ([]Definition, error) {
	var page []Definition
	var tags [][]byte
	err := r.query("list definitions", func(row row) error {
		d, t, err := scanDefinition(row)
		page, tags = append(page, d), append(tags, t)
		return err
	}, text, args...)
	if err != nil {
		return nil, err
	}
	for i := range page {
		if page[i].Tags, err = decodeTags(tags[i]); err != nil {
			return nil, err
		}
	}
	return page, nil
}

// AllDefinitions returns up to limit definitions of a kind, of all regions, in the order of region and name, after those
// of a region and name: what is loaded at the start. limit may be larger than MaxList.
func (r *Reader) AllDefinitions(kind, afterRegion, afterName string, limit int) ([]Definition, error) {
	return r.definitions(sqlAllDefinitions, kind, afterRegion, afterName, limit)
}

// sqlAllDefinitions is the statement of AllDefinitions.
const sqlAllDefinitions = `SELECT ` + definitionColumns + ` FROM definition WHERE kind = $1 AND (region, name) > ($2, $3)
	ORDER BY region, name LIMIT $4`

// hasTags reports whether have holds every pair of want.
func hasTags(have, want map[string]string) bool {
	for k, v := range want {
		if got, ok := have[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// CountDefinitions returns how many resources of a kind a region has.
func (r *Reader) CountDefinitions(region, kind string) (int64, error) {
	var n int64
	err := r.one("count definitions", []any{&n}, `SELECT COUNT(*) FROM definition WHERE region = $1 AND kind = $2`, region, kind)
	return n, err
}

// CountRegions returns how many regions other than one have definitions. It goes from region to region along the key, since
// the definitions of one may be many.
func (r *Reader) CountRegions(except string) (n int64, err error) {
	for region := ""; ; {
		if err := r.one("count regions", []any{&region}, `SELECT COALESCE(MIN(region), '') FROM definition WHERE region > $1`, region); err != nil {
			return 0, err
		}
		switch region {
		case "":
			return n, nil
		case except:
		default:
			n++
		}
	}
}

// CreateDefinition stores a new resource from Region, Kind, Name, Tags and Doc, and fills in the rest. ErrExists if the
// name is taken.
func (t *Tx) CreateDefinition(d *Definition) error {
	tags, err := encodeTags(d.Tags)
	if err != nil {
		return err
	}
	if _, err := t.definitionVersion(d.Region, d.Kind, d.Name); err == nil {
		return fmt.Errorf("%w: %s %s", ErrExists, d.Kind, d.Name)
	} else if !errors.Is(err, ErrNotFound) {
		return err
	}
	t.c.seq.incarnation++
	if err := t.putNumber(metaIncarnation, t.c.seq.incarnation); err != nil {
		return err
	}
	d.Incarnation, d.Version, d.Created, d.Modified = t.c.seq.incarnation, 1, t.now, t.now
	return t.redefine("create definition", `INSERT INTO definition (`+definitionColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		d.Region, d.Kind, d.Name, d.Incarnation, d.Version, micros(d.Created), micros(d.Modified), tags, blob(d.Doc))
}

// UpdateDefinition replaces the document of a resource. version is the one it must have, or 0 for any. It returns the
// new version; ErrNotFound and ErrVersion change nothing.
func (t *Tx) UpdateDefinition(region, kind, name string, version int64, doc json.RawMessage) (int64, error) {
	have, err := t.checkVersion(region, kind, name, version)
	if err != nil {
		return 0, err
	}
	err = t.redefine("update definition", `UPDATE definition SET doc = $1, version = $2, modified = $3
		WHERE region = $4 AND kind = $5 AND name = $6`, blob(doc), have+1, micros(t.now), region, kind, name)
	return have + 1, err
}

// DeleteDefinition removes a resource and its tags. version is the one it must have, or 0 for any. Runs of a deleted job
// stay, but no incarnation leads to them.
func (t *Tx) DeleteDefinition(region, kind, name string, version int64) error {
	if _, err := t.checkVersion(region, kind, name, version); err != nil {
		return err
	}
	return t.redefine("delete definition", `DELETE FROM definition WHERE region = $1 AND kind = $2 AND name = $3`, region, kind, name)
}

// definitionVersion returns the version of a resource, or ErrNotFound.
func (r *Reader) definitionVersion(region, kind, name string) (int64, error) {
	var version int64
	err := r.one(kind+" "+name, []any{&version},
		`SELECT version FROM definition WHERE region = $1 AND kind = $2 AND name = $3`, region, kind, name)
	return version, err
}

// checkVersion returns the version of a resource if that is want or want is 0.
func (t *Tx) checkVersion(region, kind, name string, want int64) (int64, error) {
	have, err := t.definitionVersion(region, kind, name)
	if err == nil && want != 0 && want != have {
		err = &VersionError{Want: want, Have: have}
	}
	return have, err
}

// PutTags adds tags to a resource, replacing those of the same keys. ErrTooManyTags past the limit.
func (t *Tx) PutTags(region, kind, name string, add map[string]string) error {
	return t.changeTags(region, kind, name, func(tags map[string]string) { maps.Copy(tags, add) })
}

// RemoveTags takes tags off a resource; keys it does not carry are no error.
func (t *Tx) RemoveTags(region, kind, name string, keys []string) error {
	return t.changeTags(region, kind, name, func(tags map[string]string) {
		for _, k := range keys {
			delete(tags, k)
		}
	})
}

// changeTags rewrites the tags of a resource.
func (t *Tx) changeTags(region, kind, name string, change func(map[string]string)) error {
	var b []byte
	if err := t.one(kind+" "+name, []any{&b},
		`SELECT tags FROM definition WHERE region = $1 AND kind = $2 AND name = $3`, region, kind, name); err != nil {
		return err
	}
	tags, err := decodeTags(b)
	if err != nil {
		return err
	}
	change(tags)
	if b, err = encodeTags(tags); err != nil {
		return err
	}
	return t.redefine("put tags", `UPDATE definition SET tags = $1 WHERE region = $2 AND kind = $3 AND name = $4`, b, region, kind, name)
}
