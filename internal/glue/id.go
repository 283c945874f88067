package glue

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// RunIDPrefix begins the id of every job run.
const RunIDPrefix = "jr_"

// idRandomBytes is the random part of an id: 52 hex digits.
const idRandomBytes = 26

// NewID makes an id of Glue's form: prefix and 64 hex digits, the first 12 of which are the milliseconds of at, so that
// ids sort by age (Decision 16). random must hold 26 bytes.
func NewID(prefix string, at time.Time, random [idRandomBytes]byte) string {
	return fmt.Sprintf("%s%012x%s", prefix, at.UnixMilli()&0xffffffffffff, hex.EncodeToString(random[:]))
}

// SplitAttempt parts "<run id>_attempt_N", the way Glue names a retried run, into the run id and N.
// An id without that ending is attempt -1: whichever is current.
func SplitAttempt(id string) (run string, attempt int) {
	run, n, ok := strings.Cut(id, "_attempt_")
	if !ok {
		return id, -1
	}
	if _, err := fmt.Sscanf(n, "%d", &attempt); err != nil || fmt.Sprint(attempt) != n {
		return id, -1
	}
	return run, attempt
}

// shortRunDigits is how much of a run's id is shown to people: 12 digits are its time, 4 more part runs of one millisecond.
const shortRunDigits = 16

// ShortRunID is the beginning of a run's id, for sentences and tables; the command line takes it for the whole. Another
// name is left as it is.
func ShortRunID(id string) string {
	if strings.HasPrefix(id, RunIDPrefix) && len(id) > len(RunIDPrefix)+shortRunDigits {
		return id[:len(RunIDPrefix)+shortRunDigits]
	}
	return id
}

// Clock writes a time in a sentence, to the second and with its day if that is not the day of now: 15:04:05 UTC.
func Clock(t, now time.Time) string {
	t, now = t.UTC().Round(time.Second), now.UTC()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format(time.TimeOnly + " UTC")
	}
	return t.Format(time.DateTime + " UTC")
}
