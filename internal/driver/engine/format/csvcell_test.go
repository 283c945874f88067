package format

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"tenon/internal/core/spark"
)

// cutAndCheck is what plainCells means: cut a line at its separators first, then check each value whole.
func cutAndCheck(c *csvSource, line []byte, checks []cellCheck) bool {
	if blank(line) || !c.plainLine(line, len(checks)) {
		return false
	}
	for i, check := range checks {
		cell := line
		if len(line) > 0 && line[0] == '"' {
			end := bytes.IndexByte(line[1:], '"')
			cell, line = line[1:1+end], line[end+2:]
		} else if end := bytes.IndexByte(line, c.sep[0]); end >= 0 {
			cell, line = line[:end], line[end:]
		} else {
			line = nil
		}
		if check != nil && len(cell) > 0 && !check(cell) {
			return false
		}
		if i < len(checks)-1 {
			line = line[1:]
		}
	}
	return true
}

// TestPlainCells: a line is plain, scanned in one go, exactly if it is cut first and each of its values checked.
func TestPlainCells(t *testing.T) {
	schema, err := spark.ParseSchema("a tinyint, b smallint, c int, d bigint, e double, f decimal(10,3), g boolean, h date, i timestamp, j string")
	if err != nil {
		t.Fatal(err)
	}
	good := []string{"12", "-1234", "123456789", "-123456789012345678", "3.25", "1234567.125", "true", "2024-02-29", "2024-02-29T23:59:59.123456", "x y"}
	parts := []string{"", "0", "9", "99", "-", ".", "1.5", "1e3", "true", "false", "truex", "t", "2023-02-29", "1582-10-10", "2024-01-01 00:00:00",
		"2024-01-01 24:00:00", "2024-01-01 00:00:00.1234567", "\"", "\"\"", "\"5\"", "\"a,b\"", "\\", ",", ";", " ", "é", "\"true\""}
	rng := rand.New(rand.NewPCG(7, 7))
	plain := 0
	for range 200_000 {
		sep := []string{",", ";", "\t", "|"}[rng.IntN(4)]
		c := &csvSource{dialect: dialect{sep: []byte(sep), quote: '"', escape: '\\', nan: "NaN", posInf: "Inf", negInf: "-Inf"}, bad: -1, schema: schema}
		scans, ok := c.scans()
		if !ok {
			t.Fatal("there is a scan for every column")
		}
		var checks []cellCheck
		for _, f := range schema {
			checks = append(checks, c.check(f.Type))
		}
		cells := make([]string, len(good))
		for i := range cells {
			if cells[i] = good[i]; rng.IntN(10) == 0 {
				cells[i] = parts[rng.IntN(len(parts))]
			}
			if rng.IntN(20) == 0 {
				cells[i] = `"` + cells[i] + `"`
			}
			if rng.IntN(40) == 0 {
				cells[i] += parts[rng.IntN(len(parts))]
			}
		}
		line := []byte(strings.Join(cells, sep))
		want := cutAndCheck(c, line, checks)
		if want {
			plain++
		}
		if got := c.plainCells(line, scans, bytes.IndexByte(line, '"') >= 0); got != want {
			t.Fatalf("%q is plain: %v, not %v", line, got, want)
		}
	}
	if plain < 20_000 {
		t.Errorf("only %d lines were plain", plain)
	}
}
