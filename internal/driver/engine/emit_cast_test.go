package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// castParts are what texts that are nearly numbers, dates and times are made of.
var castParts = []string{"0", "1", "7", "9", "12", "2024", "1999", "0000", "99999", "-", "-", "+", ".", ":", " ", "T", "e", "E", "x", "X", "0x", "_", ",", "d",
	"F", "L", "Z", "+02:00", "\t", "\n", "\u00a0", "\u0661", "\uff11", "\u2212", "NaN", "inf", "Infinity", "epoch", "(BC)", "true", "2147483648",
	"9223372036854775807", "9223372036854775808", "2024-02-29", "2023-02-29", "1582-10-10", "00:00:00", "23:59:59.999999", "24:00:00", "13:60:00"}

// castTexts makes texts for casts: some of parts, some well-formed, some at the limits.
func castTexts(rng *rand.Rand, n int) []string {
	texts := []string{"", " ", "-", "+", ".", "-.", "infinity", "-infinity", "epoch", "-0", "+5", "007", "1_000", "0x1A", "1e3", "10000-01-01",
		"0044-03-15 (BC)", "0000-01-01", "-128", "128", "32768", "2147483648", "9223372036854775808", "-9223372036854775808", "2024-1-2", "today",
		"22349253.0000000000777", "1e39", "1e-50", " 22349253.0000000000777f "}
	for len(texts) < n {
		var b strings.Builder
		switch rng.IntN(4) {
		case 0:
			fmt.Fprintf(&b, "%04d-%02d-%02d", rng.IntN(10000), rng.IntN(14), rng.IntN(33))
			if rng.IntN(2) == 0 {
				fmt.Fprintf(&b, " %02d:%02d:%02d", rng.IntN(26), rng.IntN(62), rng.IntN(62))
			}
			if rng.IntN(3) == 0 {
				fmt.Fprintf(&b, ".%d", rng.IntN(100_000_000))
			}
		case 1:
			fmt.Fprintf(&b, "%d", rng.Int64()>>rng.IntN(64)*int64(1-2*rng.IntN(2)))
			if rng.IntN(2) == 0 {
				fmt.Fprintf(&b, ".%0*d", 1+rng.IntN(20), rng.IntN(1000))
			}
		default:
			for range 1 + rng.IntN(5) {
				b.WriteString(castParts[rng.IntN(len(castParts))])
			}
		}
		texts = append(texts, b.String())
	}
	return texts
}

// TestCastShortcuts: what a shortcut of castFromString takes, it reads as the slow road does.
func TestCastShortcuts(t *testing.T) {
	e := open(t)
	ctx := context.Background()
	var values []string
	for _, text := range castTexts(rand.New(rand.NewPCG(5, 5)), 20_000) {
		values = append(values, "("+relation.Literal(text)+")")
	}
	if _, err := e.db.ExecContext(ctx, "CREATE TABLE texts AS SELECT * FROM (VALUES "+strings.Join(values, ", ")+") AS t(v)"); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []spark.Kind{spark.Byte, spark.Short, spark.Int, spark.Long, spark.Float, spark.Double, spark.Date, spark.Timestamp} {
		slow := map[spark.Kind]string{spark.Float: "spark_float(v)", spark.Double: "spark_double(v)", spark.Date: "spark_date(v)",
			spark.Timestamp: "spark_timestamp(v)"}[kind]
		if slow == "" {
			slow = "TRY_CAST(spark_long(v) AS " + relation.DuckType(spark.T(kind)) + ")"
		}
		fast := (&emitter{}).castFromString("v", spark.T(kind))
		query := "SELECT v, CAST(" + fast + " AS VARCHAR), CAST(" + slow + " AS VARCHAR) FROM texts WHERE " + fast + " IS DISTINCT FROM " + slow
		err := e.query(ctx, query, 3, func(row []any) error {
			t.Errorf("%q as %s: %v, not %v", row[0], spark.T(kind), row[1], row[2])
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", spark.T(kind), err)
		}
	}
}

// TestFloatsAreRoundedOnce: by way of a double these texts would become another float. The answers are PySpark 3.5.6's.
func TestFloatsAreRoundedOnce(t *testing.T) {
	e := open(t)
	frame, err := e.Frame(context.Background(), sqlNode("select cast('-22349253.0000000000777' as float) a, cast(' 22349253.0000000000777f ' as float) b, "+
		"cast(cast('22349253.0000000000777' as double) as float) c, cast('1e39' as float) d, cast('1e-50' as float) e, cast('-inf' as float) f"))
	if err != nil {
		t.Fatal(err)
	}
	want := `[-2.2349254e+07,2.2349254e+07,2.2349252e+07,"Infinity",0,"-Infinity"]`
	if got := strings.Join(collect(t, e, frame), " "); got != want {
		t.Errorf("%s, not %s", got, want)
	}
}
