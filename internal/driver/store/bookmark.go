package store

import "time"

// Bookmark is the bookmark of one job. Doc is core/bookmark's State, which holds the history to go back to.
type Bookmark struct {
	Region   string
	Job      string
	Version  int64  // 1 at the first commit, one more with each change
	Run      string // id of the run that committed it last; empty after a reset
	Modified time.Time
	Doc      []byte
}

// GetBookmark returns the bookmark of a job, or ErrNotFound if none was ever committed.
func (r *Reader) GetBookmark(region, job string) (Bookmark, error) {
	b := Bookmark{Region: region, Job: job}
	var modified int64
	err := r.one("bookmark of "+job, []any{&b.Version, &b.Run, &modified, &b.Doc},
		`SELECT version, run, modified, doc FROM bookmark WHERE region = $1 AND job = $2`, region, job)
	b.Modified = fromMicros(modified)
	return b, err
}

// PutBookmark stores b (Region, Job, Run, Doc) as version expected + 1, if the stored version is expected; 0 stands for
// none. Otherwise it answers a *VersionError. It sets b.Version and b.Modified.
func (t *Tx) PutBookmark(b *Bookmark, expected int64) error {
	have, err := t.bookmarkVersion(b.Region, b.Job)
	if err != nil {
		return err
	}
	if have != expected {
		return &VersionError{Want: expected, Have: have}
	}
	_, err = t.exec("put bookmark", `INSERT INTO bookmark (region, job, version, run, modified, doc) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (region, job) DO UPDATE SET version = excluded.version, run = excluded.run, modified = excluded.modified,
		doc = excluded.doc`, b.Region, b.Job, expected+1, b.Run, micros(t.now), blob(b.Doc))
	if err == nil {
		b.Version, b.Modified = expected+1, t.now
	}
	return err
}

// bookmarkVersion returns the version of a job's bookmark, 0 if it has none.
func (r *Reader) bookmarkVersion(region, job string) (version int64, err error) {
	err = r.one("bookmark", []any{&version},
		`SELECT COALESCE(MAX(version), 0) FROM bookmark WHERE region = $1 AND job = $2`, region, job)
	return version, err
}

// DeleteBookmark forgets the bookmark of a job, as deleting the job does. None is no error.
func (t *Tx) DeleteBookmark(region, job string) error {
	_, err := t.exec("delete bookmark", `DELETE FROM bookmark WHERE region = $1 AND job = $2`, region, job)
	return err
}
