package placement

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tenon/internal/glue"
)

// opsPerCheck is how many operations each of rapid's 100 checks of a property plays: tens of thousands in all; more than
// a million with TENON_SOAK.
func opsPerCheck() int {
	if os.Getenv("TENON_SOAK") != "" {
		return 4000
	}
	return 150
}

// pick draws below n from a seed: rapid's own draws are too slow for so many operations.
func pick(seed *uint64, n int64) int64 {
	*seed = *seed*6364136223846793005 + 1442695040888963407
	return int64(*seed>>33) % n
}

// TestBook: an address is in one hand at a time, and none of AWS's five is ever in any.
func TestBook(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		cidr := netip.PrefixFrom(netip.MustParseAddr("10.1.2.0"), int(24+pick(&seed, 5)))
		book, err := NewBook(cidr)
		if err != nil {
			t.Fatal(err)
		}
		holder := map[netip.Addr]int{}
		held := map[int][]Range{}
		for op := range opsPerCheck() {
			switch keys := sortedKeys(held); {
			case len(keys) > 0 && pick(&seed, 5) < 2:
				who := keys[pick(&seed, int64(len(keys)))]
				if err := book.Return(held[who]); err != nil {
					t.Fatal(err)
				}
				for _, a := range spread(t, Spell(held[who])) {
					delete(holder, a)
				}
				delete(held, who)
			case pick(&seed, 10) == 0: // a restart
				if book, err = NewBook(cidr); err != nil {
					t.Fatal(err)
				}
				for _, who := range keys {
					if err := book.Restore(held[who]); err != nil {
						t.Fatal(err)
					}
				}
			default:
				n := 1 + pick(&seed, 20)
				ranges, err := book.Take(nil, n)
				if fits := n <= Usable(cidr)-int64(len(holder)); (err == nil) != fits {
					t.Fatalf("%d of %d taken, %d wanted: %v", len(holder), Usable(cidr), n, err)
				} else if !fits {
					continue
				}
				got := spread(t, Spell(ranges))
				if int64(len(got)) != n {
					t.Fatalf("%d addresses, wanted %d", len(got), n)
				}
				for _, a := range got {
					if other, taken := holder[a]; taken || !handedOut(cidr, a) {
						t.Fatalf("op %d: %s, held by %d (%v)", op, a, other, taken)
					}
					holder[a] = op
				}
				held[op] = ranges
			}
			if book.Free() != Usable(cidr)-int64(len(holder)) {
				t.Fatalf("%d free, %d of %d taken", book.Free(), len(holder), Usable(cidr))
			}
		}
	})
}

// sortedKeys are the keys of a map.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	var keys []K
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// spread lists the addresses of ranges.
func spread(t *rapid.T, ranges []string) (all []netip.Addr) {
	for _, r := range ranges {
		first, last, isRange := strings.Cut(r, "-")
		if !isRange {
			last = first
		}
		for a := netip.MustParseAddr(first); ; a = a.Next() {
			if all = append(all, a); a == netip.MustParseAddr(last) {
				break
			}
			if len(all) > 1<<16 {
				t.Fatalf("endless range %s", r)
			}
		}
	}
	return all
}

// handedOut reports whether an address may be: it is none of the first four of its block, nor the last.
func handedOut(cidr netip.Prefix, a netip.Addr) bool {
	if !cidr.Contains(a) || !cidr.Contains(a.Next()) {
		return false
	}
	for range reservedFirst {
		if a = a.Prev(); !cidr.Contains(a) {
			return false
		}
	}
	return true
}

// drawRequest draws a run and the stands of its choices.
func drawRequest(seed *uint64) (Request, []Stand) {
	r := Request{Workers: 1 + pick(seed, 12), Extra: pick(seed, 2), Strategy: Strategies()[pick(seed, 4)], Seed: uint64(pick(seed, 1<<30))}
	if pick(seed, 2) == 0 {
		r.MinWorkers = 1 + pick(seed, r.Workers)
	}
	var stands []Stand
	for i := range pick(seed, 7) {
		id := fmt.Sprint("s", i)
		r.Choices = append(r.Choices, glue.Choice{Connection: "net-" + id, Subnet: id})
		if pick(seed, 6) == 0 {
			r.Avoid = append(r.Avoid, glue.Avoided{Subnet: id, Until: epoch.Add(time.Duration(pick(seed, 3)-1) * time.Minute)})
		}
		stands = append(stands, Stand{Managed: pick(seed, 6) > 0, Free: pick(seed, 16), Zone: fmt.Sprint("z", i%2), Cordoned: pick(seed, 8) == 0,
			Health: []State{Closed, Closed, Closed, Open, HalfOpen}[pick(seed, 5)], Probed: pick(seed, 2) == 0, ZoneUsed: 7 * (i % 2), ZoneUsable: 20})
	}
	return r, stands
}

