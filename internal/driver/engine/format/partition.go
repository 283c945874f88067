package format

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// nullPartition is how Hive writes a null, or empty, partition value.
const nullPartition = "__HIVE_DEFAULT_PARTITION__"

// maxPartitions bounds the distinct partition values of one source: each becomes one branch of the query.
const maxPartitions = 2000

// partition finds the Hive partitions that spark.read adds as columns, and leaves out files that Spark does not read:
// those in sub-folders, unless there are partitions or recursiveFileLookup is set. Source: PartitioningUtils and
// PartitioningAwareFileIndex of Spark 3.5.
func partition(s *source, files []input) ([]input, []string, error) {
	if s.recurse {
		return once(files), nil, nil
	}
	bases := map[string]bool{}
	for _, in := range files {
		if base := strings.TrimSuffix(s.basePath, "/"); !strings.HasPrefix(in.root, base) {
			return nil, nil, argument("Wrong basePath %s for the root path: %s", base, in.root)
		}
		bases[baseOf(s, in)] = true
	}
	var names []string
	top := ""           // the folder that the first partition column stands in
	var strays []string // folders of files in no partition
	found := make([]bool, len(files))
	for i := range files {
		in := &files[i]
		base, cols, values := parsePartition(folder(in.Path), bases)
		if at := slices.Index(values, ""); at >= 0 {
			return nil, nil, execution("assertion failed: Empty partition column value in '%s='", cols[at])
		}
		if slices.Contains(cols, "") {
			return nil, nil, execution("assertion failed: Empty partition column name in %s", in.Path)
		}
		if cols == nil {
			strays = append(strays, folder(in.Path))
			continue
		}
		found[i] = true
		in.values = values
		switch {
		case names == nil:
			names, top = cols, base
		case top != base:
			return nil, nil, conflicting(top, base)
		case !slices.Equal(names, cols):
			return nil, nil, execution("assertion failed: Conflicting partition column names detected: %s and %s under %s",
				strings.Join(names, ", "), strings.Join(cols, ", "), top)
		}
	}
	if names == nil { // a file under two paths counts twice
		return slices.DeleteFunc(files, func(in input) bool { return in.Path != in.root && folder(in.Path) != in.root }), nil, nil
	}
	for _, stray := range strays {
		if !strings.EqualFold(stray, top) {
			return nil, nil, conflicting(top, stray)
		}
	}
	var kept []input
	for i, in := range files {
		if found[i] {
			kept = append(kept, in)
		}
	}
	return once(kept), names, nil
}

// conflicting is what Spark says of folders of partitions in one place and others in another.
func conflicting(one, other string) error {
	return execution("assertion failed: Conflicting directory structures detected. Suspicious paths: %s, %s. "+
		"If provided paths are partition directories, please set \"basePath\" in the options of the data source to "+
		"specify the root directory of the table", one, other)
}

// folder is a URL without its last segment.
func folder(u string) string { return u[:max(0, strings.LastIndexByte(u, '/'))] }

// baseOf is the folder above which no partition column is looked for.
func baseOf(s *source, in input) string {
	switch {
	case s.basePath != "":
		return strings.TrimSuffix(s.basePath, "/")
	case in.Path == in.root:
		return folder(in.root)
	default:
		return in.root
	}
}

// parsePartition reads the columns in a folder's path, from below: folders without "=" at the bottom are passed over,
// the first one above a column ends the search.
func parsePartition(dir string, bases map[string]bool) (base string, names, values []string) {
	for !bases[dir] {
		name, value, ok := strings.Cut(dir[strings.LastIndexByte(dir, '/')+1:], "=")
		if ok {
			names = append(names, unescapePath(name))
			values = append(values, value)
		} else if names != nil {
			break
		}
		up := folder(dir)
		if up == dir || strings.HasSuffix(up, ":/") {
			break
		}
		dir = up
	}
	slices.Reverse(names)
	slices.Reverse(values)
	return dir, names, values
}

