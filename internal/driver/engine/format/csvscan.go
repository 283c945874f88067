package format

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"unicode/utf8"
)

// scanSegment is how much of a file one thread looks at, or rewrites, in one go; inferSegment how much it infers types
// from, which is what Spark gives one of its tasks. Both in bytes.
const (
	scanSegment  = 32 << 20
	inferSegment = 128 << 20
)

// scanBlock is how many bytes are read at once to be looked at: they stay in the processor's cache.
const scanBlock = 128 << 10

// csvPart is a part of a file that begins and ends at the beginnings of lines.
type csvPart struct {
	file     int // index in files
	local    string
	from, to int64 // of the file's bytes; the whole file, decompressed, where local is ""
}

// openPart opens the part's text, as UTF-8.
func (f *Format) openPart(ctx context.Context, c *csvSource, in input, p csvPart) (io.ReadCloser, error) {
	if p.local == "" {
		r, err := f.openText(ctx, c.codec, in)
		if err != nil || c.charset == nil {
			return r, err
		}
		return c.charset.reader(r, in.Path, !c.multiLine), nil
	}
	file, err := os.Open(p.local)
	if err != nil {
		return nil, execution("%s: %v", in.Path, err)
	}
	return struct {
		io.Reader
		io.Closer
	}{io.NewSectionReader(file, p.from, p.to-p.from), file}, nil
}

// cutFiles cuts files into parts of about size bytes. What is not on this machine, or compressed, or has records that go
// over line breaks, stays whole.
func (f *Format) cutFiles(c *csvSource, files []input, size int64) ([]csvPart, error) {
	var parts []csvPart
	for i, in := range files {
		local, ok := f.cfg.Storage.LocalPath(in.Path)
		if !ok || compressed(c.codec, in.Path) || c.multiLine || c.lineSep != nil || c.charset != nil {
			parts = append(parts, csvPart{file: i})
			continue
		}
		cuts, err := lineStarts(local, in.Bytes, size)
		if err != nil {
			return nil, execution("%s: %v", in.Path, err)
		}
		for k := range cuts[1:] {
			parts = append(parts, csvPart{file: i, local: local, from: cuts[k], to: cuts[k+1]})
		}
	}
	return parts, nil
}

// lineStarts are the beginnings of lines at which a file of so many bytes is cut, about size bytes apart: from 0 to its end.
func lineStarts(name string, bytesInFile, size int64) ([]int64, error) {
	cuts := []int64{0}
	if bytesInFile >= size+size/2 {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		for at := size; at < bytesInFile-size/4; at = cuts[len(cuts)-1] + size {
			next, err := lineAfter(file, at)
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, err
			}
			cuts = append(cuts, next)
		}
	}
	return append(cuts, bytesInFile), nil
}

// lineAfter is where the next line begins after a byte of a file; io.EOF if none does.
func lineAfter(file io.ReaderAt, at int64) (int64, error) {
	buf := make([]byte, 64<<10)
	for {
		n, err := file.ReadAt(buf, at)
		if i := bytes.IndexByte(buf[:n], '\n'); i >= 0 {
			return at + int64(i) + 1, nil
		}
		if err != nil {
			return 0, err
		}
		at += int64(n)
	}
}

// lookedAt is what is known of a part after a look at each of its lines.
type lookedAt struct {
	plain    bool // DuckDB reads it as Spark does
	lf, crlf bool // the line breaks in it
	records  int64
}

