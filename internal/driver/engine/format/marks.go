package format

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// Whether a record is malformed depends in Spark on the columns that a query reads, since those alone are taken apart. So
// the plain form of a file notes in a column of its own, the mark, what is wrong with each record, and the query decides.
// A mark is null for a good record, else ",1,4," with the places of the columns whose values are not of their types; s
// among them stands for a record of too few or too many values, or one that is no record at all.

// markColumn is the name of the mark in the plain forms.
const markColumn = "mark"

// markShape is what a mark has in place of a column for what is wrong with the whole record.
const markShape = "s"

// maxMarks bounds the different marks that a source keeps.
const maxMarks = 1000

// marks gathers the different marks of all files of a source.
type marks struct {
	mu   sync.Mutex // guards what follows
	seen map[string]bool
	more bool // there were more than maxMarks
}

// add notes a mark.
func (m *marks) add(mark string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.seen[mark]:
	case len(m.seen) == maxMarks:
		m.more = true
	default:
		if m.seen == nil {
			m.seen = map[string]bool{}
		}
		m.seen[mark] = true
	}
}

// appendMark adds a column's place, or markShape, to a mark.
func appendMark(mark []byte, what string) []byte {
	if len(mark) == 0 {
		mark = append(mark, ',')
	}
	return append(append(mark, what...), ',')
}

// markParts takes a mark apart.
func markParts(mark string) []string {
	return strings.FieldsFunc(mark, func(c rune) bool { return c == ',' })
}

// marked is a source of Spark's whose records may be malformed.
type marked struct {
	*marks
	columns spark.Schema // of the data
	bad     int          // the corrupt-record column among them, or -1
	drops   bool         // DROPMALFORMED: malformed records are no rows
	pruning bool         // CSV: with fewer columns read, the number of a record's values does not count
	json    bool
}

// counts lists the parts of a mark that make a record malformed for a query that reads some of the data's columns.
func (m *marked) counts(read []bool) []string {
	var out []string
	all := true
	for i := range m.columns {
		switch {
		case i == m.bad:
		case read[i]:
			out = append(out, strconv.Itoa(i))
		default:
			all = false
		}
	}
	if all || !m.pruning {
		out = append(out, markShape)
	}
	return out
}

// differ reports whether some record is malformed by one list of parts and not by the other.
func (m *marked) differ(least, most []string) bool {
	if m.more {
		return !slices.Equal(least, most)
	}
	for mark := range maps.Keys(m.seen) {
		if holdsAny(mark, least) != holdsAny(mark, most) {
			return true
		}
	}
	return false
}

// holdsAny reports whether a mark has one of the parts.
func holdsAny(mark string, parts []string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(mark, ","+p+",") })
}

// scan makes a query over a scan that has the data's columns and the mark: what a query sees that reads some of them.
func (m *marked) scan(inner string, read []bool) string {
	var tests []string
	for _, p := range m.counts(read) {
		tests = append(tests, "contains("+markColumn+", '"+","+p+",')")
	}
	malformed := "coalesce(" + strings.Join(append(tests, "false"), " OR ") + ", false)"
	cols := make([]string, len(m.columns))
	for i := range cols {
		cols[i] = relation.Column(i)
		if i == m.bad && !m.drops {
			cols[i] = "CASE WHEN " + malformed + " THEN " + cols[i] + " END AS " + cols[i]
		}
	}
	query := "SELECT " + strings.Join(cols, ", ") + " FROM (" + inner + ")"
	if m.drops {
		query += " WHERE NOT " + malformed
	}
	return query
}

// relate is relate for a source whose records may be malformed. scan gives the mark too, where hasMark says so of a kind.
func (m *marked) relate(parts spark.Schema, files []prepared, scan func([]string, int) string, hasMark func(kind int) bool) (
	relation.Relation, error) {
	over := func(read []bool) (relation.Relation, error) {
		return relate(m.columns, parts, files, func(paths []string, kind int) string {
			if !hasMark(kind) {
				return scan(paths, kind)
			}
			return m.scan(scan(paths, kind), read)
		})
	}
	if len(m.seen) == 0 && !(m.json && m.bad >= 0) {
		return relate(m.columns, parts, files, scan)
	}
	_, take, _ := dataSchema(m.columns, parts)
	everything := make([]bool, len(take))
	for i := range everything {
		everything[i] = true
	}
	rel, err := over(m.ofData(take, everything))
	rel.Files = nil // which rows there are depends on the query
	rel.Narrow = func(least, most []bool) (string, error) {
		least, most = m.ofData(take, least), m.ofData(take, most)
		if err := m.check(least, most); err != nil {
			return "", err
		}
		narrowed, err := over(most)
		return narrowed.SQL, err
	}
	return rel, err
}

// ofData tells of the data's columns which are read, from the relation's; take is what dataSchema gave.
func (m *marked) ofData(take []int, read []bool) []bool {
	out := make([]bool, len(m.columns))
	for i, at := range take {
		if at >= 0 {
			out[at] = read[i]
		}
	}
	return out
}

// check refuses queries that Spark refuses, or whose answer depends on what its optimizer leaves out. A record counts for
// a query only if the corrupt-record column is read, or malformed ones are dropped.
func (m *marked) check(least, most []bool) error {
	corrupt := m.bad >= 0 && most[m.bad]
	if corrupt && m.json && readOnly(most, m.bad) {
		return onlyCorrupt()
	}
	if !corrupt && !m.drops {
		return nil
	}
	if !m.differ(m.counts(least), m.counts(most)) {
		return nil
	}
	return plan.Unsupported("a query of malformed records, some of which Spark takes for good by the columns that are read,",
		"call cache() on the frame as it was read, so that all its columns count")
}

// readOnly reports whether no column but one is read.
func readOnly(read []bool, one int) bool {
	for i, r := range read {
		if r && i != one {
			return false
		}
	}
	return true
}

// onlyCorrupt is what Spark says of a query that reads nothing of JSON but the corrupt-record column.
func onlyCorrupt() error {
	return analysis("Since Spark 2.3, the queries from raw JSON/CSV files are disallowed when the\nreferenced columns only include the " +
		"internal corrupt record column\n(named _corrupt_record by default). For example:\nspark.read.schema(schema).csv(file)" +
		".filter($\"_corrupt_record\".isNotNull).count()\nand spark.read.schema(schema).csv(file).select(\"_corrupt_record\").show().\n" +
		"Instead, you can cache or save the parsed results and then send the same query.\nFor example, val df = " +
		"spark.read.schema(schema).csv(file).cache() and then\ndf.filter($\"_corrupt_record\".isNotNull).count().")
}

// appendPlainMark ends a row of the plain form of CSV with its mark.
func appendPlainMark(b, mark []byte) []byte {
	if len(mark) == 0 {
		return append(b, ","+nullMark...)
	}
	return append(append(append(b, `,"`...), mark...), '"')
}
