package format

import (
	"bufio"
	"bytes"
	"io"
)

// field is one value of a record: absent stands for nothing between two separators.
type field struct {
	text   []byte
	absent bool
}

// value is what the field means in a dialect: nil is null.
func (d *dialect) value(f field) []byte {
	switch {
	case d.glue:
		return f.text // Glue knows no null in CSV: an empty field is an empty string
	case f.absent, string(f.text) == d.nullValue && d.nullValue != "":
		return nil
	case len(f.text) == 0:
		if d.emptyValue == d.nullValue {
			return nil
		}
		return []byte(d.emptyValue)
	default:
		return f.text
	}
}

// csvParser cuts text into records: a line at a time or, for multiLine, over line breaks. A Spark dialect is cut as
// univocity-parsers 2.9 does with Spark's settings, down to what it makes of quotes that are out of place: a value
// that goes on after its closing quote is kept as it stands, quotes and all, up to the next separator.
type csvParser struct {
	d       *dialect
	lines   *lines        // without multiLine
	stream  *bufio.Reader // with multiLine
	broken  *brokenReader // under stream
	name    string
	records int64

	in  []byte // the line
	pos int
	ch  int // the present character, endOfRecord or endOfText

	fields   []field
	arena    []byte // holds the text of all fields of the record
	start    int    // where the present field begins in arena
	prev     int
	last     int    // the character before the end of the text, as far as univocity knew it
	goesOn   bool   // the present value went on right after a closing quote
	reopened bool   // it was taken for an unquoted one after all
	size     int    // bytes of the present record, with multiLine
	crlf     bool   // the present character is a \r\n that is to stay one
	breaks   string // the text's first line break, with multiLine
	stray    bool   // the last line break was a \n alone in a text of \r\n
}

// Characters that are none.
const (
	none        = 0
	endOfRecord = -1
	endOfText   = -2
	separatorCh = -3
)

// newCSVParser reads r, the text of the file called name.
func newCSVParser(d *dialect, r io.Reader, name string) *csvParser {
	p := &csvParser{d: d, name: name}
	if d.multiLine {
		p.broken = &brokenReader{in: r}
		p.stream = bufio.NewReaderSize(p.broken, readBuffer)
		if head, _ := p.stream.Peek(3); string(head) == "\xef\xbb\xbf" {
			_, _ = p.stream.Discard(3) // they are there
		}
		if p.breaks = lineBreak(p.stream); d.glue {
			p.breaks = "\r\n" // and \n alone
		}
	} else {
		p.lines = newLines(r, name, d.lineSep)
	}
	return p
}

// within tells the parser that it reads a part of a file: a byte order mark is none in the middle of it.
func (p *csvParser) within(part csvPart) {
	if p.lines != nil && part.from > 0 {
		p.lines.first = false
	}
}

// next returns the next record, valid until the call after it, and the line it stood on (nil with multiLine).
func (p *csvParser) next() ([]field, []byte, error) {
	for {
		if p.d.multiLine {
			if err := p.record(); err != nil {
				return nil, nil, err
			}
			if p.ch == endOfText && p.broken.err != nil {
				return nil, nil, execution("%s: %v", p.name, p.broken.err)
			}
			if p.ch == endOfText && len(p.fields) == 0 {
				return nil, nil, io.EOF
			}
			if len(p.fields) == 0 {
				continue // an empty line
			}
			p.records++
			return p.fields, nil, nil
		}
		line, err := p.lines.next()
		if err != nil {
			return nil, nil, err
		}
		if blank(line) || p.d.comment != 0 && line[0] == p.d.comment {
			continue
		}
		p.records++
		fields, err := p.cut(line)
		return fields, line, err
	}
}

// cut cuts one line.
func (p *csvParser) cut(line []byte) ([]field, error) {
	if p.simple(line) {
		return p.fields, nil
	}
	p.in, p.pos = line, 0
	err := p.record()
	return p.fields, err
}

