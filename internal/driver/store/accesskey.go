package store

import (
	"fmt"
	"time"
)

// AccessKey is a key pair that signs requests. Keys of runs are derived, not stored.
type AccessKey struct {
	ID        string
	Secret    []byte // as the caller seals it
	Principal string
	Created   time.Time
	Disabled  bool
}

// accessKeyColumns are the columns that accessKeys reads.
const accessKeyColumns = `id, secret, principal, created, disabled`

// accessKeys reads rows of accessKeyColumns.
func (r *Reader) accessKeys(text string, args ...any) ([]AccessKey, error) {
	var keys []AccessKey
	err := r.query("access keys", func(row row) error {
		var k AccessKey
		var created int64
		err := row.scan(&k.ID, &k.Secret, &k.Principal, &created, &k.Disabled)
		k.Created = fromMicros(created)
		keys = append(keys, k)
		return err
	}, text, args...)
	return keys, err
}

// GetAccessKey returns a key, disabled or not, or ErrNotFound.
func (r *Reader) GetAccessKey(id string) (AccessKey, error) {
	keys, err := r.accessKeys(`SELECT `+accessKeyColumns+` FROM access_key WHERE id = $1`, id)
	if err == nil && len(keys) == 0 {
		err = fmt.Errorf("%w: access key %s", ErrNotFound, id)
	}
	if err != nil {
		return AccessKey{}, err
	}
	return keys[0], nil
}

// ListAccessKeys returns up to limit keys with an id greater than after, by id.
func (r *Reader) ListAccessKeys(after string, limit int) ([]AccessKey, error) {
	if limit < 1 || limit > MaxList {
		return nil, fmt.Errorf("store: list access keys: limit %d is not within 1 to %d", limit, MaxList)
	}
	return r.accessKeys(`SELECT `+accessKeyColumns+` FROM access_key WHERE id > $1 ORDER BY id LIMIT $2`, after, limit)
}

// CreateAccessKey stores a new key and sets Created. ErrExists if the id is taken.
func (t *Tx) CreateAccessKey(k *AccessKey) error {
	n, err := t.exec("create access key", `INSERT INTO access_key (`+accessKeyColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO NOTHING`, k.ID, blob(k.Secret), k.Principal, micros(t.now), flag(k.Disabled))
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: access key %s", ErrExists, k.ID)
	}
	if err == nil {
		k.Created = t.now
	}
	return err
}

// UpdateAccessKey replaces the secret, the principal and Disabled of a key. ErrNotFound if there is none.
func (t *Tx) UpdateAccessKey(k AccessKey) error {
	n, err := t.exec("update access key", `UPDATE access_key SET secret = $1, principal = $2, disabled = $3 WHERE id = $4`,
		blob(k.Secret), k.Principal, flag(k.Disabled), k.ID)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: access key %s", ErrNotFound, k.ID)
	}
	return err
}

// DeleteAccessKey removes a key. ErrNotFound if there is none.
func (t *Tx) DeleteAccessKey(id string) error {
	n, err := t.exec("delete access key", `DELETE FROM access_key WHERE id = $1`, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: access key %s", ErrNotFound, id)
	}
	return err
}
