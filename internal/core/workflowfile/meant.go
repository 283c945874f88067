package workflowfile

import (
	"maps"
	"slices"
	"strings"
)

// mistyped is how many wrong letters a word may have and still be taken for another.
const mistyped = 2

// meant is what to add to the refusal of a word: the nearest of words, if one is near.
func meant(given string, words []string) string {
	best, least := "", mistyped+1
	for _, w := range words {
		d := letters(strings.ToLower(given), strings.ToLower(w))
		if d < least && d < max(len(given), 1) {
			best, least = w, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// letters counts the letters to change, put in or leave out to make a of b.
func letters(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// sorted are the keys of a map in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
