package storetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tenon/internal/driver/store"
)

// get returns a definition that must be there.
func (s *state) get(kind, name string) (d store.Definition) {
	s.t.Helper()
	s.read(func(r *store.Reader) (err error) {
		d, err = r.GetDefinition(region, kind, name)
		return err
	})
	return d
}

// testDefinitionNumber changes definitions, and things that are none. A store that others may write to has no number.
func testDefinitionNumber(t *testing.T, s *state) {
	number := s.db.Definitions()
	moved := func(what string, change func(tx *store.Tx) error) {
		t.Helper()
		before := number
		s.commit(change)
		if number = s.db.Definitions(); before != 0 && number <= before || before == 0 && number != 0 {
			t.Errorf("%s: number %d, then %d", what, before, number)
		}
	}
	moved("create", func(tx *store.Tx) error {
		return tx.CreateDefinition(&store.Definition{Region: region, Kind: "job", Name: "j"})
	})
	moved("update", func(tx *store.Tx) error { _, err := tx.UpdateDefinition(region, "job", "j", 0, nil); return err })
	moved("tag", func(tx *store.Tx) error { return tx.PutTags(region, "job", "j", map[string]string{"a": "b"}) })
	moved("untag", func(tx *store.Tx) error { return tx.RemoveTags(region, "job", "j", []string{"a"}) })
	moved("delete", func(tx *store.Tx) error { return tx.DeleteDefinition(region, "job", "j", 0) })
	s.commit(func(tx *store.Tx) error { return tx.InsertRun(waiting(1)) })
	if same := s.db.Definitions(); same != number {
		t.Errorf("a run: number %d, then %d", number, same)
	}
}

// testDefinition takes one definition through its life.
func testDefinition(t *testing.T, s *state) {
	d := store.Definition{Region: region, Kind: "job", Name: "nightly", Doc: []byte(`{"Name":"nightly"}`),
		Tags: map[string]string{"team": "finance"}}
	s.commit(func(tx *store.Tx) error { return tx.CreateDefinition(&d) })
	if d.Version != 1 || !d.Created.Equal(epoch) || d.Incarnation == 0 {
		t.Errorf("created as %+v", d)
	}
	same(t, "created", s.get("job", "nightly"), d)

	again := store.Definition{Region: region, Kind: "job", Name: "nightly"}
	s.refuse(store.ErrExists, func(tx *store.Tx) error { return tx.CreateDefinition(&again) })
	for _, other := range []store.Definition{
		{Region: "eu-west-1", Kind: "job", Name: "nightly"},
		{Region: region, Kind: "connection", Name: "nightly"},
		{Region: region, Kind: "job", Name: "Nightly"},
	} {
		s.commit(func(tx *store.Tx) error { return tx.CreateDefinition(&other) })
	}

	later := epoch.Add(time.Minute)
	if err := s.db.Commit(t.Context(), later, func(tx *store.Tx) error {
		v, err := tx.UpdateDefinition(region, "job", "nightly", 1, []byte(`{"v":2}`))
		if v != 2 {
			t.Errorf("updated to version %d, want 2", v)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	d.Version, d.Modified, d.Doc = 2, later, []byte(`{"v":2}`)
	same(t, "updated", s.get("job", "nightly"), d)

	s.refuse(store.ErrVersion, func(tx *store.Tx) error {
		_, err := tx.UpdateDefinition(region, "job", "nightly", 1, []byte(`{"v":3}`))
		return err
	})
	s.refuse(store.ErrVersion, func(tx *store.Tx) error { return tx.DeleteDefinition(region, "job", "nightly", 3) })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error {
		_, err := tx.UpdateDefinition(region, "job", "absent", 0, nil)
		return err
	})
	same(t, "after refusals", s.get("job", "nightly"), d)

	s.commit(func(tx *store.Tx) error { return tx.DeleteDefinition(region, "job", "nightly", 2) })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteDefinition(region, "job", "nightly", 0) })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { return tx.PutTags(region, "job", "nightly", nil) })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error {
		_, err := tx.GetDefinition(region, "job", "nightly")
		return err
	})
	s.read(func(r *store.Reader) error {
		n, err := r.CountDefinitions(region, "job")
		if n != 1 {
			t.Errorf("%d jobs left, want the one of the other name", n)
		}
		return err
	})
}

