package format

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// parquetFile is a Parquet file whose footer was read.
type parquetFile struct {
	path   string // on this machine
	schema spark.Schema
	rows   int64
}

// openParquet opens a Parquet source.
func (f *Format) openParquet(ctx context.Context, db *sql.DB, s *source) (relation.Opened, error) {
	o := s.options
	merge := o.boolean("mergeSchema", false) || s.dynamic // a DynamicFrame has every field of every file
	o.harmless("blockSize", "pageSize", "useGlueParquetWriter", "optimizePerformance")
	if s.dynamic {
		o.harmless("compression") // of sinks
	} else {
		o.only("datetimeRebaseMode", "CORRECTED", "EXCEPTION")
		o.only("int96RebaseMode", "CORRECTED", "EXCEPTION")
	}
	if err := o.refuse(); err != nil {
		return relation.Opened{}, err
	}
	listed, partNames, err := f.list(ctx, s)
	if err != nil {
		return relation.Opened{}, err
	}
	if len(listed) == 0 && !s.dynamic && s.schema == nil {
		return relation.Opened{}, cannotInfer("Parquet")
	}
	parts, err := s.typePartitions(listed, partNames)
	if err != nil {
		return relation.Opened{}, err
	}
	files, err := f.choose(s, listed)
	if err != nil {
		return relation.Opened{}, err
	}
	p := &parquetSource{f: f, db: db, dynamic: s.dynamic, parts: parts, columns: s.schema}
	if len(parts) > 0 && !merge && len(files) > 0 {
		if p.columns == nil { // those of one file
			first, err := f.footer(ctx, db, slices.MinFunc(files, func(a, b input) int { return strings.Compare(a.Path, b.Path) }), false)
			if err != nil {
				return relation.Opened{}, err
			}
			p.columns = first.schema
		}
		return f.openDeferred(p.columns, parts, files, &deferred{
			relate: p.relate,
			prepare: func(ctx context.Context, files []input) ([][]prepared, error) {
				footers, err := p.footers(ctx, files)
				if err != nil {
					return nil, err
				}
				return p.prepare(files, footers)
			},
		})
	}
	footers, err := p.footers(ctx, files)
	if err != nil {
		return relation.Opened{}, err
	}
	if p.columns == nil {
		if p.columns, err = parquetColumns(footers, files, merge, s.dynamic); err != nil {
			return relation.Opened{}, err
		}
	}
	made, err := p.prepare(files, footers)
	if err != nil {
		return relation.Opened{}, err
	}
	ready := heads(made)
	f.remember(files, ready)
	rel, err := p.relate(ready)
	return opened(rel, files), err
}

// parquetSource is a Parquet source whose columns are known.
type parquetSource struct {
	f       *Format
	db      *sql.DB
	dynamic bool
	columns spark.Schema   // of the data
	parts   spark.Schema   // of the folders
	kinds   []spark.Schema // of the files met so far, each different: those of one kind are read by one query
}

// footers reads those of files, and notes the records.
func (p *parquetSource) footers(ctx context.Context, files []input) ([]parquetFile, error) {
	footers := make([]parquetFile, len(files))
	return footers, p.f.each(ctx, len(files), func(ctx context.Context, i int) error {
		var err error
		footers[i], err = p.f.footer(ctx, p.db, files[i], p.dynamic)
		files[i].Records = footers[i].rows
		return err
	})
}

// prepare finds the kinds of files.
func (p *parquetSource) prepare(files []input, footers []parquetFile) ([][]prepared, error) {
	made := make([][]prepared, len(files))
	for i, ft := range footers {
		kind := slices.IndexFunc(p.kinds, func(k spark.Schema) bool { return sameSchema(k, ft.schema) })
		if kind < 0 {
			if err := fits(p.columns, ft.schema, files[i].Path); err != nil {
				return nil, err
			}
			kind = len(p.kinds)
			p.kinds = append(p.kinds, ft.schema)
		}
		made[i] = []prepared{{path: ft.path, kind: kind, values: files[i].values}}
	}
	return made, nil
}

// relate is the relation over prepared files.
func (p *parquetSource) relate(ready []prepared) (relation.Relation, error) {
	return relate(p.columns, p.parts, ready, p.scanSQL)
}

// scanSQL reads files of one kind by a query that has every column.
func (p *parquetSource) scanSQL(paths []string, kind int) string {
	cols := make([]string, len(p.columns))
	for i, c := range p.columns {
		source := "NULL"
		at := findColumn(p.kinds[kind], c.Name)
		if at >= 0 {
			source = relation.Ident(p.kinds[kind][at].Name)
		}
		if c.Type.Kind == spark.Choice && at >= 0 {
			source = alternative(source, p.kinds[kind][at].Type)
		}
		cols[i] = "CAST(" + source + " AS " + relation.DuckType(c.Type) + ") AS " + relation.Column(i)
	}
	if len(cols) == 0 {
		cols = []string{"1 AS none"}
	}
	return "SELECT " + strings.Join(cols, ", ") + " FROM read_parquet(" + fileList(paths) + ", hive_partitioning = false)"
}

// alternative makes a value of type t one of a choice.
func alternative(source string, t spark.Type) string {
	return "CASE WHEN " + source + " IS NOT NULL THEN {" + relation.Literal(t.GlueName()) + ": " + source + "} END"
}

