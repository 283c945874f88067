package spark

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"tenon/internal/plan"
)

// maxSQL bounds the text of one statement, in bytes.
const maxSQL = 1 << 20

// tokenKind tells the classes of tokens apart.
type tokenKind int

// The classes of tokens.
const (
	tokEnd    tokenKind = iota
	tokWord             // an identifier or keyword
	tokQuoted           // an identifier in backticks, unquoted
	tokString           // a string literal, unescaped
	tokNumber           // a number with its suffix
	tokSymbol           // an operator or punctuation
)

// token is one word of SQL.
type token struct {
	kind tokenKind
	text string
	pos  int // byte offset in the statement
}

// symbols are the operators and punctuation marks of more than one character, longest first.
var symbols = []string{"<=>", "<>", "!=", "<=", ">=", "==", "||", "->"}

// lex splits a statement into tokens. Comments and hints vanish: hints only ever change how fast Spark runs.
func lex(text string) ([]token, error) {
	if len(text) > maxSQL {
		return nil, &plan.Error{Class: plan.ClassParse,
			Message: fmt.Sprintf("the SQL text has %d bytes; at most %d are accepted", len(text), maxSQL)}
	}
	l := lexer{text: text}
	for {
		if err := l.blanks(); err != nil {
			return nil, err
		}
		if l.pos >= len(text) {
			return append(l.out, token{kind: tokEnd, pos: len(text)}), nil
		}
		if err := l.next(); err != nil {
			return nil, err
		}
	}
}

// lexer holds the position in the text and the tokens before it.
type lexer struct {
	text string
	pos  int
	out  []token
}

// add appends a token that began at start.
func (l *lexer) add(kind tokenKind, text string, start int) {
	l.out = append(l.out, token{kind: kind, text: text, pos: start})
}

// blanks steps over white space and comments.
func (l *lexer) blanks() error {
	for l.pos < len(l.text) {
		rest := l.text[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "\u00a0"), strings.HasPrefix(rest, "\ufeff"):
			_, n := utf8.DecodeRuneInString(rest)
			l.pos += n
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest) - 1
			}
			l.pos += end + 1
		case strings.HasPrefix(rest, "/*"):
			end := commentEnd(rest)
			if end < 0 {
				return syntaxError(l.text, l.pos, "a comment that does not end")
			}
			l.pos += end
		default:
			return nil
		}
	}
	return nil
}

// commentEnd is the length of the comment that text begins with, which may hold others; -1 when it does not end.
func commentEnd(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			i++
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// next reads one token.
func (l *lexer) next() error {
	start, c := l.pos, l.text[l.pos]
	switch {
	case c == '\'' || c == '"':
		s, err := l.quoted(c, false)
		l.add(tokString, s, start)
		return err
	case (c == 'r' || c == 'R') && l.pos+1 < len(l.text) && (l.text[l.pos+1] == '\'' || l.text[l.pos+1] == '"'):
		l.pos++
		s, err := l.quoted(l.text[l.pos], true)
		l.add(tokString, s, start)
		return err
	case c == '`':
		return l.backticked()
	case c >= '0' && c <= '9' || c == '.' && l.pos+1 < len(l.text) && isDigit(l.text[l.pos+1]) && !l.afterName():
		l.number()
		return nil
	case isWordRune(rune(c)):
		for l.pos < len(l.text) && isWordRune(rune(l.text[l.pos])) {
			l.pos++
		}
		l.add(tokWord, l.text[start:l.pos], start)
		return nil
	default:
		return l.symbol()
	}
}

// afterName reports whether a name or closing bracket ends right before, so that a dot means a field.
func (l *lexer) afterName() bool {
	if len(l.out) == 0 || l.pos == 0 {
		return false
	}
	last := l.out[len(l.out)-1]
	return last.kind == tokWord || last.kind == tokQuoted || last.text == ")" || last.text == "]"
}

// symbol reads an operator or punctuation mark.
func (l *lexer) symbol() error {
	rest := l.text[l.pos:]
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			l.add(tokSymbol, s, l.pos)
			l.pos += len(s)
			return nil
		}
	}
	if strings.IndexByte("+-*/%=<>!()[].,;&|^~:?@", rest[0]) < 0 {
		r, _ := utf8.DecodeRuneInString(rest)
		return syntaxError(l.text, l.pos, "'"+string(r)+"'")
	}
	l.add(tokSymbol, rest[:1], l.pos)
	l.pos++
	return nil
}

