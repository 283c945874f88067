package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tenon/internal/glue"
)

// encoding names the form in which a row is hashed. Another form needs another name, so that the two never collide.
const encoding = "tenon-event-1"

// Hash is a SHA-256. The zero value stands before the first row.
type Hash [sha256.Size]byte

// String is the hash in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// ParseHash reads what String wrote.
func ParseHash(s string) (h Hash, err error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(h) {
		return h, fmt.Errorf("audit: %q is not a SHA-256 in %d hexadecimal digits", s, 2*len(h))
	}
	return Hash(b), nil
}

// Link is a row and its hash: all that is needed to go on with the chain from there. The zero Link is its beginning.
type Link struct {
	Seq  int64
	Hash Hash
}

// String writes a link as SEQ:HASH.
func (l Link) String() string { return fmt.Sprintf("%d:%s", l.Seq, l.Hash) }

// ParseLink reads what String wrote.
func ParseLink(s string) (l Link, err error) {
	seq, hash, ok := strings.Cut(s, ":")
	if !ok {
		return l, fmt.Errorf("audit: %q is not a number, a colon and a hash", s)
	}
	if l.Seq, err = strconv.ParseInt(seq, 10, 64); err != nil || l.Seq < 0 {
		return l, fmt.Errorf("audit: %q is not the number of a record", seq)
	}
	l.Hash, err = ParseHash(hash)
	return l, err
}

// Chainer computes hashes; it keeps a buffer between them. The zero value is ready.
type Chainer struct{ buf []byte }

// Next returns the link of a row that follows prev: SHA-256 over the 32 bytes of the hash before it, and then, each
// as its length in decimal, a colon, its bytes and a comma, these: the name of the encoding, seq, at (microseconds since
// 1970, 0 for none), region, kind, job, run, attempt, who, and detail exactly as it is stored.
func (c *Chainer) Next(prev Hash, e *glue.Event) Link {
	b := append(c.buf[:0], prev[:]...)
	b = appendField(b, encoding)
	b = appendNumber(b, e.Seq)
	b = appendNumber(b, micros(e.At))
	b = appendField(b, e.Region)
	b = appendField(b, string(e.Kind))
	b = appendField(b, e.Job)
	b = appendField(b, e.Run)
	b = appendNumber(b, int64(e.Attempt))
	b = appendField(b, e.Who)
	b = appendField(b, []byte(e.Detail))
	c.buf = b
	return Link{Seq: e.Seq, Hash: sha256.Sum256(b)}
}

// appendField writes one field with its length before it: no two rows have the same encoding.
func appendField[T string | []byte](b []byte, field T) []byte {
	b = strconv.AppendInt(b, int64(len(field)), 10)
	b = append(b, ':')
	b = append(b, field...)
	return append(b, ',')
}

// appendNumber writes a number as a field of decimal digits.
func appendNumber(b []byte, n int64) []byte {
	var digits [20]byte
	return appendField(b, strconv.AppendInt(digits[:0], n, 10))
}

// micros is how a time is stored: microseconds since 1970, 0 for the zero time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// Break is the first row that does not fit into the chain.
type Break struct {
	Seq     int64
	Problem string // one sentence
}

// Missing is the break where rows are not there; why says how that is known.
func Missing(first, last int64, why string) *Break {
	if first == last {
		return &Break{first, fmt.Sprintf("Record %d is missing: %s.", first, why)}
	}
	return &Break{first, fmt.Sprintf("Records %d to %d are missing: %s.", first, last, why)}
}

// Check returns the link of a row that is stored with a hash and should follow prev, or why it does not fit.
func (c *Chainer) Check(prev Link, e *glue.Event, stored Hash) (Link, *Break) {
	switch expected := prev.Seq + 1; {
	case e.Seq > expected:
		return prev, Missing(expected, e.Seq-1, fmt.Sprintf("after %d comes %d", prev.Seq, e.Seq))
	case e.Seq < expected:
		return prev, &Break{e.Seq, fmt.Sprintf("Record %d is out of order: it comes after %d.", e.Seq, prev.Seq)}
	}
	next := c.Next(prev.Hash, e)
	if next.Hash != stored {
		return prev, &Break{e.Seq, fmt.Sprintf("Record %d does not have the hash of its content behind record %d: one of the two was changed.", e.Seq, prev.Seq)}
	}
	return next, nil
}