// testIncarnation deletes and makes a job again, in one transaction at one time, and across a reopening: its runs are
// those of its incarnation only.
func testIncarnation(t *testing.T, s *state) {
	create := func(tx *store.Tx) (store.Definition, error) {
		d := store.Definition{Region: region, Kind: "job", Name: "j"}
		return d, tx.CreateDefinition(&d)
	}
	var first, second, third store.Definition
	old := waiting(1)
	s.commit(func(tx *store.Tx) (err error) {
		if first, err = create(tx); err != nil {
			return err
		}
		old.Incarnation = first.Incarnation
		if err := tx.InsertRun(old); err != nil {
			return err
		}
		if err := tx.DeleteDefinition(region, "job", "j", 0); err != nil {
			return err
		}
		if second, err = create(tx); err != nil {
			return err
		}
		return tx.DeleteDefinition(region, "job", "j", 0)
	})
	s.reopen()
	s.commit(func(tx *store.Tx) (err error) {
		third, err = create(tx)
		return err
	})
	if first.Incarnation == second.Incarnation || second.Incarnation == third.Incarnation || first.Incarnation == third.Incarnation {
		t.Errorf("incarnations %d, %d, %d", first.Incarnation, second.Incarnation, third.Incarnation)
	}
	s.read(func(r *store.Reader) error {
		runs, err := r.ListRuns(store.RunQuery{Region: region, Job: "j", Incarnation: third.Incarnation, Limit: 10})
		if len(runs) != 0 {
			t.Errorf("the new job has the old one's runs: %+v", runs)
		}
		return err
	})
}

// testDefinitionList pages in byte order while names are added and removed behind and before the cursor.
func testDefinitionList(t *testing.T, s *state) {
	put := func(names ...string) {
		s.commit(func(tx *store.Tx) error {
			for _, name := range names {
				d := store.Definition{Region: region, Kind: "job", Name: name}
				if strings.Contains(name, "t") {
					d.Tags = map[string]string{"team": "a", "tier": name}
				}
				if err := tx.CreateDefinition(&d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	list := func(after string, limit int, tags map[string]string) (names []string) {
		s.read(func(r *store.Reader) error {
			page, err := r.ListDefinitions(store.DefinitionQuery{Region: region, Kind: "job", After: after, Limit: limit, Tags: tags})
			for _, d := range page {
				names = append(names, d.Name)
			}
			return err
		})
		return names
	}
	put("b", "B", "a", "é", "_", "Z", "a%", "at", "ct")
	same(t, "all, by bytes", list("", 100, nil), []string{"B", "Z", "_", "a", "a%", "at", "b", "ct", "é"})
	same(t, "first page", list("", 3, nil), []string{"B", "Z", "_"})
	put("A", "aa")
	s.commit(func(tx *store.Tx) error { return tx.DeleteDefinition(region, "job", "_", 0) }) // the cursor's own row
	same(t, "second page", list("_", 3, nil), []string{"a", "a%", "aa"})
	same(t, "the last page", list("b", 100, nil), []string{"ct", "é"})
	same(t, "past the end", list("é", 100, nil), []string(nil))
	same(t, "by tag", list("", 1, map[string]string{"team": "a"}), []string{"at"})
	same(t, "by tag, next", list("at", 5, map[string]string{"team": "a"}), []string{"ct"})
	same(t, "by two tags", list("", 5, map[string]string{"team": "a", "tier": "ct"}), []string{"ct"})
	same(t, "by a tag's other value", list("", 5, map[string]string{"team": "b"}), []string(nil))
	for _, limit := range []int{0, -1, store.MaxList + 1} {
		s.refuseRead(func(r *store.Reader) error {
			_, err := r.ListDefinitions(store.DefinitionQuery{Region: region, Kind: "job", Limit: limit})
			return err
		})
	}
	var many []string
	for i := range 2 * store.MaxList {
		many = append(many, fmt.Sprintf("x%05d", i))
	}
	put(many...)
	put("zt")
	same(t, "a filter that skips pages", list("ct", 5, map[string]string{"team": "a"}), []string{"zt"})
}

// refuseRead runs a read that must fail.
func (s *state) refuseRead(fn func(r *store.Reader) error) {
	s.t.Helper()
	if err := s.db.Read(s.t.Context(), fn); err == nil {
		s.t.Error("a read out of limits was answered")
	}
}

// testTags adds, replaces and removes tags, up to the limit.
func testTags(t *testing.T, s *state) {
	d := store.Definition{Region: region, Kind: "job", Name: "j"}
	s.commit(func(tx *store.Tx) error { return tx.CreateDefinition(&d) })
	same(t, "none", s.get("job", "j").Tags, map[string]string{})
	s.commit(func(tx *store.Tx) error { return tx.PutTags(region, "job", "j", map[string]string{"a": "1", "b": ""}) })
	s.commit(func(tx *store.Tx) error {
		return tx.PutTags(region, "job", "j", map[string]string{"a": "2", "ü": "x"})
	})
	s.commit(func(tx *store.Tx) error { return tx.RemoveTags(region, "job", "j", []string{"b", "absent"}) })
	got := s.get("job", "j")
	same(t, "tags", got.Tags, map[string]string{"a": "2", "ü": "x"})
	if got.Version != 1 {
		t.Errorf("tags made version %d", got.Version)
	}
	many := map[string]string{}
	for i := range 49 {
		many[fmt.Sprint(i)] = "x"
	}
	s.refuse(store.ErrTooManyTags, func(tx *store.Tx) error { return tx.PutTags(region, "job", "j", many) })
	delete(many, "0")
	s.commit(func(tx *store.Tx) error { return tx.PutTags(region, "job", "j", many) })
	if n := len(s.get("job", "j").Tags); n != 50 {
		t.Errorf("%d tags, want 50", n)
	}
}
