package format

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tenon/internal/core/bookmark"
	"tenon/internal/core/spark"
	"tenon/internal/driver/blob"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// maxPaths bounds the paths of one source.
const maxPaths = 10_000

// source is a plan.Source with the options that all formats share taken out.
type source struct {
	dynamic  bool
	context  string
	paths    []string
	schemes  []string     // of paths, as the script wrote them: s3, s3a, s3n or file
	schema   spark.Schema // given by the script; nil: find out
	options  *options     // what the format has still to take
	recurse  bool
	exclude  []*regexp.Regexp // Glue's exclusions, of whole URLs
	glob     *regexp.Regexp   // Spark's pathGlobFilter, on names of files; nil: all
	before   time.Time        // modifiedBefore and modifiedAfter: zero for no bound
	after    time.Time
	basePath string
	parts    spark.Schema // the partition columns as list finds them: of all files, those that options leave out too
	codec    string       // Glue's compressionType; "" goes by the name of each file
	bookmark bookmark.Option
	budget   errorBudget // for the error records of all files
	listed   []input     // all its files that options do not leave out, also empty ones
}

// input is one file of a source.
type input struct {
	relation.File
	root   string              // the URL that the file was found under
	scheme string              // of the path, as the script wrote it
	values []string            // its partition values, one for each of the source's partition columns: as in its path, then as SQL, then its name and metadata
	errors int64               // its error records
	kept   []spark.ErrorRecord // those of them that are kept
}