// simple cuts a line in which no character but the separator means anything; false where there may be one.
func (p *csvParser) simple(line []byte) bool {
	d := p.d
	if len(d.sep) != 1 || d.trimLeft || d.trimRight || d.quote != 0 && bytes.IndexByte(line, d.quote) >= 0 ||
		d.glue && d.escape != 0 && bytes.IndexByte(line, d.escape) >= 0 {
		return false
	}
	p.fields = p.fields[:0]
	for len(p.fields) < maxColumns {
		end := bytes.IndexByte(line, d.sep[0])
		if end < 0 {
			p.fields = append(p.fields, field{text: line, absent: len(line) == 0 && !d.glue})
			return true
		}
		p.fields = append(p.fields, field{text: line[:end:end], absent: end == 0 && !d.glue})
		line = line[end+1:]
	}
	return false
}

// record reads one record into fields.
func (p *csvParser) record() error {
	p.fields, p.arena, p.size = p.fields[:0], p.arena[:0], 0
	p.start, p.prev = 0, none
	p.advance()
	if p.ended() {
		return nil
	}
	if p.d.glue {
		p.glueRecord()
	} else {
		p.sparkRecord()
	}
	if p.stream != nil && !p.d.glue && (p.breaks == "\r" || p.stray && p.ch == endOfRecord) {
		return unsupported("multiLine with line breaks of several kinds, or \\r alone (%s, record %d)", p.name, p.records+1)
	}
	if len(p.fields) > maxColumns {
		return execution("%s: record %d has more than %d columns", p.name, p.records+1, maxColumns)
	}
	if p.size > MaxRecordBytes {
		return execution("%s: record %d is longer than %d bytes: is a quote never closed?", p.name, p.records+1, MaxRecordBytes)
	}
	return nil
}

// advance moves to the next character: a separator of any length is one.
func (p *csvParser) advance() {
	if p.stream != nil {
		p.advanceStream()
		return
	}
	if p.pos >= len(p.in) {
		p.ch = endOfText
		return
	}
	p.ch = int(p.in[p.pos])
	p.pos++
	if p.ch == int(p.d.sep[0]) && bytes.HasPrefix(p.in[p.pos:], p.d.sep[1:]) {
		p.pos += len(p.d.sep) - 1
		p.ch = separatorCh
	}
}

// advanceStream is advance over line breaks. Spark takes the text's first line break for all: where that is \r\n, each
// \r\n counts as \n, within quotes too; where it is \n, a \r is a character like others.
func (p *csvParser) advanceStream() {
	c, err := p.stream.ReadByte()
	if p.size++; err != nil || p.size > MaxRecordBytes {
		p.ch = endOfText
		return
	}
	p.ch, p.crlf = int(c), false
	switch {
	case c == '\n':
		p.ch, p.stray = endOfRecord, p.breaks == "\r\n"
	case c == '\r' && p.breaks == "\r\n":
		if next, _ := p.stream.Peek(1); len(next) == 1 && next[0] == '\n' {
			_, _ = p.stream.Discard(1) // it is there
			p.ch, p.crlf, p.stray = endOfRecord, p.d.glue, false
		}
	case c == p.d.sep[0]:
		if rest, _ := p.stream.Peek(len(p.d.sep) - 1); bytes.Equal(rest, p.d.sep[1:]) {
			_, _ = p.stream.Discard(len(rest)) // they are there
			p.ch = separatorCh
		}
	}
}

// lineBreak is the first line break of a text, as far as its beginning shows one.
func lineBreak(r *bufio.Reader) string {
	head, _ := r.Peek(readBuffer)
	i := bytes.IndexAny(head, "\r\n")
	switch {
	case i < 0 || head[i] == '\n':
		return "\n"
	case i+1 < len(head) && head[i+1] == '\n':
		return "\r\n"
	default:
		return "\r"
	}
}

// ended reports whether the record is over.
func (p *csvParser) ended() bool { return p.ch == endOfRecord || p.ch == endOfText }

// space reports whether the present character is one of those that are trimmed.
func (p *csvParser) space() bool { return p.ch >= 0 && p.ch <= ' ' }

