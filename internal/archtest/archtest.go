// Package archtest holds the rules of the house as failing tests: which package may import which, how long files and
// functions may be, what must carry a comment. docs/ARCHITECTURE.md describes the same house in words.
package archtest