// scan looks at every line of local files. A file is native, and its kind is not csvPlain, only if every line of it is
// plain: nothing is guessed. Records are counted on the way.
func (f *Format) scan(ctx context.Context, c *csvSource, files []input) ([]int, error) {
	kinds := slices.Repeat([]int{csvPlain}, len(files))
	scans, ok := c.scans()
	if !ok || !c.native() {
		return kinds, nil
	}
	parts, err := f.cutFiles(c, files, scanSegment)
	if err != nil {
		return nil, err
	}
	looks := make([]lookedAt, len(parts))
	err = f.each(ctx, len(parts), func(ctx context.Context, i int) error {
		if parts[i].local == "" {
			return nil
		}
		r, err := f.openPart(ctx, c, files[parts[i].file], parts[i])
		if err != nil {
			return err
		}
		defer r.Close()
		looks[i], err = c.look(ctx, r, scans, parts[i].from == 0)
		if err != nil {
			return execution("%s: %v", files[parts[i].file].Path, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]lookedAt, len(files))
	for i := range all {
		all[i].plain = true
	}
	for i, p := range parts {
		a, b := &all[p.file], looks[i]
		a.plain, a.lf, a.crlf, a.records = a.plain && b.plain, a.lf || b.lf, a.crlf || b.crlf, a.records+b.records
	}
	for i, a := range all {
		switch {
		case !a.plain || a.lf && a.crlf:
			continue
		case a.crlf:
			kinds[i] = csvNativeCRLF
		default:
			kinds[i] = csvNativeLF
		}
		files[i].Records = a.records
	}
	return kinds, nil
}

// look goes through the lines of a part; start says that it is the beginning of its file.
func (c *csvSource) look(ctx context.Context, r io.Reader, scans []cellScan, start bool) (lookedAt, error) {
	l := lookedAt{plain: true}
	buf := make([]byte, maxNativeLine)
	have := 0
	for {
		if err := ctx.Err(); err != nil {
			return l, err
		}
		n, err := io.ReadFull(r, buf[have:min(have+scanBlock, len(buf))])
		have += n
		last := err == io.EOF || err == io.ErrUnexpectedEOF
		if err != nil && !last {
			return l, err
		}
		block := buf[:have]
		if start {
			if start = false; bytes.HasPrefix(block, []byte("\xef\xbb\xbf")) {
				return lookedAt{}, nil
			}
			if c.skipsFirst() {
				end := bytes.IndexByte(block, '\n')
				if end < 0 || !c.skippable(&l, block[:end]) {
					return lookedAt{}, nil
				}
				block = block[end+1:]
			}
		}
		whole := len(block)
		if !last {
			whole = bytes.LastIndexByte(block, '\n') + 1
			if whole == 0 && have == len(buf) {
				return lookedAt{}, nil // a line that is longer than maxNativeLine
			}
		}
		if !c.lookBlock(&l, block[:whole], scans) {
			return lookedAt{}, nil
		}
		if last {
			return l, nil
		}
		have = copy(buf, block[whole:])
	}
}

// skippable notes the line break of a header, and tells whether DuckDB takes the header for one line too.
func (c *csvSource) skippable(l *lookedAt, line []byte) bool {
	line, crlf := bytes.CutSuffix(line, []byte{'\r'})
	l.crlf, l.lf = crlf, !crlf
	return bytes.IndexByte(line, '\r') < 0 && bytes.IndexByte(line, 0) < 0 && utf8.Valid(line) &&
		c.plainLine(line, bytes.Count(line, c.sep)+1)
}

// lookBlock goes through lines; false where one of them is not plain.
func (c *csvSource) lookBlock(l *lookedAt, block []byte, scans []cellScan) bool {
	if !utf8.Valid(block) || bytes.IndexByte(block, 0) >= 0 {
		return false
	}
	quotes := bytes.IndexByte(block, '"') >= 0
	returns := bytes.Count(block, []byte{'\r'})
	for len(block) > 0 {
		line := block
		if end := bytes.IndexByte(block, '\n'); end >= 0 {
			line, block = block[:end], block[end+1:]
			if returns > 0 && end > 0 && line[end-1] == '\r' {
				line = line[:end-1]
				returns--
				l.crlf = true
			} else {
				l.lf = true
			}
		} else {
			block = nil
		}
		if !c.plainCells(line, scans, quotes) {
			return false
		}
		l.records++
	}
	return returns == 0
}

// plainCells reports whether DuckDB reads a line of a native dialect as the dialect says, and its values as Spark does:
// as many as there are scans, none with a quote in it but around all of it.
func (c *csvSource) plainCells(line []byte, scans []cellScan, quotes bool) bool {
	if blank(line) {
		return false
	}
	sep, last := c.sep[0], len(scans)-1
	for i, scan := range scans {
		end := 0
		switch {
		case len(line) == 0 || line[0] == sep:
		case quotes && line[0] == '"':
			end = quotedCell(line, scan)
		case scan != nil:
			end = scan(line)
		default:
			if end = bytes.IndexByte(line, sep); end < 0 {
				end = len(line)
			}
			if quotes && bytes.IndexByte(line[:end], '"') >= 0 {
				return false
			}
		}
		switch {
		case end < 0:
			return false
		case i == last:
			return end == len(line)
		case end == len(line) || line[end] != sep:
			return false
		}
		line = line[end+1:]
	}
	return false
}

// quotedCell measures a value between quotes, with them; -1 where it is not plain.
func quotedCell(line []byte, scan cellScan) int {
	end := bytes.IndexByte(line[1:], '"')
	if end < 0 || bytes.IndexByte(line[1:1+end], '\\') >= 0 {
		return -1
	}
	if cell := line[1 : 1+end]; scan != nil && end > 0 && scan(cell) != end {
		return -1
	}
	return end + 2
}
