package store

import (
	"fmt"
	"strconv"
	"strings"

	"tenon/internal/attempt"
)

// FilePos is the place of a file among those of its run, and the cursor of RunFiles.
type FilePos struct {
	Attempt int
	Report  int64 // sequence number of the report that told it
	N       int   // place in that report, from 0
}

// RunFile is a file that a run listed for reading or published.
type RunFile struct {
	FilePos
	attempt.File
}

const (
	// fileColumns is the number of columns of run_file.
	fileColumns = 11
	// fileRows is how many files one INSERT holds: a worker's report has up to 10,000.
	fileRows = 50
)

// AdvanceReport notes that report seq of an attempt is applied, and says whether it was new: false means that it, or a
// later one, was applied before, and nothing must be done again. run is the run's Seq.
func (t *Tx) AdvanceReport(run int64, attempt int, seq int64) (fresh bool, err error) {
	n, err := t.exec("advance report", `INSERT INTO report (run, attempt, seq) VALUES ($1, $2, $3)
		ON CONFLICT (run, attempt) DO UPDATE SET seq = excluded.seq WHERE excluded.seq > report.seq`, run, attempt, seq)
	return n > 0, err
}

// LastReport returns the sequence number of the last report applied of an attempt, 0 for none. run is the run's Seq.
func (r *Reader) LastReport(run int64, attempt int) (seq int64, err error) {
	err = r.one("last report", []any{&seq}, `SELECT COALESCE(MAX(seq), 0) FROM report WHERE run = $1 AND attempt = $2`, run, attempt)
	return seq, err
}

// AddRunFiles stores the files of one report. Storing the same report again changes nothing. run is the run's Seq.
func (t *Tx) AddRunFiles(run int64, attempt int, report int64, files []attempt.File) error {
	for base := 0; base < len(files); base += fileRows {
		part := files[base:min(base+fileRows, len(files))]
		args := make([]any, 0, len(part)*fileColumns)
		for i, f := range part {
			args = append(args, run, attempt, report, base+i, flag(f.Write), f.Context, f.Path, f.Bytes, f.Records,
				f.Version, micros(f.Modified))
		}
		if len(part) == fileRows {
			if _, err := t.exec("add files", insertFiles(fileRows), args...); err != nil {
				return err
			}
			continue
		}
		for i := range part { // one text for any number of the rest
			if _, err := t.exec("add files", insertFiles(1), args[i*fileColumns:(i+1)*fileColumns]...); err != nil {
				return err
			}
		}
	}
	return nil
}

// insertFiles is the INSERT of n files.
func insertFiles(n int) string {
	return `INSERT INTO run_file (run, attempt, report, n, write, ctx, path, bytes, records, version, modified) VALUES ` +
		values(n, fileColumns) + ` ON CONFLICT (run, attempt, report, n) DO NOTHING`
}

// values is the parameters of n rows: ($1, $2), ($3, $4).
func values(n, columns int) string {
	var b strings.Builder
	for i := range n * columns {
		switch {
		case i == 0:
			b.WriteString("($")
		case i%columns == 0:
			b.WriteString("), ($")
		default:
			b.WriteString(", $")
		}
		b.WriteString(strconv.Itoa(i + 1))
	}
	b.WriteString(")")
	return b.String()
}

// RunFiles returns up to limit (1 to MaxList) files of a run, in the order they were told, after a position; the zero
// FilePos is before the first. run is the run's Seq.
func (r *Reader) RunFiles(run int64, after FilePos, limit int) ([]RunFile, error) {
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("store: run files: limit %d is not within 1 to %d", limit, MaxList)
	}
	var files []RunFile
	err := r.query("run files", func(row row) error {
		var f RunFile
		var modified int64
		err := row.scan(&f.Attempt, &f.Report, &f.N, &f.Write, &f.Context, &f.Path, &f.Bytes, &f.Records, &f.Version, &modified)
		f.Modified = fromMicros(modified)
		files = append(files, f)
		return err
	}, `SELECT attempt, report, n, write, ctx, path, bytes, records, version, modified FROM run_file
		WHERE run = $1 AND (attempt, report, n) > ($2, $3, $4) ORDER BY attempt, report, n LIMIT $5`,
		run, after.Attempt, after.Report, after.N, limit)
	return files, err
}