// newSource checks paths, schema and shared options.
func newSource(src plan.Source, disk bool) (*source, error) {
	s := &source{dynamic: src.Dynamic, context: src.Context, paths: slices.Clone(src.Paths)}
	var err error
	if len(src.Schema) > 0 {
		if s.schema, err = spark.SchemaOf(src.Schema); err != nil {
			return nil, err
		}
		for i := range s.schema { // whatever the script says, a file may lack a value
			s.schema[i].Nullable = true
		}
	}
	if err := relation.CheckSchema(s.schema); err != nil {
		return nil, err
	}
	for _, field := range s.schema {
		if holdsUnwritten(field.Type, strings.EqualFold(src.Format, "parquet")) {
			return nil, plan.Unsupported(fmt.Sprintf("reading column %s as %s", field.Name, field.Type), "read it as timestamp or string")
		}
	}
	if src.Dynamic {
		err = s.glueOptions(src)
	} else {
		err = s.sparkOptions(src, disk)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case len(s.paths) == 0:
		return nil, argument("no path to read: give connection_options \"paths\", or a path to load()")
	case len(s.paths) > maxPaths:
		return nil, argument("%d paths to read; at most %d", len(s.paths), maxPaths)
	}
	for i, p := range s.paths {
		s.schemes = append(s.schemes, "file")
		if scheme, _, ok := strings.Cut(p, "://"); ok {
			s.schemes[i] = scheme
		}
		if s.paths[i], err = storagePath(p, "copy it under DATA_DIR/s3/BUCKET and read s3://BUCKET/...", disk); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// storagePath spells a script's path as listings do, and makes several slashes one, as Hadoop's Path does. Paths outside
// of object storage are refused, since a run's own disk is gone when it ends; instead is what to do about a local one.
// With disk they are files of this machine, as file:///path.
func storagePath(path, instead string, disk bool) (string, error) {
	scheme, rest, ok := strings.Cut(sameScheme(path), "://")
	if ok && scheme == "s3" {
		return "s3://" + slashes.ReplaceAllString(rest, "/"), nil
	}
	local, isFile := strings.CutPrefix(path, "file:")
	if host := strings.TrimPrefix(local, "//"); ok && (!isFile || !strings.HasPrefix(host, "/")) {
		return "", plan.Unsupported(fmt.Sprintf("the path %q", path), "data lies at s3://BUCKET/...")
	}
	if !disk {
		return "", plan.Unsupported(fmt.Sprintf("the path %q", path), instead)
	}
	absolute, err := filepath.Abs(local)
	if err != nil {
		return "", outside(err)
	}
	return "file://" + filepath.ToSlash(absolute), nil
}

// slashes are what storagePath makes one of.
var slashes = regexp.MustCompile("//+")

// glueOptions takes the connection_options of create_dynamic_frame. Source: "Amazon S3 connection option reference" of
// the Glue developer guide. Format options stay for the format.
func (s *source) glueOptions(src plan.Source) error {
	o := newOptions("connection_options", src.Options)
	s.paths = append(append(s.paths, o.strings("paths")...), o.strings("path")...)
	s.recurse = o.boolean("recurse", false)
	for _, g := range o.strings("exclusions") {
		s.exclude = append(s.exclude, compileGlob(o, "exclusions", g))
	}
	s.codec = o.choice("compressionType", "", "", "none", "gzip", "bzip2", "bzip", "snappy", "lz4", "deflate", "zstd")
	s.bookmark = bookmark.Option{
		// An explicit 0 is the narrowest band there is: the zero Option would mean the default.
		BandMillis:     max(1, o.integer("maxBand", bookmark.DefaultBandMillis)),
		MaxFilesInBand: int(o.integer("maxFilesInBand", 0)),
		MaxFiles:       int(o.atLeastOne("boundedFiles")),
		MaxBytes:       o.atLeastOne("boundedSize"),
	}
	if s.bookmark.MaxFiles > 0 && s.bookmark.MaxBytes > 0 {
		o.fail(argument("connection_options boundedFiles and boundedSize: give one of them"))
	}
	// How Glue lists and groups files, not which or what is in them.
	o.harmless("useS3ListImplementation", "groupFiles", "groupSize", "s3.listBatchSize", "catalogPartitionPredicate.enabled")
	if err := o.refuse(); err != nil {
		return err
	}
	s.options = newOptions("format_options", src.FormatOptions)
	return nil
}

// sparkOptions takes the options that every file source of Spark has. Source: "Generic File Source Options" of the Spark
// SQL guide.
func (s *source) sparkOptions(src plan.Source, disk bool) error {
	all := make(map[string]plan.Option, len(src.Options)+len(src.FormatOptions))
	for _, m := range []map[string]plan.Option{src.FormatOptions, src.Options} {
		for k, v := range m {
			all[k] = v
		}
	}
	o := newOptions("option", all)
	o.times = src.Times
	s.paths = append(append(s.paths, o.strings("path")...), o.strings("paths")...)
	s.recurse = o.boolean("recursiveFileLookup", false)
	if g := o.text("pathGlobFilter", ""); g != "" {
		s.glob = compileGlob(o, "pathGlobFilter", g)
	}
	if base := o.text("basePath", ""); base != "" {
		var err error
		if s.basePath, err = storagePath(base, "read s3://BUCKET/...", disk); err != nil {
			o.fail(err)
		}
	}
	o.harmless("ignoreMissingFiles") // a file that is gone when it is read fails the run in any case
	s.before, s.after = modifiedBound(o, "modifiedBefore"), modifiedBound(o, "modifiedAfter")
	o.only("ignoreCorruptFiles", "false")
	s.options = o
	return o.err
}

// list returns the source's files in order of paths and keys, and the names of partition columns.
func (f *Format) list(ctx context.Context, s *source) ([]input, []string, error) {
	var files []input
	for i, p := range s.paths {
		found, err := f.listPath(ctx, s, p)
		if err != nil {
			return nil, nil, err
		}
		for _, in := range found {
			in.scheme = s.schemes[i]
			files = append(files, in)
		}
	}
	if s.dynamic {
		s.listed = once(files)
		return slices.Clone(s.listed), nil, nil
	}
	files, names, err := partition(s, files)
	s.parts = partitionTypes(files, names)
	s.listed = slices.DeleteFunc(files, func(in input) bool { return s.leavesOut(in.Path) || !s.inTime(in.ModTime) })
	return slices.Clone(s.listed), names, err
}

// once is the files, each where it comes first.
func once(files []input) []input {
	seen := map[string]bool{}
	return slices.DeleteFunc(files, func(in input) bool {
		again := seen[in.Path]
		seen[in.Path] = true
		return again
	})
}

// listPath lists one path of the source.
func (f *Format) listPath(ctx context.Context, s *source, p string) ([]input, error) {
	start := p
	var matches *regexp.Regexp // the path is a pattern, of so many segments
	segments := 0
	if hasGlob(p) && !s.dynamic {
		pattern := strings.TrimSuffix(sameScheme(p), "/")
		start, segments = globStart(pattern), strings.Count(pattern, "/")+1
		matches = compileGlob(s.options, "path", pattern)
		if s.options.err != nil {
			return nil, s.options.err
		}
	}
	var files []input
	exists := false
	recursive := s.recurse || !s.dynamic
	for o, err := range f.cfg.Storage.List(ctx, start, blob.ListOptions{Recursive: recursive || matches != nil}) {
		switch {
		case errors.Is(err, blob.ErrNotFound) && !s.dynamic:
			return nil, analysis("[PATH_NOT_FOUND] Path does not exist: %s.", p)
		case err != nil:
			return nil, outside(err)
		}
		url := o.Location.String()
		root, ok := p, true
		if matches != nil {
			root, ok = globRoot(matches, segments, url)
		}
		if !ok {
			continue
		}
		exists = true
		rel := strings.TrimPrefix(strings.TrimPrefix(url, strings.TrimSuffix(sameScheme(root), "/")), "/")
		if rel == "" && !s.dynamic { // Spark reads no hidden file, not even by its name
			rel = path.Base(url)
		}
		if blob.Hidden(rel) || s.dynamic && s.leavesOut(url) {
			continue
		}
		in := input{root: strings.TrimSuffix(sameScheme(root), "/")}
		in.File = relation.File{Path: url, Bytes: o.Size, Records: -1, ModTime: o.ModTime, Version: o.Version}
		files = append(files, in)
	}
	if !exists {
		if s.dynamic {
			return nil, execution("no file to read at %s (connection_options \"paths\")%s", p, f.recurseHint(ctx, s, p))
		}
		return nil, analysis("[PATH_NOT_FOUND] Path does not exist: %s.", p)
	}
	return files, nil
}

// recurseHint says, where nothing lies at a path itself, that something lies in its subfolders.
func (f *Format) recurseHint(ctx context.Context, s *source, p string) string {
	if s.recurse {
		return ""
	}
	for _, err := range f.cfg.Storage.List(ctx, p, blob.ListOptions{Recursive: true}) {
		if err != nil {
			break
		}
		return `; there are files in its subfolders: set "recurse": True`
	}
	return ""
}

// leavesOut applies exclusions and pathGlobFilter.
func (s *source) leavesOut(url string) bool {
	for _, g := range s.exclude {
		if g.MatchString(url) {
			return true
		}
	}
	return s.glob != nil && !s.glob.MatchString(path.Base(url))
}

// modifiedBound takes the time that an option names; zero where it is not set.
func modifiedBound(o *options, key string) time.Time {
	text := o.text(key, "")
	if text == "" {
		return time.Time{}
	}
	t, ok := parseTimestamp(text, time.Now().UTC().Truncate(24*time.Hour))
	if !ok {
		o.fail(analysis("The timestamp provided for the '%s' option is invalid. The expected "+
			"format is 'YYYY-MM-DDTHH:mm:ss', but the provided timestamp: %s", strings.ToLower(key), text))
	}
	return t
}

// inTime applies modifiedBefore and modifiedAfter, neither of which takes a file of its very own time.
func (s *source) inTime(modified time.Time) bool {
	return (s.before.IsZero() || modified.Before(s.before)) && (s.after.IsZero() || modified.After(s.after))
}

// sameScheme spells the scheme as listings do.
func sameScheme(url string) string {
	if scheme, rest, ok := strings.Cut(url, "://"); ok && strings.HasPrefix(strings.ToLower(scheme), "s3") {
		return "s3://" + rest
	}
	return url
}

// choose applies the bookmark and the bounds of a bounded run, and leaves out files without a byte, which hold no record
// in any format but have to be known to the bookmark.
func (f *Format) choose(s *source, files []input) ([]input, error) {
	if s.dynamic {
		listed := make([]bookmark.File, len(files))
		for i, in := range files {
			listed[i] = bookmark.File{Path: in.Path, Size: in.Bytes, ModMillis: in.ModTime.UnixMilli(), Version: in.Version}
		}
		selected, err := f.selected(s, listed)
		if err != nil {
			return nil, err
		}
		taken := make(map[string]bool, len(selected))
		for _, b := range selected {
			taken[b.Path] = true
		}
		files = slices.DeleteFunc(files, func(in input) bool { return !taken[in.Path] })
	}
	return slices.DeleteFunc(files, func(in input) bool { return in.Bytes == 0 }), nil
}

// selected answers which files of a DynamicFrame's source are read: by its bookmark, or where it has none by its bounds,
// which then give the same files, the oldest, to each run.
func (f *Format) selected(s *source, files []bookmark.File) ([]bookmark.File, error) {
	if f.cfg.Select != nil && s.context != "" {
		return f.cfg.Select(s.context, files, s.bookmark)
	}
	return s.bookmark.Bound(files), nil
}

// opened puts a relation and the files it reads together.
func opened(rel relation.Relation, files []input) relation.Opened {
	o := relation.Opened{Relation: rel}
	for _, in := range files {
		o.Files = append(o.Files, in.File)
		o.Errors += in.errors
		o.Kept = append(o.Kept, in.kept...)
	}
	return o
}

// empty is a relation without rows. Where the schema has no column either, as a DynamicFrame over no file has none, a
// column that nobody can name stands in, since SQL knows no query without columns.
func empty(schema spark.Schema) relation.Relation {
	var cols []string
	for i, f := range schema {
		cols = append(cols, "CAST(NULL AS "+relation.DuckType(f.Type)+") AS "+relation.Column(i))
	}
	if cols == nil {
		cols = []string{"NULL AS none"}
	}
	return relation.Relation{SQL: "SELECT " + strings.Join(cols, ", ") + " WHERE false", Schema: schema}
}
