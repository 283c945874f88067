package store

// RunSeq returns the Seq of a run by its id, in whatever region; ErrNotFound if there is none.
func (r *Reader) RunSeq(id string) (seq int64, err error) {
	err = r.one("run "+id, []any{&seq}, `SELECT seq FROM run WHERE id = $1`, id)
	return seq, err
}

// RunsAfter returns up to limit (1 to MaxList) runs in the order of their Seq, of all regions: what retention walks.
func (r *Reader) RunsAfter(after int64, limit int) ([]Run, error) {
	return r.runs("runs after", `SELECT seq, doc FROM run WHERE seq > $1 ORDER BY seq LIMIT $2`, after, min(limit, MaxList))
}
