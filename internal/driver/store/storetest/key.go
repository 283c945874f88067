package storetest

import (
	"errors"
	"testing"
	"time"

	"tenon/internal/driver/store"
)

// testStartKey stores, finds, replaces and expires answers.
func testStartKey(t *testing.T, s *state) {
	k := store.StartKey{Region: region, Principal: "AKIA", Operation: "StartJobRun", Kind: store.StartKeyInvocation, Key: "k",
		Result: "jr_1", BodyHash: []byte{1, 2}, Expires: epoch.Add(time.Hour)}
	s.commit(func(tx *store.Tx) error { return tx.PutStartKey(k) })
	ask := func(now time.Time, q store.StartKey) (store.StartKey, bool) {
		q.Result, q.BodyHash, q.Expires = "", nil, time.Time{}
		keys := []store.StartKey{q}
		var found []bool
		s.read(func(r *store.Reader) (err error) {
			found, err = r.LookupStartKeys(now, keys)
			return err
		})
		return keys[0], found[0]
	}
	got, found := ask(epoch, k)
	if !found {
		t.Fatal("not found")
	}
	same(t, "start key", got, k)
	for name, change := range map[string]func(*store.StartKey){
		"region":    func(k *store.StartKey) { k.Region = "eu-west-1" },
		"principal": func(k *store.StartKey) { k.Principal = "AKIB" },
		"operation": func(k *store.StartKey) { k.Operation = "StartTrigger" },
		"kind":      func(k *store.StartKey) { k.Kind = store.StartKeyRun },
		"key":       func(k *store.StartKey) { k.Key = "K" },
		"border":    func(k *store.StartKey) { k.Kind, k.Key = k.Kind+"k", "" },
	} {
		other := k
		change(&other)
		if _, found := ask(epoch, other); found {
			t.Errorf("found under another %s", name)
		}
	}
	if _, found := ask(k.Expires, k); found {
		t.Error("found when it has expired")
	}
	k.Result, k.Expires = "jr_2", epoch.Add(2*time.Hour)
	s.commit(func(tx *store.Tx) error { return tx.PutStartKey(k) })
	if got, _ := ask(epoch.Add(time.Hour), k); got.Result != "jr_2" {
		t.Errorf("not replaced: %+v", got)
	}
}

// testBookmark commits a bookmark against versions.
func testBookmark(t *testing.T, s *state) {
	get := func() (b store.Bookmark, err error) {
		err = s.db.Read(t.Context(), func(r *store.Reader) error {
			b, err = r.GetBookmark(region, "j")
			return err
		})
		return b, err
	}
	if _, err := get(); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("bookmark of a new job: %v", err)
	}
	b := store.Bookmark{Region: region, Job: "j", Run: "jr_1", Doc: []byte{0, 1, 255}}
	s.refuse(store.ErrVersion, func(tx *store.Tx) error { return tx.PutBookmark(&b, 1) })
	s.commit(func(tx *store.Tx) error { return tx.PutBookmark(&b, 0) })
	s.refuse(store.ErrVersion, func(tx *store.Tx) error { return tx.PutBookmark(&b, 0) })
	var mismatch *store.VersionError
	err := s.db.Commit(t.Context(), epoch, func(tx *store.Tx) error { return tx.PutBookmark(&b, 7) })
	if !errors.As(err, &mismatch) || *mismatch != (store.VersionError{Want: 7, Have: 1}) {
		t.Errorf("got %v, want versions 7 and 1", err)
	}
	b.Run, b.Doc = "jr_2", []byte("two")
	s.commit(func(tx *store.Tx) error { return tx.PutBookmark(&b, 1) })
	s.reopen()
	got, err := get()
	if err != nil {
		t.Fatal(err)
	}
	want := store.Bookmark{Region: region, Job: "j", Version: 2, Run: "jr_2", Modified: epoch, Doc: []byte("two")}
	same(t, "bookmark", got, want)
	s.commit(func(tx *store.Tx) error {
		return errors.Join(tx.DeleteBookmark(region, "j"), tx.DeleteBookmark(region, "j"))
	})
	if _, err := get(); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("bookmark of a deleted job: %v", err)
	}
}

// testAccessKey makes, changes and removes keys.
func testAccessKey(t *testing.T, s *state) {
	k := store.AccessKey{ID: "AKIA1", Secret: []byte{0, 255}, Principal: "ops"}
	other := store.AccessKey{ID: "AKIA0", Secret: []byte{1}}
	s.commit(func(tx *store.Tx) error { return errors.Join(tx.CreateAccessKey(&k), tx.CreateAccessKey(&other)) })
	s.refuse(store.ErrExists, func(tx *store.Tx) error { return tx.CreateAccessKey(&k) })
	k.Disabled, k.Principal = true, "dev"
	s.commit(func(tx *store.Tx) error { return tx.UpdateAccessKey(k) })
	s.read(func(r *store.Reader) error {
		got, err := r.GetAccessKey("AKIA1")
		same(t, "key", got, store.AccessKey{ID: "AKIA1", Secret: []byte{0, 255}, Principal: "dev", Created: epoch, Disabled: true})
		all, err2 := r.ListAccessKeys("", 10)
		same(t, "keys", all, []store.AccessKey{other, k})
		page, err3 := r.ListAccessKeys("AKIA0", 1)
		same(t, "page", page, []store.AccessKey{k})
		return errors.Join(err, err2, err3)
	})
	s.commit(func(tx *store.Tx) error { return tx.DeleteAccessKey("AKIA1") })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { return tx.DeleteAccessKey("AKIA1") })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { return tx.UpdateAccessKey(k) })
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.GetAccessKey("AKIA1"); return err })
}

// testMeta sets settings, once and again.
func testMeta(t *testing.T, s *state) {
	for i, want := range []string{"first", "first"} {
		s.commit(func(tx *store.Tx) error {
			got, err := tx.PutMetaOnce("server-key", []byte([]string{"first", "second"}[i]))
			same(t, "put once", string(got), want)
			return err
		})
	}
	s.commit(func(tx *store.Tx) error { return tx.PutMeta("port", []byte("1")) })
	s.commit(func(tx *store.Tx) error { return tx.PutMeta("port", []byte("2")) })
	s.reopen()
	s.read(func(r *store.Reader) error {
		port, err := r.GetMeta("port")
		same(t, "port", string(port), "2")
		return err
	})
	s.refuse(store.ErrNotFound, func(tx *store.Tx) error { _, err := tx.GetMeta("absent"); return err })
}
