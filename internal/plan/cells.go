package plan

import (
	"bytes"
	"encoding/json"
)

// Cells are values in JSON, as Rows has them. A list of very many is read in one go: its cells share one piece of memory.
type Cells []json.RawMessage

// UnmarshalJSON takes a list apart, or null. The text is valid JSON; anything but a list is an error.
func (c *Cells) UnmarshalJSON(text []byte) error {
	if len(text) == 0 || text[0] != '[' {
		var none []json.RawMessage
		*c = nil
		return json.Unmarshal(text, &none) // its error says what is there, null has none
	}
	text = bytes.Clone(text[1 : len(text)-1])
	*c = (*c)[:0]
	for len(bytes.TrimLeft(text, " \t\r\n")) > 0 {
		end := cellEnd(text)
		*c = append(*c, json.RawMessage(bytes.Trim(text[:end], " \t\r\n")))
		text = text[min(end+1, len(text)):]
	}
	return nil
}

// cellEnd is where the first value of a list's inside ends: the comma behind it, or the end of the text.
func cellEnd(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case '[', '{':
			depth++
		case ']', '}':
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}
