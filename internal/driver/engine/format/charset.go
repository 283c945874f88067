package format

import (
	"bufio"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// A charset is an encoding of text that Java and we decode alike: by tables of one and two bytes that were compared with
// Java's, or as UTF-16 or UTF-32. Bytes for which they differ are errors, as are those that stand for no character.
type charset struct {
	name   string
	units  int               // bytes of the smallest character: 2 for UTF-16, 4 for UTF-32, else 1
	wide   encoding.Encoding // of UTF-16 and UTF-32
	single [256]rune         // characters of one byte; 0 for none
	double []rune            // of two, by 256 times the first plus the second; nil where there are none
}

// charsetSpec says how a charset is made of one of golang.org/x/text.
type charsetSpec struct {
	names    string // the first is Java's
	enc      encoding.Encoding
	ascii    bool                       // 0x80 and above are no characters
	controls bool                       // 0x80 to 0x9f are the characters of these numbers
	pair     func(lead, tail byte) bool // pairs that Java has alike; nil for charsets of one byte
	patch    map[uint16]rune            // pairs that Java has differently
}

// charsetSpecs are the charsets of one and two bytes.
var charsetSpecs = []charsetSpec{
	{names: "us-ascii ascii", enc: charmap.ISO8859_1, ascii: true},
	{names: "iso-8859-1 iso8859_1 iso8859-1 latin1 l1 iso_8859-1 cp819", enc: charmap.ISO8859_1},
	{names: "iso-8859-2 iso8859_2 latin2", enc: charmap.ISO8859_2, controls: true},
	{names: "iso-8859-3 iso8859_3 latin3", enc: charmap.ISO8859_3, controls: true},
	{names: "iso-8859-4 iso8859_4 latin4", enc: charmap.ISO8859_4, controls: true},
	{names: "iso-8859-5 iso8859_5 cyrillic", enc: charmap.ISO8859_5, controls: true},
	{names: "iso-8859-6 iso8859_6 arabic", enc: charmap.ISO8859_6, controls: true},
	{names: "iso-8859-7 iso8859_7 greek", enc: charmap.ISO8859_7, controls: true},
	{names: "iso-8859-8 iso8859_8 hebrew", enc: charmap.ISO8859_8, controls: true},
	{names: "iso-8859-9 iso8859_9 latin5", enc: charmap.ISO8859_9, controls: true},
	{names: "iso-8859-13 iso8859_13", enc: charmap.ISO8859_13, controls: true},
	{names: "iso-8859-15 iso8859_15 latin9 latin-9", enc: charmap.ISO8859_15, controls: true},
	{names: "windows-1250 cp1250", enc: charmap.Windows1250},
	{names: "windows-1251 cp1251", enc: charmap.Windows1251},
	{names: "windows-1252 cp1252", enc: charmap.Windows1252},
	{names: "windows-1253 cp1253", enc: charmap.Windows1253},
	{names: "windows-1254 cp1254", enc: charmap.Windows1254},
	{names: "windows-1256 cp1256", enc: charmap.Windows1256},
	{names: "windows-1257 cp1257", enc: charmap.Windows1257},
	{names: "windows-1258 cp1258", enc: charmap.Windows1258},
	{names: "ibm437 cp437", enc: charmap.CodePage437},
	{names: "ibm850 cp850", enc: charmap.CodePage850},
	{names: "ibm852 cp852", enc: charmap.CodePage852},
	{names: "ibm866 cp866", enc: charmap.CodePage866},
	{names: "koi8-r koi8_r", enc: charmap.KOI8R},
	{names: "shift_jis sjis shift-jis", enc: japanese.ShiftJIS, pair: func(lead, _ byte) bool {
		return lead <= 0x84 || lead >= 0x88 && lead <= 0xea
	}, patch: map[uint16]rune{0x815c: '—', 0x8160: '〜', 0x8161: '‖', 0x817c: '−', 0x8191: '¢', 0x8192: '£', 0x81ca: '¬'}},
	{names: "windows-31j ms932 cp932", enc: japanese.ShiftJIS, pair: anyPair},
	{names: "euc-kr euc_kr ksc5601", enc: korean.EUCKR, pair: func(lead, tail byte) bool { return lead >= 0xa1 && tail >= 0xa1 }},
	{names: "x-windows-949 ms949", enc: korean.EUCKR, pair: anyPair},
	{names: "gb2312 euc-cn euc_cn", enc: simplifiedchinese.GBK, pair: func(lead, tail byte) bool {
		return tail >= 0xa1 && (lead >= 0xb0 && lead <= 0xf7 || lead == 0xa1 || lead == 0xa3 || lead == 0xa4 || lead == 0xa5)
	}, patch: map[uint16]rune{0xa1a4: '・', 0xa1aa: '―'}},
	{names: "gbk cp936 windows-936", enc: simplifiedchinese.GBK, pair: func(lead, tail byte) bool {
		return lead != 0x80 && lead != 0xa2 && lead != 0xa6 && lead != 0xa8 && lead != 0xa9 && lead < 0xfe && !(lead == 0xa3 && tail == 0xa0)
	}},
}

// anyPair takes every pair that the encoding has.
func anyPair(byte, byte) bool { return true }

// wideCharsets are those of UTF-16 and UTF-32. A byte order mark decides where the name does not, else big endian.
var wideCharsets = []charset{
	{name: "utf-16", units: 2, wide: unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
	{name: "utf-16be", units: 2, wide: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
	{name: "utf-16le", units: 2, wide: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
	{name: "utf-32", units: 4, wide: utf32.UTF32(utf32.BigEndian, utf32.UseBOM)},
	{name: "utf-32be", units: 4, wide: utf32.UTF32(utf32.BigEndian, utf32.IgnoreBOM)},
	{name: "utf-32le", units: 4, wide: utf32.UTF32(utf32.LittleEndian, utf32.IgnoreBOM)},
}

// charsets holds those that were made; sync.Map of *charset by Java's name.
var charsets sync.Map

// findCharset finds a charset by a name of it, whatever the case; nil if there is none.
func findCharset(name string) *charset {
	name = strings.ToLower(name)
	for i := range wideCharsets {
		if w := &wideCharsets[i]; w.name == name || strings.ReplaceAll(w.name, "utf-", "utf_") == name {
			return w
		}
	}
	for _, spec := range charsetSpecs {
		for i, n := range strings.Fields(spec.names) {
			if n != name {
				continue
			}
			java := strings.Fields(spec.names)[0]
			if i > 0 {
				return findCharset(java)
			}
			if c, ok := charsets.Load(java); ok {
				return c.(*charset) // nothing else is in it
			}
			c, _ := charsets.LoadOrStore(java, spec.tables(java))
			return c.(*charset) // as above
		}
	}
	return nil
}

// tables makes the tables of a charset.
func (s charsetSpec) tables(name string) *charset {
	c := &charset{name: name, units: 1}
	d := s.enc.NewDecoder()
	for b := range c.single {
		c.single[b] = oneRune(d.Bytes([]byte{byte(b)}))
		if b >= 0x80 && s.ascii {
			c.single[b] = 0
		}
		if b >= 0x80 && b < 0xa0 && s.controls {
			c.single[b] = rune(b)
		}
	}
	if s.pair == nil {
		return c
	}
	for b := 0x80; b < 0x100; b++ { // of single bytes there are the half-width katakana alone
		if c.single[b] < 0xff61 || c.single[b] > 0xff9f {
			c.single[b] = 0
		}
	}
	c.double = make([]rune, 1<<16)
	for pair := 0x8000; pair < 1<<16; pair++ {
		lead, tail := byte(pair>>8), byte(pair)
		if c.single[lead] == 0 && s.pair(lead, tail) {
			c.double[pair] = oneRune(d.Bytes([]byte{lead, tail}))
		}
	}
	for pair, r := range s.patch {
		c.double[pair] = r
	}
	return c
}

// oneRune is the character that bytes were decoded to; 0 if they are not one, or none at all.
func oneRune(text []byte, err error) rune {
	r, n := utf8.DecodeRune(text)
	if err != nil || n != len(text) || r == utf8.RuneError {
		return 0
	}
	return r
}

// takeCharset takes the options encoding and charset of a text source; nil for UTF-8. Without multiLine, Spark finds the
// ends of lines before it decodes, which makes nonsense of UTF-16.
func takeCharset(o *options, multiLine, lineSep bool) *charset {
	name := o.text("encoding", o.text("charset", "UTF-8"))
	switch strings.ToLower(name) {
	case "utf-8", "utf8", "utf_8":
		return nil
	}
	c := findCharset(name)
	switch {
	case c == nil:
		o.fail(unsupported("option \"encoding\" with the value %q", name))
	case c.units > 1 && !multiLine:
		o.fail(unsupported("option \"encoding\" with the value %q without multiLine=True, where Spark reads other lines,", name))
	case c.units > 1 && lineSep:
		o.fail(unsupported("options \"encoding\" with the value %q and \"lineSep\" together", name))
	}
	return c
}

// reader decodes r, the text of the file called name, to UTF-8. With lines, a byte order mark of UTF-8 is none of the
// text, as Hadoop has it.
func (c *charset) reader(r io.ReadCloser, name string, lines bool) io.ReadCloser {
	in := bufio.NewReaderSize(r, readBuffer)
	var out io.Reader = &charsetReader{c: c, in: in, name: name}
	if head, _ := in.Peek(3); lines && string(head) == "\xef\xbb\xbf" {
		_, _ = in.Discard(3) // they are there
	}
	if c.wide != nil {
		out = c.wide.NewDecoder().Reader(in)
	}
	return struct {
		io.Reader
		io.Closer
	}{out, r}
}

// takeOutCharset takes the option encoding of a text sink; nil for UTF-8.
func takeOutCharset(o *options) *charset {
	name := o.text("encoding", o.text("charset", "UTF-8"))
	if strings.EqualFold(name, "UTF-8") || strings.EqualFold(name, "UTF8") {
		return nil
	}
	c := findCharset(name)
	if c == nil || c.double != nil || c.name == "utf-32" {
		o.fail(unsupported("writing text with the encoding %q", name))
		return nil
	}
	return c
}

// encode turns UTF-8 into the charset; first says that it is the beginning of a file. What the charset does not have
// becomes a question mark, as in Java.
func (c *charset) encode(text []byte, first bool) ([]byte, error) {
	if c.wide != nil {
		out, err := c.wide.NewEncoder().Bytes(text)
		if err == nil && c.name == "utf-16" && !first {
			out = out[2:] // the byte order mark
		}
		return out, err
	}
	bytesOf := make(map[rune]byte, len(c.single))
	for b, r := range c.single {
		if r != 0 || b == 0 {
			bytesOf[r] = byte(b)
		}
	}
	out := make([]byte, 0, len(text))
	for _, r := range string(text) {
		b, ok := bytesOf[r]
		if !ok {
			b = '?'
		}
		out = append(out, b)
	}
	return out, nil
}

// charsetReader decodes by tables.
type charsetReader struct {
	c    *charset
	in   *bufio.Reader
	name string
}

// Read decodes as much as there is room for.
func (r *charsetReader) Read(p []byte) (int, error) {
	n := 0
	for n+utf8.UTFMax <= len(p) {
		if n > 0 && r.in.Buffered() < 2 {
			return n, nil
		}
		b, err := r.in.ReadByte()
		if err != nil {
			return n, err
		}
		ch := r.c.single[b]
		if ch == 0 && b > 0 && r.c.double != nil {
			tail, err := r.in.ReadByte()
			if err != nil {
				return n, execution("%s: the text ends within a character of %s", r.name, r.c.name)
			}
			if ch = r.c.double[uint16(b)<<8|uint16(tail)]; ch == 0 {
				return n, execution("%s: the bytes %02x %02x are none that are surely %s", r.name, b, tail, r.c.name)
			}
		}
		if ch == 0 && b > 0 {
			ch = utf8.RuneError // as Java has it
		}
		n += utf8.EncodeRune(p[n:], ch)
	}
	return n, nil
}
