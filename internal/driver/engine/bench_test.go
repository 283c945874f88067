package engine

import (
	"context"
	"testing"

	"tenon/internal/plan"
)

// BenchmarkOpen is what every glueetl run pays before its first frame.
func BenchmarkOpen(b *testing.B) {
	for b.Loop() {
		e, err := Open(context.Background(), Config{ScratchDir: b.TempDir(), Threads: 2})
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFrame analyses a small query.
func BenchmarkFrame(b *testing.B) {
	e := openWithFrames(b)
	for b.Loop() {
		f, err := e.Frame(context.Background(), sqlNode("select dept, sum(age) + 1 as s from people where id > 1 group by dept"))
		if err != nil {
			b.Fatal(err)
		}
		e.Drop(f.Frame)
	}
}

// BenchmarkCollect runs a small query.
func BenchmarkCollect(b *testing.B) {
	e := openWithFrames(b)
	f := frameOf(b, e, sqlNode("select dept, sum(age) + 1 as s from people where id > 1 group by dept"))
	for b.Loop() {
		if _, err := e.Collect(context.Background(), plan.Collect{Frame: f.Frame, Limit: -1}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRows runs expressions over a million rows: the cost of Spark's semantics, one expression each.
func BenchmarkRows(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"base", "id"}, {"add bigint", "id + id"}, {"add int", "i + i"}, {"divide", "id / i"}, {"text to int", "cast(s as int)"}, {"text to double", "cast(t as double)"},
		{"odd text to int", "cast(t as int)"}, {"double to text", "cast(d as string)"}, {"small double to text", "cast(d / 1e9 as string)"},
		{"decimal divide", "x / 3"}, {"text to date", "cast(u as date)"}, {"substring", "substring(s, 2, 3)"}, {"regexp_replace", "regexp_replace(s, '[0-3]', 'x')"},
		{"round", "round(d, 2)"}, {"to_date pattern", "to_date(u, 'yyyy-MM-dd')"},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := open(b)
			base := frameOf(b, e, plan.Node{Kind: plan.NodeRange, End: 1_000_000})
			if err := e.View(plan.View{Name: "r", Frame: base.Frame}); err != nil {
				b.Fatal(err)
			}
			cached := frameOf(b, e, sqlNode("select id, cast(id as int) i, cast(id as string) s, concat(id, '.5') t, id * 1.5D d, cast(id as decimal(10,2)) x, cast(date_add(date '2000-01-01', cast(id % 9000 as int)) as string) u from r"))
			if err := e.Cache(cached.Frame); err != nil {
				b.Fatal(err)
			}
			if err := e.View(plan.View{Name: "m", Frame: cached.Frame}); err != nil {
				b.Fatal(err)
			}
			f := frameOf(b, e, sqlNode("select max(v) from (select "+c.text+" as v from m)"))
			if _, err := e.Collect(context.Background(), plan.Collect{Frame: f.Frame, Limit: -1}); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := e.Collect(context.Background(), plan.Collect{Frame: f.Frame, Limit: -1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
