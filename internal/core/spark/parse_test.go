package spark

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestParseStatementAccepts only checks that the forms of the dialect parse; what they mean is checked against real
// Spark in the engine's tests.
func TestParseStatementAccepts(t *testing.T) {
	for _, text := range []string{
		"SELECT 1",
		"select a, b AS `x y`, t.* from t where a <=> 1 and not b like 'x%' or c between 1 and 2",
		"SELECT /*+ BROADCAST(t) */ DISTINCT a FROM t -- comment\nORDER BY a DESC NULLS LAST, 2 LIMIT 10 OFFSET 5;",
		"WITH x AS (SELECT 1 a), y (b) AS (SELECT a FROM x) SELECT * FROM x JOIN y ON x.a = y.b LEFT SEMI JOIN x z USING (a)",
		"SELECT a, count(*), count(DISTINCT b, c) FROM t GROUP BY a WITH ROLLUP HAVING count(1) > 1",
		"SELECT a FROM t GROUP BY ROLLUP(a, b)",
		"SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 EXCEPT SELECT 4",
		"SELECT CASE a WHEN 1 THEN 'x' ELSE \"y\" END, CAST(a AS DECIMAL(10, 2)), try_cast(b as array<struct<a:int>>) FROM t",
		"SELECT sum(x) OVER (PARTITION BY a ORDER BY b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING) s FROM t",
		"SELECT 1L, 1S, 1Y, 1.5, 1.5D, 1.5BD, .5, 1e3, -1, - 1, X'41', DATE '2020-01-01', TIMESTAMP '2020-01-01 10:00:00'",
		"SELECT a[0].b.c, (a).b, struct(1, 'x' AS y).y, (1, 2) FROM t",
		"SELECT trim(BOTH 'x' FROM a), trim(a), substring(a FROM 1 FOR 2), substring(a, 1, 2), extract(YEAR FROM d), position('x' IN a)",
		"CREATE OR REPLACE TEMPORARY VIEW v AS SELECT 1",
		"SELECT * FROM VALUES (1, 'a'), (2, 'b') AS t(x, y)",
		"SELECT * FROM (a JOIN b ON a.x = b.x), c",
		"SELECT a FROM t WHERE a IN (SELECT 1) AND NOT EXISTS (SELECT 1) AND b > (SELECT max(x) FROM u)",
		"SELECT sum(a) FILTER (WHERE b > 1) OVER (), d - INTERVAL 1 day, d + INTERVAL '2' MONTHS, INTERVAL '1 day 2 hours' FROM t",
	} {
		if _, err := ParseStatement(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestParseStatementRefuses(t *testing.T) {
	deep := strings.Repeat("(", 300) + "1" + strings.Repeat(")", 300)
	for text, want := range map[string]string{
		"SELECT 1 +":                      "end of input.(line 1, pos 10)",
		"SELECT 1 FROM t WHERE":           "end of input",
		"SELECT\n  a b c":                 "'c'.(line 2, pos 6)",
		"SELECT 'x":                       "a string that is not closed",
		"SELECT " + deep:                  "nests deeper than",
		"SELECT TRANSFORM(a) USING 'cat'": "SELECT TRANSFORM",
		"SELECT cast(1 as foo)":           "Unsupported data type",
		"SELECT DATE 'x'":                 "INVALID_TYPED_LITERAL",
	} {
		_, err := ParseStatement(text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: got %v, want %s", text, err, want)
		}
	}
}

func TestParseExprTree(t *testing.T) {
	e, err := ParseExpr("a.`b.c` + 1 * 2 AS x")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"alias","name":"x","args":[{"kind":"call","name":"+","args":[{"kind":"col","name":"a.` + "`b.c`" +
		`"},{"kind":"call","name":"*","args":[{"kind":"lit","type":"int","value":1},{"kind":"lit","type":"int","value":2}]}]}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func FuzzParseStatement(f *testing.F) {
	f.Add("SELECT a, count(*) FROM t WHERE b LIKE 'x%' GROUP BY a ORDER BY 2")
	f.Add("WITH x AS (VALUES (1,2)) SELECT * FROM x JOIN y USING (a)")
	f.Fuzz(func(t *testing.T, text string) {
		_, _ = ParseStatement(text) // must return, not panic
	})
}