// put appends the character c to the present field.
func (p *csvParser) put(c int) {
	switch c {
	case separatorCh:
		p.arena = append(p.arena, p.d.sep...)
	case endOfRecord:
		if p.crlf {
			p.arena = append(p.arena, '\r')
		}
		p.arena = append(p.arena, '\n')
	default:
		p.arena = append(p.arena, byte(c))
	}
}

// finish ends the present field.
func (p *csvParser) finish(absent, trim bool) {
	if trim {
		for len(p.arena) > p.start && p.arena[len(p.arena)-1] <= ' ' {
			p.arena = p.arena[:len(p.arena)-1]
		}
		absent = absent || len(p.arena) == p.start
	}
	p.fields = append(p.fields, field{text: p.arena[p.start:len(p.arena):len(p.arena)], absent: absent})
	p.start = len(p.arena)
}

// sparkRecord cuts a record as univocity does.
func (p *csvParser) sparkRecord() {
	for !p.ended() {
		skipped := false
		for p.d.trimLeft && p.space() {
			p.advance()
			skipped = true
		}
		if p.ch == separatorCh || p.ended() {
			// Blanks that end the text count as an empty value after a quoted one, else as none.
			p.finish(!skipped || p.prev == none || p.ch != endOfText, false)
			p.pass()
			continue
		}
		p.goesOn, p.reopened, p.prev, p.last = false, false, none, none
		switch {
		case p.d.quote != 0 && p.ch == int(p.d.quote):
			p.quoted()
			p.finishQuoted()
		default:
			p.untilSeparator()
			p.finish(len(p.arena) == p.start, p.d.trimRight)
		}
		p.pass()
	}
}

// pass goes over a separator; one that ends the record has an absent value after it.
func (p *csvParser) pass() {
	if p.ch != separatorCh {
		return
	}
	p.advance()
	if p.ended() {
		p.finish(true, false)
	}
}

// finishQuoted ends a value that began with a quote. Where the text ended within it, the quote it ended with, if any,
// is a closing one only after another quote.
func (p *csvParser) finishQuoted() {
	quote := int(p.d.quote)
	closed := true
	if p.ch == endOfText {
		if p.last == quote && p.prev != quote && !p.goesOn {
			p.put(quote)
		}
		closed = p.last == quote && p.prev == quote || p.prev != none && p.last != separatorCh
	}
	p.finish(!closed && len(p.arena) == p.start, p.reopened && p.d.trimRight)
}

// untilSeparator takes everything up to the next separator as it stands.
func (p *csvParser) untilSeparator() {
	first := p.ch
	for !p.ended() && p.ch != separatorCh {
		p.put(p.ch)
		p.advance()
	}
	p.last = first
}

// step moves to the next character; the present one becomes prev.
func (p *csvParser) step() {
	p.prev = p.ch
	p.advanceInside()
}

// advanceInside moves to the next character of a quoted value, and keeps the one it leaves for finishQuoted.
func (p *csvParser) advanceInside() {
	p.last = p.ch
	p.advance()
}

// special reports whether the present character is the quote or the escape.
func (p *csvParser) special() bool {
	return p.ch == int(p.d.quote) || p.d.escape != 0 && p.ch == int(p.d.escape)
}

// quoted reads a value whose opening quote is the present character.
func (p *csvParser) quoted() {
	quote, escape := int(p.d.quote), int(p.d.escape)
	simple := true // no quote and no escape but the closing quote
	p.advanceInside()
	for p.ch != endOfText {
		switch {
		case p.prev == quote && (p.space() || p.ch == separatorCh || p.ended()):
			if simple && !p.space() {
				p.prev = none // such values are not looked at closely
			}
			p.afterQuote()
			return
		case p.special():
			simple = simple && p.prev != escape && p.prev != quote
			p.quoteOrEscape()
			if p.ch == endOfText {
				return
			}
			p.step()
			if p.goesOn && (p.ch == separatorCh || p.ended()) {
				return
			}
		case p.prev == quote: // the value goes on after a quote: it never was a quoted one
			p.goesOn = true
			p.put(quote)
			p.put(p.ch)
			p.reopen()
			return
		default:
			if p.prev == escape && escape != none {
				p.put(escape)
			}
			p.plain()
		}
	}
}

