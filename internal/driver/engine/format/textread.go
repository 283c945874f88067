package format

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// textSource is a source of lines: one column of text.
type textSource struct {
	*source
	whole   bool // wholetext: a file is one value
	lineSep []byte
}

// openLines opens a source of text, as spark.read.text does: a row for each line, or with wholetext for each file.
func (f *Format) openLines(ctx context.Context, s *source) (relation.Opened, error) {
	t := &textSource{source: s, whole: s.options.boolean("wholetext", false), lineSep: takeLineSep(s.options)}
	s.options.only("encoding", "UTF-8", "UTF8")
	if err := s.options.refuse(); err != nil {
		return relation.Opened{}, err
	}
	listed, partNames, err := f.list(ctx, s)
	if err != nil {
		return relation.Opened{}, err
	}
	parts, err := s.typePartitions(listed, partNames)
	if err != nil {
		return relation.Opened{}, err
	}
	columns := spark.Schema{{Name: "value", Type: spark.T(spark.String), Nullable: true}}
	if s.schema != nil {
		columns = s.schema
	}
	for _, c := range columns {
		if c.Type.Kind != spark.String {
			return relation.Opened{}, analysis("[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE] The Text datasource doesn't support the column `%s` "+
				"of the type %q.", c.Name, strings.ToUpper(c.Type.String()))
		}
	}
	if len(columns) != 1 {
		return relation.Opened{}, analysis("Text data source supports only a single column, and you have %d columns.", len(columns))
	}
	files, err := f.choose(s, listed)
	if err != nil {
		return relation.Opened{}, err
	}
	prepare := func(ctx context.Context, files []input) ([][]prepared, error) {
		made := make([][]prepared, len(files))
		return made, f.each(ctx, len(files), func(ctx context.Context, i int) error {
			one, err := f.prepareText(ctx, t, &files[i])
			made[i] = []prepared{one}
			return err
		})
	}
	related := func(ready []prepared) (relation.Relation, error) {
		return relate(columns, parts, ready, (&csvSource{source: s, schema: columns}).scanSQL)
	}
	if len(parts) > 0 {
		return f.openDeferred(columns, parts, files, &deferred{prepare: prepare, relate: related})
	}
	made, err := prepare(ctx, files)
	if err != nil {
		return relation.Opened{}, err
	}
	ready := heads(made)
	f.remember(files, ready)
	rel, err := related(ready)
	return opened(rel, files), err
}

// takeLineSep takes Spark's lineSep; nil where the script gives none.
func takeLineSep(o *options) []byte {
	if !o.has("lineSep") {
		return nil
	}
	sep := o.text("lineSep", "\n")
	if sep == "" {
		o.fail(argument("requirement failed: 'lineSep' cannot be an empty string."))
	}
	return []byte(sep)
}

// prepareText puts a file down in the plain form of CSV, a column wide, and counts its records.
func (f *Format) prepareText(ctx context.Context, t *textSource, in *input) (prepared, error) {
	r, err := f.openText(ctx, t.codec, *in)
	if err != nil {
		return prepared{}, err
	}
	defer r.Close()
	out, err := os.Create(f.scratch(".csv"))
	if err != nil {
		return prepared{}, fmt.Errorf("format: scratch: %w", err)
	}
	defer out.Close()
	next := newLines(r, in.Path, t.lineSep).next
	if t.whole {
		next = wholeText(r, in.Path)
	}
	w := bufio.NewWriterSize(out, readBuffer)
	longest, breaks := 0, t.whole || t.lineSep != nil
	row := []byte{}
	for in.Records = 0; ; in.Records++ {
		if in.Records%4096 == 0 && ctx.Err() != nil {
			return prepared{}, ctx.Err()
		}
		line, err := next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return prepared{}, err
		}
		row = append(appendQuoted(append(row[:0], '"'), validUTF8(line)), "\"\n"...)
		longest = max(longest, len(row))
		w.Write(row) // Flush tells
	}
	if err := errors.Join(w.Flush(), out.Close()); err != nil {
		return prepared{}, fmt.Errorf("format: scratch: %w", err)
	}
	kind := csvPlain
	switch {
	case longest > maxNativeLine:
		kind = csvPlainLong
	case breaks:
		kind = csvPlainLines
	}
	return prepared{path: out.Name(), kind: kind, values: in.values}, nil
}

// wholeText yields all of r, once. A text that is empty is no record, as in Spark.
func wholeText(r io.Reader, name string) func() ([]byte, error) {
	done := false
	return func() ([]byte, error) {
		if done {
			return nil, io.EOF
		}
		done = true
		b, err := io.ReadAll(io.LimitReader(r, MaxRecordBytes+1))
		switch {
		case err != nil:
			return nil, execution("%s: %v", name, err)
		case len(b) > MaxRecordBytes:
			return nil, execution("%s is longer than %d bytes: too long for wholetext", name, MaxRecordBytes)
		case len(b) == 0:
			return nil, io.EOF
		}
		return b, nil
	}
}
