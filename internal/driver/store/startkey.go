package store

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// The kinds of start keys.
const (
	StartKeyInvocation = "invocation" // amz-sdk-invocation-id: the same across an SDK's retries
	StartKeyRun        = "run-key"    // --tenon-run-key
	StartKeyToken      = "token"      // a client token of the operation itself
)

// StartKey makes a start idempotent: who asked for what under which key, and the answer that was given.
type StartKey struct {
	Region    string
	Principal string // access key id
	Operation string // e.g. StartJobRun
	Kind      string // StartKeyInvocation, StartKeyRun or StartKeyToken
	Key       string
	Result    string // e.g. the run's id
	BodyHash  []byte // of the request; another body under the same key is another call or a mismatch, by kind
	Expires   time.Time
}

// startKeyIDBytes is the length of the hash that start keys are stored under.
const startKeyIDBytes = 16

// id is the primary key: a hash of all that makes the key unique, each part preceded by its length. It keeps the one
// table whose new rows go to random places short.
func (k *StartKey) id() []byte {
	h := sha256.New()
	var n [4]byte
	for _, part := range []string{k.Region, k.Principal, k.Operation, k.Kind, k.Key} {
		binary.BigEndian.PutUint32(n[:], uint32(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)[:startKeyIDBytes]
}

// LookupStartKey completes k, of which Region, Principal, Operation, Kind and Key are set, with the answer stored under
// it. It reports false if there is none, or it has expired at now.
func (r *Reader) LookupStartKey(now time.Time, k *StartKey) (bool, error) {
	var expires int64
	err := r.one("start key", []any{&k.Result, &k.BodyHash, &expires},
		`SELECT result, body_hash, expires FROM start_key WHERE id = $1 AND expires > $2`, k.id(), micros(now))
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	k.Expires = fromMicros(expires)
	return err == nil, err
}

// LookupStartKeys is LookupStartKey for each key; found has the same order.
func (r *Reader) LookupStartKeys(now time.Time, keys []StartKey) (found []bool, err error) {
	found = make([]bool, len(keys))
	for i := range keys {
		if found[i], err = r.LookupStartKey(now, &keys[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// PutStartKey stores an answer, in place of one that is there: whether that may be replaced is the caller's to decide.
func (t *Tx) PutStartKey(k StartKey) error {
	_, err := t.exec("put start key", `INSERT INTO start_key (id, kind, key, result, body_hash, expires) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET result = excluded.result, body_hash = excluded.body_hash, expires = excluded.expires`,
		k.id(), k.Kind, k.Key, k.Result, blob(k.BodyHash), micros(k.Expires))
	return err
}
