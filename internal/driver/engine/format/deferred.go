package format

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// deferred is a source in Hive partitions. Its files are prepared when a query first reads their partition, so that those
// of a partition that every query excludes are never opened.
type deferred struct {
	f     *Format
	mark  string // stands in its queries, to be found by whoever overwrites a file
	files []input
	parts [][]int // of each partition its files
	// prepare makes files readable, notes their records in them, and gives what stands for each.
	prepare func(ctx context.Context, files []input) ([][]prepared, error)
	// relate is the query over what stands for files.
	relate func(ready []prepared) (relation.Relation, error)

	mu    sync.Mutex         // held while files are prepared
	ready map[int][]prepared // of the files that were, by their places; guarded by mu
}

// openDeferred opens a source in partitions without opening its files. data are the columns of its files, parts those of its
// folders.
func (f *Format) openDeferred(data, parts spark.Schema, files []input, d *deferred) (relation.Opened, error) {
	d.f, d.files, d.ready = f, files, map[int][]prepared{}
	d.mark = fmt.Sprintf("/* source %d */", f.serial.Add(1))
	all, _, part := dataSchema(data, parts)
	out := &relation.Partitions{Read: d.read}
	var order []int // of the columns, the partition columns that they are
	for i, at := range part {
		if at >= 0 {
			out.Columns, order = append(out.Columns, i), append(order, at)
		}
	}
	index := map[string]int{}
	for i, in := range files {
		key := strings.Join(in.values[:len(parts)], "\x00")
		at, known := index[key]
		if !known {
			at = len(d.parts)
			index[key] = at
			d.parts = append(d.parts, nil)
			values := make([]string, len(order))
			for k, from := range order {
				values[k] = in.values[from]
			}
			out.Values = append(out.Values, values)
		}
		d.parts[at] = append(d.parts[at], i)
		f.note(in.Path, d.mark)
	}
	return relation.Opened{Relation: relation.Relation{Schema: all, Parts: out}}, nil
}

// read is relation.Partitions.Read.
func (d *deferred) read(ctx context.Context, keep []bool, column relation.FileColumn) (string, []relation.File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var wanted, fresh []int
	for i, files := range d.parts {
		if keep[i] {
			wanted = append(wanted, files...)
		}
	}
	slices.Sort(wanted) // the order in which they were listed
	for _, i := range wanted {
		if _, done := d.ready[i]; !done {
			fresh = append(fresh, i)
		}
	}
	opened := make([]input, len(fresh))
	for k, i := range fresh {
		opened[k] = d.files[i]
	}
	made, err := d.prepare(ctx, opened)
	if err != nil {
		return "", nil, err
	}
	told := make([]relation.File, len(fresh))
	for k, i := range fresh {
		d.ready[i], told[k] = made[k], opened[k].File
	}
	var ready []prepared
	for _, i := range wanted {
		ready = append(ready, d.ready[i]...)
	}
	rel, err := d.relate(ready)
	if err == nil && column != relation.NoFile {
		if rel.SQL = rel.Files(column); rel.SQL == "" {
			err = unsupported("input_file_name() or _metadata over more than %d files", maxPartitions)
		}
	}
	return rel.SQL + " " + d.mark, told, err
}