// unescapePath undoes Hive's percent-encoding as Spark does: each escape is a character of its own, so that %C3%A9 are two,
// and no bytes of UTF-8. What is no valid escape stays.
func unescapePath(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if c, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteRune(rune(c))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// hiveEscaped are the characters that Hive percent-encodes in a partition's folder. Source: ExternalCatalogUtils of
// Spark 3.5, charToEscape.
const hiveEscaped = "\"#%'*/:=?\\\x7f{[]^"

// escapePath writes a partition value, or column name, as Spark does.
func escapePath(s string) string {
	if s == "" {
		return nullPartition
	}
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c < 0x20 || strings.IndexByte(hiveEscaped, c) >= 0 {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// partitionTypes infers the type of each partition column from all its values.
func partitionTypes(files []input, names []string) spark.Schema {
	schema := make(spark.Schema, len(names))
	for i, name := range names {
		t := spark.T(spark.Null)
		for _, in := range files {
			t = widerPartition(t, partitionType(in.values[i]))
		}
		schema[i] = spark.Field{Name: name, Type: t, Nullable: true}
	}
	return schema
}

// typePartitions finds the types of the partition columns, and makes SQL of the files' values: as the script's schema has
// them, which then is left without them, else inferred. Source: PartitioningAwareFileIndex of Spark 3.5.
func (s *source) typePartitions(files []input, names []string) (spark.Schema, error) {
	parts := slices.Clone(s.parts)
	given := make([]bool, len(parts))
	data := spark.Schema{}
	for _, f := range s.schema {
		at := slices.IndexFunc(parts, func(p spark.Field) bool { return strings.EqualFold(p.Name, f.Name) })
		if at < 0 {
			data = append(data, f)
			continue
		}
		parts[at], given[at] = spark.Field{Name: f.Name, Type: f.Type, Nullable: true}, true
	}
	if s.schema != nil {
		s.schema = data
	}
	for i := range files {
		values := append(slices.Clip(files[i].values), relation.Literal(fileURI(files[i])), metadataLiteral(files[i]))
		files[i].values = values
		for at, p := range parts {
			var err error
			if !given[at] {
				if s.options.times == plan.TimesLegacy && oldPartitionDate(values[at]) {
					return nil, unsupported("the partition value %s=%s with the time parser policy LEGACY, which makes it a date,", p.Name, values[at])
				}
				values[at] = partitionLiteral(values[at], p.Type)
			} else if values[at], err = givenPartition(p.Name, values[at], p.Type); err != nil {
				return nil, err
			}
		}
	}
	return parts, nil
}

// oldPartitionDate tells whether a value is a date for the policy LEGACY alone, whose reader takes what begins with one.
func oldPartitionDate(raw string) bool {
	k := partitionType(raw).Kind
	_, ok := parseDate(unescapePath(raw))
	return ok && (k == spark.String || k == spark.Timestamp)
}

// givenPartition is a partition value as SQL, of the type t that the script gave for it, as castPartValueToDesiredType
// of Spark has it: what is no number fails, what is no date is null.
func givenPartition(name, raw string, t spark.Type) (string, error) {
	null := "CAST(NULL AS " + relation.DuckType(t) + ")"
	if raw == nullPartition {
		return null, nil
	}
	text, ok := unescapePath(raw), true
	switch t.Kind {
	case spark.String:
	case spark.Byte, spark.Short, spark.Int, spark.Long:
		_, err := strconv.ParseInt(raw, 10, wholeBits(t.Kind))
		ok = err == nil
	case spark.Float, spark.Double:
		var x float64
		x, ok = parseDouble(raw)
		text = string(appendPlainDouble(nil, x, t.Kind))
	case spark.Boolean:
		text = strings.ToLower(raw)
		ok = text == "true" || text == "false"
	case spark.Decimal:
		var d decimal
		if d, ok = parseDecimal(raw); ok {
			if d, fits := d.rescale(t.Precision, t.Scale); fits {
				text = d.plain()
				break
			}
			return null, nil
		}
	case spark.Date:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			if len(text) >= 4 && text[0] >= '0' && text[0] <= '9' {
				return "", unsupported("the partition value %s=%s as a date", name, text)
			}
			return null, nil
		}
	default:
		return "", unsupported("a schema with the partition column %s of type %s", name, t)
	}
	if !ok {
		return "", execution("Failed to cast value `%s` to `%s` for partition column `%s`.", raw, t, name)
	}
	return "CAST(" + relation.Literal(text) + " AS " + relation.DuckType(t) + ")", nil
}

// partitionType infers the type of one value, as inferPartitionColumnValue does.
func partitionType(raw string) spark.Type {
	if raw == nullPartition {
		return spark.T(spark.Null)
	}
	if _, err := strconv.ParseInt(raw, 10, 32); err == nil {
		return spark.T(spark.Int)
	}
	if _, err := strconv.ParseInt(raw, 10, 64); err == nil {
		return spark.T(spark.Long)
	}
	if d, ok := parseDecimal(raw); ok && d.scale <= 0 && d.digits()-d.scale <= maxPrecision {
		return spark.Type{Kind: spark.Decimal, Precision: d.digits() - d.scale}
	}
	if _, ok := parseDouble(raw); ok {
		return spark.T(spark.Double)
	}
	if _, err := time.Parse(time.DateOnly, raw); err == nil {
		return spark.T(spark.Date)
	}
	if _, err := time.Parse("2006-01-02 15:04:05", unescapePath(raw)); err == nil {
		return spark.T(spark.Timestamp)
	}
	return spark.T(spark.String)
}

// widerPartition joins the types of two values of one column.
func widerPartition(a, b spark.Type) spark.Type {
	rank := map[spark.Kind]int{spark.Int: 1, spark.Long: 2, spark.Decimal: 3, spark.Double: 3}
	ra, rb := rank[a.Kind], rank[b.Kind]
	switch {
	case a.Kind == spark.Null || a.Equal(b):
		return b
	case b.Kind == spark.Null:
		return a
	case a.Kind == spark.Decimal && b.Kind == spark.Decimal:
		return spark.Type{Kind: spark.Decimal, Precision: max(a.Precision, b.Precision)}
	case ra > 0 && rb > ra:
		return b
	case rb > 0 && ra > rb:
		return a
	case a.Kind == spark.Date && b.Kind == spark.Timestamp, a.Kind == spark.Timestamp && b.Kind == spark.Date:
		return spark.T(spark.Timestamp)
	default:
		return spark.T(spark.String)
	}
}

// partitionLiteral is a partition value as SQL, of type t.
func partitionLiteral(raw string, t spark.Type) string {
	if raw == nullPartition {
		return "CAST(NULL AS " + relation.DuckType(t) + ")"
	}
	text := unescapePath(raw)
	if t.Kind == spark.Double {
		if d, ok := parseDouble(raw); ok && !math.IsInf(d, 0) {
			text = strconv.FormatFloat(d, 'g', -1, 64)
		}
	}
	return "CAST(" + relation.Literal(text) + " AS " + relation.DuckType(t) + ")"
}

// dataSchema is the schema of a file source: its data's columns, where a partition column of the same name takes over
// type and value, then the other partition columns. take[i] is the data column behind column i, or -1; part[i] the
// partition column, or -1.
func dataSchema(data, parts spark.Schema) (all spark.Schema, take, part []int) {
	used := make([]bool, len(parts))
	for i, f := range data {
		at := slices.IndexFunc(parts, func(p spark.Field) bool { return strings.EqualFold(p.Name, f.Name) })
		if at >= 0 {
			used[at] = true
			all, take, part = append(all, spark.Field{Name: f.Name, Type: parts[at].Type, Nullable: true}), append(take, -1), append(part, at)
			continue
		}
		all, take, part = append(all, f), append(take, i), append(part, -1)
	}
	for i, p := range parts {
		if !used[i] {
			all, take, part = append(all, p), append(take, -1), append(part, i)
		}
	}
	return all, take, part
}

// fileColumn is the name of the column that Relation.Files adds, which no other one has.
const fileColumn = "\x00file"

// relate builds the relation over prepared files, which knows their names and metadata.
func relate(data, parts spark.Schema, files []prepared, scan func(paths []string, kind int) string) (relation.Relation, error) {
	rel, err := relateParts(data, parts, files, scan)
	rel.Files = func(column relation.FileColumn) string {
		told := slices.Clone(files)
		for i, in := range told {
			told[i].values = append(slices.Clip(in.values[:len(parts)]), in.values[len(parts)+int(column-relation.FileName)])
		}
		named, err := relateParts(data, append(slices.Clip(parts), spark.Field{Name: fileColumn}), told, scan)
		if err != nil {
			return "" // a branch for each file would be too many
		}
		return named.SQL
	}
	return rel, err
}

// relateParts builds the relation over prepared files: for each distinct tuple of partition values and each kind of
// preparation one branch, made by scan, which yields the data's columns c0, c1, ...
func relateParts(data, parts spark.Schema, files []prepared, scan func(paths []string, kind int) string) (relation.Relation, error) {
	all, take, part := dataSchema(data, parts)
	if len(files) == 0 {
		return empty(all), nil
	}
	files = slices.Clone(files)
	for i := range files { // what tells of the file counts where it is one of parts
		files[i].values = files[i].values[:len(parts)]
	}
	type branch struct {
		key    string
		kind   int
		values []string
		paths  []string
	}
	var branches []*branch
	index := map[string]*branch{}
	for _, f := range files {
		key := strconv.Itoa(f.kind) + "\x00" + strings.Join(f.values, "\x00")
		b := index[key]
		if b == nil {
			b = &branch{key: key, kind: f.kind, values: f.values}
			index[key] = b
			branches = append(branches, b)
		}
		b.paths = append(b.paths, f.path)
	}
	if len(branches) > maxPartitions {
		return relation.Relation{}, unsupported("reading %d partitions at once, more than %d,", len(branches), maxPartitions)
	}
	queries := make([]string, len(branches))
	for i, b := range branches {
		cols := make([]string, len(all))
		for c := range all {
			if part[c] >= 0 {
				cols[c] = b.values[part[c]] + " AS " + relation.Column(c)
			} else {
				cols[c] = relation.Column(take[c]) + " AS " + relation.Column(c)
			}
		}
		if len(cols) == 0 {
			return empty(all), nil
		}
		queries[i] = "SELECT " + strings.Join(cols, ", ") + " FROM (" + scan(b.paths, b.kind) + ")"
	}
	return relation.Relation{SQL: strings.Join(queries, " UNION ALL "), Schema: all}, nil
}

// prepared is a file that DuckDB can read.
type prepared struct {
	path   string // on this machine
	kind   int    // how it is to be read; the format's own numbering
	values []string
}

// fileList is a SQL list of file names. DuckDB takes * and ? in a name for wildcards, and knows no escape but a class.
func fileList(paths []string) string {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = fileLiteral(p)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// fileLiteral is a file's name in SQL.
func fileLiteral(path string) string { return relation.Literal(globEscaper.Replace(path)) }

// globEscaper keeps DuckDB from taking names for patterns.
var globEscaper = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")