// plain takes characters of a quoted value up to the next quote or escape, which becomes prev.
func (p *csvParser) plain() {
	first := p.ch
	for !p.special() && (p.d.escEscape == 0 || p.ch != int(p.d.escEscape)) {
		if p.ch == endOfText {
			p.last = first
			return
		}
		p.put(p.ch)
		p.advance()
	}
	p.step()
}

// quoteOrEscape handles a quote or escape inside a quoted value. It leaves none in ch where the two characters are done
// with.
func (p *csvParser) quoteOrEscape() {
	quote, escape := int(p.d.quote), int(p.d.escape)
	switch {
	case p.ch == escape && p.d.escEscape != 0 && p.prev == int(p.d.escEscape):
		p.put(escape)
		p.ch = none
	case p.prev == escape && (escape != none || p.ch != quote):
		if p.ch == quote {
			p.put(quote)
			p.ch = none
		} else {
			p.put(p.prev)
		}
	case p.ch == quote && p.prev == quote:
		p.put(quote)
	case p.prev == quote:
		p.strayQuote()
	}
}

// strayQuote is a quote in the middle of a quoted value that is followed by neither a quote nor a separator. From there
// on, escapes count but quotes do not close, up to a separator, which is lost.
func (p *csvParser) strayQuote() {
	p.put(int(p.d.quote))
	p.prev = p.ch
	for p.ch != separatorCh && !p.ended() {
		switch {
		case p.special():
			p.quoteOrEscape()
			if p.ch == endOfText {
				return
			}
		case p.prev == int(p.d.quote):
			p.strayQuote()
			return
		default:
			p.put(p.ch)
		}
		p.step()
	}
}

// reopen takes the value for an unquoted one after all: it gets its opening quote back, and goes to the separator.
func (p *csvParser) reopen() {
	p.reopened = true
	p.arena = append(p.arena, 0)
	copy(p.arena[p.start+1:], p.arena[p.start:])
	p.arena[p.start] = p.d.quote
	p.prev = p.ch
	p.advanceInside()
	if p.ch != endOfText {
		p.untilSeparator()
	}
}

// afterQuote passes over blanks after a closing quote; anything else there means that the value was not quoted.
func (p *csvParser) afterQuote() {
	mark := len(p.arena)
	p.put(int(p.d.quote))
	for p.space() {
		p.put(p.ch)
		p.advanceInside()
	}
	if p.ch == separatorCh || p.ended() {
		p.arena = p.arena[:mark]
		return
	}
	p.put(p.ch)
	p.reopen()
}

// glueRecord cuts a record as RFC 4180 has it, with Glue's escaper. Text after a closing quote belongs to the value.
func (p *csvParser) glueRecord() {
	for {
		if p.d.quote != 0 && p.ch == int(p.d.quote) {
			p.glueQuoted()
		}
		for !p.ended() && p.ch != separatorCh {
			if !p.glueEscape() {
				p.put(p.ch)
			}
			p.advance()
		}
		p.finish(false, false)
		if p.ended() {
			return
		}
		p.advance()
	}
}

// glueQuoted reads from an opening to its closing quote; two quotes are one.
func (p *csvParser) glueQuoted() {
	for p.advance(); p.ch != endOfText; p.advance() {
		switch {
		case p.ch == int(p.d.quote):
			p.advance()
			if p.ch != int(p.d.quote) {
				return
			}
			p.put(p.ch)
		case !p.glueEscape():
			p.put(p.ch)
		}
	}
}

// glueEscape takes an escaper and the character after it: as it is, but for \n, \r, \t and \0.
func (p *csvParser) glueEscape() bool {
	if p.d.escape == 0 || p.ch != int(p.d.escape) {
		return false
	}
	p.advance()
	switch p.ch {
	case 'n':
		p.put('\n')
	case 'r':
		p.put('\r')
	case 't':
		p.put('\t')
	case '0':
		p.put(0)
	case endOfText:
	default:
		p.put(p.ch)
	}
	return true
}