// TestRank: the candidates are the choices, each once; where a run may go there is room, and nothing speaks against it;
// a good one comes before a usable one; and equal requests are answered alike.
func TestRank(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		for range opsPerCheck() {
			r, stands := drawRequest(&seed)
			ranked := Rank(nil, &r, stands, epoch)
			again := Rank(nil, &r, stands, epoch)
			if len(ranked) != len(r.Choices) {
				t.Fatalf("%d candidates of %d choices", len(ranked), len(r.Choices))
			}
			seen := map[int32]bool{}
			managed := slices.ContainsFunc(stands, func(s Stand) bool { return s.Managed })
			for i, c := range ranked {
				s := stands[c.Choice]
				if seen[c.Choice] || c != again[i] {
					t.Fatalf("%+v", ranked)
				}
				seen[c.Choice] = true
				switch {
				case !s.Managed:
					if c.Category != CategoryUnchecked || c.Admissible() == managed || c.Take != 0 {
						t.Fatalf("%+v", c)
					}
				case c.Admissible():
					whole := c.Workers == r.Workers && c.Take == r.Need()
					part := r.MinWorkers > 0 && c.Workers >= r.MinWorkers && c.Workers < r.Workers && c.Take == c.Workers+r.Extra && s.Free < r.Need()
					if c.Take > s.Free || !whole && !part || s.Cordoned || s.Health == Open || s.Health == HalfOpen && s.Probed {
						t.Fatalf("%+v on %+v", c, s)
					}
				default:
					least := r.Need()
					if r.MinWorkers > 0 {
						least = max(leastAddresses, r.MinWorkers+r.Extra)
					}
					if least <= s.Free && !s.Cordoned && s.Health == Closed {
						t.Fatalf("%+v on %+v", c, s)
					}
				}
				if i > 0 && ranked[i-1].group > c.group {
					t.Fatalf("%+v", ranked)
				}
			}
			if first := best(ranked); first != nil {
				zone := func(i int32) string { return stands[i].Zone }
				if why := r.Why(ranked, first, zone); !strings.Contains(why, r.Choices[first.Choice].Subnet) || !strings.HasSuffix(why, ".") {
					t.Fatal(why)
				}
			}
		}
	})
}

// TestRankAsTheDAG compares with the order that users of the well-known Airflow DAG get: those with room for all workers
// and those with room for two, shuffled apart or sorted together by what is free, and all others as they were listed.
func TestRankAsTheDAG(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		for range opsPerCheck() {
			r, stands := drawRequest(&seed)
			r.Avoid, r.Extra = nil, 0
			var good, usable, rest []int
			for i := range stands {
				s := &stands[i]
				*s = Stand{Managed: s.Managed, Free: s.Free}
				switch {
				case !s.Managed:
					rest = append(rest, i)
				case s.Free >= r.Workers:
					good = append(good, i)
				case s.Free >= 2:
					usable = append(usable, i)
				default:
					rest = append(rest, i)
				}
			}
			order := func() (got []int) {
				for _, c := range Rank(nil, &r, stands, epoch) {
					got = append(got, int(c.Choice))
				}
				return got
			}
			r.Strategy = Capacity
			want := slices.Concat(good, usable)
			slices.SortStableFunc(want, func(a, b int) int { return cmp.Compare(stands[b].Free, stands[a].Free) })
			if got := order(); !slices.Equal(got, append(want, rest...)) {
				t.Fatalf("%v, want %v, then %v; %+v", got, want, rest, stands)
			}
			r.Strategy = Random
			got := order()
			slices.Sort(got[:len(good)])
			slices.Sort(got[len(good) : len(good)+len(usable)])
			if !slices.Equal(got, slices.Concat(good, usable, rest)) {
				t.Fatalf("%v, want %v, %v and %v", got, good, usable, rest)
			}
		}
	})
}

// TestRandomIsFair: of three equal subnets each comes first for a third of the runs, within 5%.
func TestRandomIsFair(t *testing.T) {
	const runs = 6000
	first := map[string]int{}
	stands := slices.Repeat([]Stand{{Managed: true, Free: 100}}, 3)
	for i := range runs {
		r := Request{Workers: 2, Strategy: Random, Seed: Seed(fmt.Sprintf("jr_%08x", i), 0),
			Choices: []glue.Choice{{Subnet: "a"}, {Subnet: "b"}, {Subnet: "c"}}}
		first[r.Choices[Rank(nil, &r, stands, epoch)[0].Choice].Subnet]++
	}
	for id, n := range first {
		if n < runs*28/100 || n > runs*38/100 {
			t.Errorf("%s came first %d times of %d", id, n, runs)
		}
	}
}

