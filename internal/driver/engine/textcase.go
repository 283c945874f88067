package engine

import (
	"database/sql/driver"
	"encoding/base64"
	"errors"
	"strings"
	"unicode"

	unicodecases "golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// goCase writes a text in capitals, in small letters, or with a capital at the begin of each word, by Unicode's full
// mappings, as Java does. Words are parted by blanks alone, and their first letter has the title case of one letter.
func goCase(a []driver.Value) (any, error) {
	text := a[0].(string)
	switch a[1].(string) {
	case "upper":
		return unicodecases.Upper(language.Und).String(text), nil
	case "lower":
		return unicodecases.Lower(language.Und, unicodecases.HandleFinalSigma(true)).String(text), nil
	}
	var b strings.Builder
	first := true
	for _, r := range unicodecases.Lower(language.Und, unicodecases.HandleFinalSigma(true)).String(text) {
		if first {
			r = unicode.ToTitle(r)
		}
		b.WriteRune(r)
		first = r == ' '
	}
	return b.String(), nil
}

// goLevenshtein is the edit distance of two texts in characters.
func goLevenshtein(a []driver.Value) (any, error) {
	left, right := []rune(a[0].(string)), []rune(a[1].(string))
	row := make([]int64, len(right)+1)
	for j := range row {
		row[j] = int64(j)
	}
	for i, l := range left {
		diagonal := row[0]
		row[0] = int64(i + 1)
		for j, r := range right {
			cost := int64(1)
			if l == r {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(right)], nil
}

// goUnbase64 reads base 64 as Java's MIME decoder: what is no digit is passed over, and the filling at the end may
// be missing.
func goUnbase64(a []driver.Value) (any, error) {
	raw, err := mimeBase64(a[0].(string))
	if err != nil {
		return nil, executionText("java.lang.IllegalArgumentException: " + err.Error())
	}
	return raw, nil
}

// mimeBase64 is goUnbase64 of a text.
func mimeBase64(text string) ([]byte, error) {
	digit := func(c byte) bool {
		return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
	}
	var digits []byte
	i := 0
	for ; i < len(text) && text[i] != '='; i++ {
		if digit(text[i]) {
			digits = append(digits, text[i])
		}
	}
	if i < len(text) {
		switch len(digits) % 4 {
		case 0:
			return nil, errors.New("Input byte array has wrong 4-byte ending unit") //nolint:staticcheck // Java's words
		case 2:
			if i++; i == len(text) || text[i] != '=' {
				return nil, errors.New("Input byte array has wrong 4-byte ending unit") //nolint:staticcheck // Java's words
			}
		}
		for i++; i < len(text); i++ {
			if digit(text[i]) {
				return nil, errors.New("Input byte array has incorrect ending byte") //nolint:staticcheck // Java's words
			}
		}
	}
	if len(digits)%4 == 1 {
		return nil, errors.New("Last unit does not have enough valid bits") //nolint:staticcheck // Java's words
	}
	return base64.RawStdEncoding.DecodeString(string(digits))
}

// toBinary reads a text in one of to_binary's formats: hex, utf8, base64.
func toBinary(text, format string) (any, error) {
	switch format {
	case "utf8":
		return []byte(text), nil
	case "hex":
		raw, err := goUnhex([]driver.Value{text})
		if raw == nil && err == nil {
			err = errors.New("malformed")
		}
		return raw, err
	default:
		if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n") != "" {
			return nil, errors.New("malformed")
		}
		raw, err := base64.StdEncoding.DecodeString(strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(text))
		if err != nil && len(text)%4 != 0 {
			return nil, refuse("to_binary of base64 without its filling")
		}
		return raw, err
	}
}

// goToBinary is to_binary.
func goToBinary(a []driver.Value) (any, error) {
	raw, err := toBinary(a[0].(string), a[1].(string))
	if err != nil && !strings.Contains(err.Error(), "not supported") {
		return nil, executionText("[CONVERSION_INVALID_INPUT] The value '" + a[0].(string) + "' ('" + strings.ToUpper(a[1].(string)) +
			"') cannot be converted to \"BINARY\" because it is malformed. Correct the value as per the syntax, or change its format. Use " +
			"`try_to_binary` to tolerate malformed input and return NULL instead.")
	}
	return raw, err
}

// goTryToBinary is try_to_binary.
func goTryToBinary(a []driver.Value) (any, error) {
	raw, err := toBinary(a[0].(string), a[1].(string))
	if err != nil && !strings.Contains(err.Error(), "not supported") {
		return nil, nil
	}
	return raw, err
}