// backticked reads a name in backticks, where two stand for one.
func (l *lexer) backticked() error {
	start := l.pos
	var b strings.Builder
	for l.pos++; l.pos < len(l.text); l.pos++ {
		if l.text[l.pos] != '`' {
			b.WriteByte(l.text[l.pos])
			continue
		}
		if !strings.HasPrefix(l.text[l.pos:], "``") {
			l.pos++
			l.add(tokQuoted, b.String(), start)
			return nil
		}
		b.WriteByte('`')
		l.pos++
	}
	return syntaxError(l.text, start, "a backtick that is not closed")
}

// quoted reads a string literal up to its closing quote, with Spark's escapes unless raw.
func (l *lexer) quoted(quote byte, raw bool) (string, error) {
	start := l.pos
	var b strings.Builder
	for l.pos++; l.pos < len(l.text); {
		c := l.text[l.pos]
		switch {
		case c == quote:
			l.pos++
			return b.String(), nil
		case c == '\\' && !raw && l.pos+1 < len(l.text):
			l.escape(&b)
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	return "", syntaxError(l.text, start, "a string that is not closed")
}

// escape reads one backslash escape, as Spark's unescapeSQLString: \% and \_ stay for LIKE, an unknown one is the
// character itself.
func (l *lexer) escape(b *strings.Builder) {
	rest := l.text[l.pos+1:]
	if len(rest) >= 5 && rest[0] == 'u' {
		if n, err := strconv.ParseUint(rest[1:5], 16, 16); err == nil {
			b.WriteRune(rune(n))
			l.pos += 6
			return
		}
	}
	if len(rest) >= 3 && rest[0] >= '0' && rest[0] <= '1' {
		if n, err := strconv.ParseUint(rest[:3], 8, 8); err == nil {
			b.WriteRune(rune(n))
			l.pos += 4
			return
		}
	}
	r, n := utf8.DecodeRuneInString(rest)
	l.pos += 1 + n
	switch r {
	case '0':
		b.WriteByte(0)
	case 'b':
		b.WriteByte('\b')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'Z':
		b.WriteByte(0x1a)
	case '%', '_':
		b.WriteString("\\" + string(r))
	default:
		b.WriteRune(r)
	}
}

// number reads a numeric literal with exponent and suffix; what goes on with letters is an identifier such as 1a.
func (l *lexer) number() {
	start := l.pos
	digits := func() {
		for l.pos < len(l.text) && isDigit(l.text[l.pos]) {
			l.pos++
		}
	}
	digits()
	if l.pos < len(l.text) && l.text[l.pos] == '.' {
		l.pos++
		digits()
	}
	if l.pos < len(l.text) && (l.text[l.pos] == 'e' || l.text[l.pos] == 'E') {
		mark := l.pos
		l.pos++
		if l.pos < len(l.text) && (l.text[l.pos] == '+' || l.text[l.pos] == '-') {
			l.pos++
		}
		before := l.pos
		if digits(); l.pos == before {
			l.pos = mark
		}
	}
	end := l.pos
	for l.pos < len(l.text) && isWordRune(rune(l.text[l.pos])) {
		l.pos++
	}
	switch strings.ToUpper(l.text[end:l.pos]) {
	case "", "L", "S", "Y", "D", "F", "BD":
		l.add(tokNumber, l.text[start:l.pos], start)
	default:
		l.add(tokWord, l.text[start:l.pos], start)
	}
}

// isDigit reports whether c is an ASCII digit.
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// syntaxError is Spark's PARSE_SYNTAX_ERROR at a byte offset; near names what stands there.
func syntaxError(text string, pos int, near string) error {
	line, column := 1, 0
	for _, r := range text[:min(pos, len(text))] {
		if column++; r == '\n' {
			line, column = line+1, 0
		}
	}
	lines := strings.Split(text, "\n")
	var shown strings.Builder
	for i, s := range lines {
		shown.WriteString(s + "\n")
		if i == line-1 {
			shown.WriteString(strings.Repeat("-", column) + "^^^\n")
		}
	}
	return &plan.Error{Class: plan.ClassParse, Message: fmt.Sprintf(
		"\n[PARSE_SYNTAX_ERROR] Syntax error at or near %s.(line %d, pos %d)\n\n== SQL ==\n%s",
		near, line, column, shown.String())}
}