// TestHealth: an open breaker has an end that NextWake tells, its pause is never longer than sixteen times the configured
// one, at most one run tries a subnet, and a failure never closes one.
func TestHealth(t *testing.T) {
	const after, pause = 2, 10 * time.Second
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		h := NewHealth(after, pause)
		h.Place("r", []Subnet{{ID: "a", Zone: "1"}, {ID: "b", Zone: "1"}, {ID: "c", Zone: "2"}})
		now := epoch
		for op := range opsPerCheck() {
			now = now.Add(time.Duration(pick(&seed, 8)) * time.Second)
			h.Tick(now)
			k := Key{"r", string(rune('a' + pick(&seed, 3)))}
			before := h.Status(k)
			switch pick(&seed, 4) {
			case 0:
				if state, probed := h.Stand(k); state == HalfOpen && !probed {
					h.Try(k, fmt.Sprint(op))
					if got := h.Status(k).Probe; got != fmt.Sprint(op) {
						t.Fatalf("the probe is %q", got)
					}
				}
			case 1:
				s, moved := h.Report(k, before.Probe, Worked, now)
				if before.Probe != "" && (s.State != Closed || !moved || s.Failures != 0) {
					t.Fatalf("%+v after the probe worked", s)
				}
			default:
				s, moved := h.Report(k, fmt.Sprint(op), NetworkFailed, now)
				open := before.State != Closed || before.Failures+1 >= after
				if (s.State == Open) != open || moved != (before.State != s.State) || s.Failures != before.Failures+1 {
					t.Fatalf("%+v became %+v", before, s)
				}
			}
			var wake time.Time
			for _, s := range h.All() {
				if s.State != Open {
					continue
				}
				if left := s.Until.Sub(now); left <= 0 || left > 16*pause {
					t.Fatalf("open for %s more", left)
				}
				if wake.IsZero() || s.Until.Before(wake) {
					wake = s.Until
				}
			}
			if !h.NextWake().Equal(wake) {
				t.Fatalf("next wake %v, want %v", h.NextWake(), wake)
			}
			if c := h.Clone(); !slices.Equal(c.All(), h.All()) || !c.NextWake().Equal(wake) {
				t.Fatal("the clone differs")
			}
		}
	})
}

// BenchmarkRank measures the decision of one run with six subnets.
func BenchmarkRank(b *testing.B) {
	r := Request{Workers: 10}
	var stands []Stand
	for i := range 6 {
		r.Choices = append(r.Choices, glue.Choice{Connection: fmt.Sprint("net-", i), Subnet: fmt.Sprint("subnet-", i)})
		stands = append(stands, Stand{Managed: true, Zone: "z", Free: int64(i*37) % 251, Health: Closed})
	}
	var ranked []Candidate
	b.ReportAllocs()
	for b.Loop() {
		ranked = Rank(ranked[:0], &r, stands, epoch)
		p := r.Record(ranked, best(ranked), func(i int32) string { return stands[i].Zone }, 0, epoch)
		if p.Subnet == "" {
			b.Fatal(p)
		}
	}
}

// BenchmarkBook measures taking ten addresses of a /22 and giving them back.
func BenchmarkBook(b *testing.B) {
	book, err := NewBook(netip.MustParsePrefix("10.0.0.0/22"))
	if err != nil {
		b.Fatal(err)
	}
	var ranges []Range
	b.ReportAllocs()
	for b.Loop() {
		var err error
		ranges, err = book.Take(ranges[:0], 10)
		if err != nil {
			b.Fatal(err)
		}
		if err := book.Return(ranges); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzBookRestore: whatever text stands where ranges should, a book takes all of it or nothing, and gives it back.
func FuzzBookRestore(f *testing.F) {
	for _, s := range []string{"10.0.0.4", "10.0.0.4-10.0.0.9", "10.0.0.9-10.0.0.4", "10.0.0.0-10.0.0.15", "::ffff:10.0.0.4", "-", "10.0.0.4-10.0.0.14\n10.0.0.14", "10.0.0.4%eth0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		book, err := NewBook(netip.MustParsePrefix("10.0.0.0/28"))
		if err != nil {
			t.Fatal(err)
		}
		ranges, err := ParseRanges(strings.Split(text, "\n"))
		if err != nil {
			return
		}
		if again := strings.Join(Spell(ranges), "\n"); again != text && len(again) > len(text) {
			t.Fatalf("%q is spelled %q", text, again)
		}
		free := book.Free()
		if err := book.Restore(ranges); err != nil {
			if book.Free() != free {
				t.Fatalf("%q was refused (%v) and left %d of %d free", text, err, book.Free(), free)
			}
			return
		}
		if err := book.Return(ranges); err != nil || book.Free() != free {
			t.Fatalf("%q was not given back: %v, %d of %d free", text, err, book.Free(), free)
		}
	})
}
