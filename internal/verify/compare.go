package verify

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	pathpkg "path"
	"path/filepath"
	"slices"
	"strings"
)

// Output is one folder that a script wrote into, or its standard output, on both sides.
type Output struct {
	Name   string `json:"name"`   // s3://bucket/folder, or stdout
	Format string `json:"format"` // parquet or text, or lines
	// Rows are how many lines or rows each side has: the embedded engine, then Spark.
	Rows [2]int64 `json:"rows"`
	// Differences say what differs, in words; none where both are equal. Order of rows counts in standard output alone.
	Differences []string `json:"differences"`
}

// Equal tells whether both sides are.
func (o *Output) Equal() bool { return len(o.Differences) == 0 }

// Tables compares folders of a format that needs a reader of its own.
type Tables func(ctx context.Context, format string, folders [2][]string) (rows [2]int64, differences []string, err error)

// Outputs compares all that the two sides have written, in the order of names, but what lies in the bucket without.
// tables compares Parquet.
func (s *Sandbox) Outputs(ctx context.Context, storage, without string, tables Tables) ([]Output, error) {
	var sides [2]map[place][]string
	for i, side := range []Side{Embedded, Spark} {
		found, err := s.written(filepath.Join(s.Data(side), storage), without)
		if err != nil {
			return nil, fmt.Errorf("verify: %w", err)
		}
		sides[i] = found
	}
	places := map[place]bool{}
	for _, side := range sides {
		for p := range side {
			places[p] = true
		}
	}
	var out []Output
	for p := range places {
		o, err := compare(ctx, p, [2][]string{sides[0][p], sides[1][p]}, tables)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b Output) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Format, b.Format)) })
	return out, nil
}

// place is a folder and the kind of its files that are compared together.
type place struct{ folder, format string }

// written finds the files of one side that are not the original's, by place.
func (s *Sandbox) written(root, without string) (map[place][]string, error) {
	found := map[place][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if path != root && mark(name) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if before, err := os.Lstat(filepath.Join(s.Original, rel)); err == nil && os.SameFile(before, info) {
			if info.ModTime().After(s.began) {
				return fmt.Errorf("the object %s was changed in place during the comparison", filepath.ToSlash(rel))
			}
			return nil
		}
		if rel = filepath.ToSlash(rel); strings.HasPrefix(rel, without+"/") {
			return nil
		}
		key := place{folder: "s3://" + pathpkg.Dir(rel), format: format(name)}
		found[key] = append(found[key], path)
		return nil
	})
	return found, err
}

// formatTable is the format of files that a reader of tables compares, formatText that of all others. Glue's sinks give
// text files no extension, so that nothing more is to be told from a name.
const (
	formatTable = "parquet"
	formatText  = "text"
)

// format is the format of a file by its name.
func format(name string) string {
	if strings.HasSuffix(name, "."+formatTable) {
		return formatTable
	}
	return formatText
}

// compare compares the files of one place.
func compare(ctx context.Context, p place, files [2][]string, tables Tables) (Output, error) {
	o := Output{Name: p.folder, Format: p.format, Differences: []string{}}
	for i, side := range []string{"the embedded engine", "Spark"} {
		if len(files[i]) == 0 {
			o.Differences = append(o.Differences, side+" wrote nothing here")
		}
	}
	var err error
	switch {
	case !o.Equal():
	case p.format == formatTable:
		o.Rows, o.Differences, err = tables(ctx, p.format, files)
	default:
		o.Rows, o.Differences, err = compareLines(ctx, files)
	}
	if err != nil {
		return o, fmt.Errorf("verify: compare %s: %w", p.folder, err)
	}
	return o, nil
}

// Stdout compares what the scripts printed, line by line.
func Stdout(embedded, spark []string) Output {
	o := Output{Name: "stdout", Format: "lines", Rows: [2]int64{int64(len(embedded)), int64(len(spark))}, Differences: []string{}}
	for i := range max(len(embedded), len(spark)) {
		a, b := at(embedded, i), at(spark, i)
		if a == b {
			continue
		}
		o.Differences = append(o.Differences, fmt.Sprintf("line %d: the embedded engine has %s, Spark %s", i+1, a, b))
		if len(o.Differences) == maxExamples {
			break
		}
	}
	return o
}

// at is line i, quoted.
func at(lines []string, i int) string {
	if i >= len(lines) {
		return "none"
	}
	return fmt.Sprintf("%q", lines[i])
}