// findColumn finds a column as Spark matches it: whatever its case, but in its own case first.
func findColumn(s spark.Schema, name string) int {
	if at := slices.IndexFunc(s, func(f spark.Field) bool { return f.Name == name }); at >= 0 {
		return at
	}
	return slices.IndexFunc(s, func(f spark.Field) bool { return strings.EqualFold(f.Name, name) })
}

// sameSchema compares names and types.
func sameSchema(a, b spark.Schema) bool {
	return slices.EqualFunc(a, b, func(x, y spark.Field) bool { return x.Name == y.Name && x.Type.Equal(y.Type) })
}

// parquetColumns is the source's schema: that of the first file by path, or the merged one of all. Where types differ,
// a DynamicFrame has a choice, and Spark an error.
func parquetColumns(footers []parquetFile, files []input, merge, dynamic bool) (spark.Schema, error) {
	if len(footers) == 0 {
		return nil, nil
	}
	first := 0
	for i := range files {
		if files[i].Path < files[first].Path {
			first = i
		}
	}
	columns := slices.Clone(footers[first].schema)
	if !merge {
		return columns, nil
	}
	types := make([][]spark.Type, len(columns)) // met in each column
	for i, c := range columns {
		types[i] = []spark.Type{c.Type}
	}
	for i, ft := range footers {
		for _, c := range ft.schema {
			at := findColumn(columns, c.Name)
			switch {
			case at < 0:
				columns = append(columns, c)
				types = append(types, []spark.Type{c.Type})
			case slices.ContainsFunc(types[at], c.Type.Equal):
			case !dynamic:
				return nil, execution("[CANNOT_MERGE_SCHEMAS] Failed merging schemas: column %s is %s in one file and %s in %s.",
					c.Name, columns[at].Type, c.Type, files[i].Path)
			default:
				types[at] = append(types[at], c.Type)
			}
		}
	}
	for i := range columns {
		columns[i].Type = choiceOf(types[i])
	}
	return columns, relation.CheckSchema(columns)
}

// fits refuses a file whose column has another type than the source's: Spark fails on it when it reads the rows.
func fits(columns, file spark.Schema, path string) error {
	for _, c := range columns {
		at := findColumn(file, c.Name)
		if at < 0 || c.Type.Kind == spark.Choice || file[at].Type.Equal(c.Type) || widens(file[at].Type, c.Type) {
			continue
		}
		return execution("Parquet column cannot be converted in file %s. Column: [%s], Expected: %s, Found: %s.",
			path, c.Name, c.Type, file[at].Type)
	}
	return nil
}

// widens reports whether Spark's reader takes values of type a for a column of type b.
func widens(a, b spark.Type) bool {
	switch a.Kind {
	case spark.Byte, spark.Short, spark.Int:
		return b.Kind == spark.Byte || b.Kind == spark.Short || b.Kind == spark.Int || b.Kind == spark.Long && a.Kind != spark.Long
	case spark.Float:
		return b.Kind == spark.Double
	case spark.TimestampNTZ:
		return b.Kind == spark.Timestamp
	}
	return false
}

// footer reads the schema and row count of a file, which is brought here first where it is elsewhere. A DynamicFrame knows
// no timestamps without zone: they are instants in UTC.
func (f *Format) footer(ctx context.Context, db *sql.DB, in input, dynamic bool) (parquetFile, error) {
	path, ok := f.cfg.Storage.LocalPath(in.Path)
	if !ok {
		var err error
		if path, err = f.fetch(ctx, in); err != nil {
			return parquetFile{}, err
		}
	}
	p := parquetFile{path: path}
	local := map[string]bool{}
	if !dynamic {
		var err error
		if local, err = localColumns(ctx, db, in.Path, path); err != nil {
			return parquetFile{}, err
		}
	}
	list := fileList([]string{path})
	rows, err := db.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet("+list+
		", hive_partitioning = false))")
	if err != nil {
		return p, execution("%s is not a Parquet file: %v", in.Path, firstLine(err))
	}
	defer rows.Close()
	for rows.Next() {
		var name, duck string
		if err := rows.Scan(&name, &duck); err != nil {
			return p, fmt.Errorf("format: footer: %w", err)
		}
		t, err := sparkType(duck, local[name])
		if err != nil {
			return p, plan.Unsupported(fmt.Sprintf("the column %s of %s", name, in.Path), err.Error())
		}
		p.schema = append(p.schema, spark.Field{Name: name, Type: t, Nullable: true})
	}
	if err := rows.Err(); err != nil {
		return p, fmt.Errorf("format: footer: %w", err)
	}
	if err := relation.CheckSchema(p.schema); err != nil {
		return p, err
	}
	p.rows, err = parquetRows(ctx, db, path)
	return p, err
}

// firstLine is an error without the query that DuckDB quotes below it.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// fetch copies an object to the scratch folder.
func (f *Format) fetch(ctx context.Context, in input) (string, error) {
	r, _, err := f.cfg.Storage.Open(ctx, in.Path, blob.Range{Length: -1})
	if err != nil {
		return "", outside(err)
	}
	defer r.Close()
	out, err := os.Create(f.scratch(".parquet"))
	if err != nil {
		return "", fmt.Errorf("format: scratch: %w", err)
	}
	_, err = io.Copy(out, r)
	if err := errors.Join(outside(err), out.Close()); err != nil {
		return "", err
	}
	return out.Name(), nil
}
