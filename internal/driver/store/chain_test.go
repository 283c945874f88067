package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/core/audit"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// commit runs fn in a transaction that must succeed.
func commit(t *testing.T, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Commit(t.Context(), time.Unix(1, 0), fn); err != nil {
		t.Fatal(err)
	}
}

// appendTen commits ten events.
func appendTen(t *testing.T, db *store.DB) {
	t.Helper()
	commit(t, db, func(tx *store.Tx) error {
		for i := range 10 {
			e := glue.Event{Kind: glue.EventRunStarted, Job: "j", Run: fmt.Sprint("jr_", i), Detail: []byte(`{"a":1}`)}
			if err := tx.AppendEvent(&e); err != nil {
				return err
			}
		}
		return nil
	})
}

// verify checks the events after a link.
func verify(t *testing.T, db *store.DB, from audit.Link) (v store.Verification) {
	t.Helper()
	if err := db.Read(t.Context(), func(r *store.Reader) (err error) {
		v, err = r.VerifyEvents(from, store.MaxVerify)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return v
}

// change is a statement that somebody runs who has got hold of the database.
type change struct {
	text string
	args []any
}

// testTamper changes what is stored in each way there is, past the committer: the first event that does not fit is named.
func testTamper(t *testing.T, fresh func(t *testing.T) store.Config) {
	plain := func(texts ...string) (changes []change) {
		for _, text := range texts {
			changes = append(changes, change{text: text})
		}
		return changes
	}
	for _, test := range []struct {
		name    string
		changes []change
		broken  int64 // 0: nothing is wrong
		problem string
	}{
		{"nothing", nil, 0, ""},
		{"detail", []change{{`UPDATE event SET detail = $1 WHERE seq = 4`, []any{[]byte(`{"a":2}`)}}}, 4, "was changed"},
		{"who", plain(`UPDATE event SET who = 'AKIA' WHERE seq = 4`), 4, "was changed"},
		{"time", plain(`UPDATE event SET at = at + 1 WHERE seq = 10`), 10, "was changed"},
		{"hash", plain(`UPDATE event SET hash = (SELECT hash FROM event WHERE seq = 5) WHERE seq = 4`), 4, "was changed"},
		{"no hash", []change{{`UPDATE event SET hash = $1 WHERE seq = 1`, []any{[]byte{}}}}, 1, "was changed"},
		{"a part moved to its neighbour", plain(`UPDATE event SET job = 'jj', run = 'r_3' WHERE seq = 4`), 4, "was changed"},
		{"deleted", plain(`DELETE FROM event WHERE seq = 4`), 4, "Record 4 is missing"},
		{"several deleted", plain(`DELETE FROM event WHERE seq > 3 AND seq < 7`), 4, "Records 4 to 6 are missing"},
		{"the first deleted", plain(`DELETE FROM event WHERE seq = 1`), 1, "Record 1 is missing"},
		{"inserted", plain(`INSERT INTO event SELECT 11, at, region, kind, job, run, attempt, who, detail, hash FROM event WHERE seq = 10`),
			11, "was changed"},
		{"reordered", plain(`UPDATE event SET seq = 100 WHERE seq = 4`, `UPDATE event SET seq = 4 WHERE seq = 6`,
			`UPDATE event SET seq = 6 WHERE seq = 100`), 4, "was changed"},
		{"put to the end", plain(`UPDATE event SET seq = 13 WHERE seq = 10`), 10, "Records 10 to 12 are missing"},
		{"deleted as if past retention", []change{{`DELETE FROM event WHERE seq < 4`, nil},
			{`INSERT INTO meta (key, value) VALUES ('store.chain', $1)`, []any{[]byte(audit.Link{Seq: 3}.String())}}}, 4, "was changed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			db, err := store.Open(t.Context(), fresh(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			appendTen(t, db)
			for _, c := range test.changes {
				commit(t, db, func(tx *store.Tx) error { return tx.Tamper(c.text, c.args...) })
			}
			v := verify(t, db, audit.Link{})
			if v.Broken == nil {
				v.Broken = &audit.Break{}
			}
			if v.Broken.Seq != test.broken || !strings.Contains(v.Broken.Problem, test.problem) {
				t.Errorf("the first that does not fit is %d (%s), want %d (%s)", v.Broken.Seq, v.Broken.Problem, test.broken, test.problem)
			}
			if want := test.broken - 1; want > 0 && v.Head.Seq != want && v.Pruned == 0 {
				t.Errorf("it holds up to %d, want %d", v.Head.Seq, want)
			}
		})
	}
}

// testForge lets somebody delete an event and compute all hashes after it again, or cut the last ones off: only who has
// kept a hash from before sees that.
func testForge(t *testing.T, cfg store.Config) {
	db, err := store.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	appendTen(t, db)
	noted := verify(t, db, audit.Link{}).Head
	var chainer audit.Chainer
	commit(t, db, func(tx *store.Tx) error {
		rows, err := tx.ChainAfter(0, 10)
		if err != nil {
			return err
		}
		link := audit.Link{Seq: 3, Hash: rows[2].Hash}
		for _, e := range rows[4:] {
			e.Seq--
			link = chainer.Next(link.Hash, &e.Event)
			if err := tx.Tamper(`DELETE FROM event WHERE seq = $1`, e.Seq); err != nil {
				return err
			}
			if err := tx.Tamper(`UPDATE event SET seq = $1, hash = $2 WHERE seq = $3`, e.Seq, link.Hash[:], e.Seq+1); err != nil {
				return err
			}
		}
		return nil
	})
	if v := verify(t, db, audit.Link{}); v.Broken != nil || v.Head.Seq != 9 {
		t.Fatalf("the forgery is not as good as it can be: %+v", v)
	}
	if tip := db.Tip(); tip != noted {
		t.Errorf("the tip is %v, want %v", tip, noted)
	}
	if v := verify(t, db, noted); v.Broken == nil || v.Broken.Seq != 10 || !strings.Contains(v.Broken.Problem, "missing") {
		t.Errorf("against the hash that was noted: %+v", v)
	}
}

// testChainOld opens a state of the first version of the schema, with and without events that were pruned: what is left is
// chained, all of it stays what it was, and so do the leases.
func testChainOld(t *testing.T, fresh func(t *testing.T) store.Config) {
	for _, test := range []struct {
		name        string
		first, last int64
		noted       string // by pruning
		next        int64
	}{
		{"empty", 1, 0, "", 1},
		{"one", 1, 1, "", 2},
		{"a page and more", 1, 1234, "", 1235},
		{"pruned", 501, 700, "650", 701},
		{"all pruned", 1, 0, "700", 701},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := fresh(t)
			var want []glue.Event
			if err := store.FillOld(t.Context(), cfg, "0001", func(db *sql.DB) error {
				for seq := test.first; seq <= test.last; seq++ {
					e := glue.Event{Seq: seq, At: time.Unix(seq, 0).UTC(), Region: "eu-west-1", Kind: glue.EventRunEnded, Job: "j",
						Run: "jr_1", Attempt: 1, Who: "AKIA", Detail: fmt.Appendf(nil, `{"n": %d}`, seq)}
					want = append(want, e)
					if _, err := db.Exec(`INSERT INTO event (seq, at, region, kind, job, run, attempt, who, detail)
						VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, e.Seq, e.At.UnixMicro(), e.Region, string(e.Kind), e.Job, e.Run,
						e.Attempt, e.Who, []byte(e.Detail)); err != nil {
						return err
					}
				}
				if test.noted != "" {
					if _, err := db.Exec(`INSERT INTO meta (key, value) VALUES ('store.event', $1)`, []byte(test.noted)); err != nil {
						return err
					}
				}
				_, err := db.Exec(`INSERT INTO lease (run, region, attempt, phase, vector, since) VALUES ('jr_1', 'r', 2, 'started', $1, 5)`, []byte("{}"))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.Read(t.Context(), func(r *store.Reader) error {
				got, err := r.EventsAfter(0, store.MaxEvents)
				leases, err2 := r.Leases()
				held := store.Lease{Run: "jr_1", Region: "r", Attempt: 2, Phase: store.LeaseStarted, Vector: []byte("{}"), Since: time.UnixMicro(5).UTC()}
				if diff := cmp.Diff(want, got) + cmp.Diff([]store.Lease{held}, leases); diff != "" {
					t.Error(diff)
				}
				return errors.Join(err, err2)
			}); err != nil {
				t.Fatal(err)
			}
			e := glue.Event{Kind: glue.EventRunStarted}
			commit(t, db, func(tx *store.Tx) error { return tx.AppendEvent(&e) })
			v := verify(t, db, audit.Link{})
			if v.Broken != nil || e.Seq != test.next || v.Head.Seq != e.Seq || v.Records != int64(len(want))+1 {
				t.Errorf("after the migration event %d came, and %+v", e.Seq, v)
			}
		})
	}
}

func TestChainSQLite(t *testing.T) {
	fresh := func(t *testing.T) store.Config { return store.Config{Dir: t.TempDir()} }
	t.Run("Tamper", func(t *testing.T) { testTamper(t, fresh) })
	t.Run("Forge", func(t *testing.T) { testForge(t, fresh(t)) })
	t.Run("Old", func(t *testing.T) { testChainOld(t, fresh) })
}
