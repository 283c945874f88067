package api

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"sync"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/sigv4"
)

// Bounds of access keys.
const (
	maxAccessKeys = 1000            // stored keys; people and services, not runs
	keyRefresh    = 2 * time.Second // how long another plane's change of a key may go unseen here
	sealKeyBytes  = 32              // AES-256
)

// keyIDForm is what AWS's access key ids look like: what else a signature's scope would be taken apart wrongly by.
var keyIDForm = regexp.MustCompile(`^\w{1,128}$`)

// Keyring knows the access keys that may sign requests: stored ones, and those of runs that are open now.
//
// Secrets are stored sealed (AES-GCM under a key kept in a file of the data directory), so that a copy of the database
// alone signs nothing.
type Keyring struct {
	db   *store.DB
	seal cipher.AEAD
	run  func(id string) (secret string, ok bool)

	mu     sync.Mutex
	keys   map[string]storedKey // guarded by mu
	loaded time.Time            // guarded by mu
}

// storedKey is one stored key, opened.
type storedKey struct {
	secret    string
	principal string
}

// NewKeyring loads the stored keys. sealKey has 32 bytes; run finds the secret of an open run's key.
func NewKeyring(ctx context.Context, db *store.DB, sealKey []byte, run func(string) (string, bool)) (*Keyring, error) {
	if len(sealKey) != sealKeyBytes {
		return nil, fmt.Errorf("api: the seal key has %d bytes, not %d", len(sealKey), sealKeyBytes)
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("api: %w", err)
	}
	k := &Keyring{db: db, seal: seal, run: run}
	return k, k.load(ctx)
}

// load reads every enabled key of the store.
func (k *Keyring) load(ctx context.Context) error {
	var rows []store.AccessKey
	err := k.db.Read(ctx, func(r *store.Reader) (err error) {
		rows, err = r.ListAccessKeys("", maxAccessKeys)
		return err
	})
	if err != nil {
		return err
	}
	keys := make(map[string]storedKey, len(rows))
	for _, row := range rows {
		if row.Disabled {
			continue
		}
		secret, err := k.open(row.ID, row.Secret)
		if err != nil {
			return err
		}
		keys[row.ID] = storedKey{secret: secret, principal: row.Principal}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.loaded = keys, time.Now()
	return nil
}

// open unseals a secret.
func (k *Keyring) open(id string, sealed []byte) (string, error) {
	n := k.seal.NonceSize()
	if len(sealed) < n {
		return "", fmt.Errorf("api: the stored secret of access key %s is damaged", id)
	}
	secret, err := k.seal.Open(nil, sealed[:n], sealed[n:], []byte(id))
	if err != nil {
		return "", fmt.Errorf("api: the secret of access key %s was sealed by another data directory's key: restore its seal.key", id)
	}
	return string(secret), nil
}

// Lookup finds a key that may sign now.
func (k *Keyring) Lookup(id string) (sigv4.Key, bool) {
	if secret, ok := k.run(id); ok {
		return sigv4.Key{SecretAccessKey: secret, Principal: "run"}, true
	}
	k.mu.Lock()
	stale := time.Since(k.loaded) > keyRefresh
	if stale {
		k.loaded = time.Now() // one refresh at a time
	}
	k.mu.Unlock()
	if stale {
		ctx, cancel := context.WithTimeout(context.Background(), keyRefresh)
		defer cancel()
		_ = k.load(ctx) // a store that cannot be read is reported by whatever is asked of it next; known keys stay good
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found, ok := k.keys[id]
	return sigv4.Key{SecretAccessKey: found.secret, Principal: found.principal}, ok
}

// Secret finds the secret of a key that may sign now: the form in which the S3 gateway asks.
func (k *Keyring) Secret(id string) (string, bool) {
	key, ok := k.Lookup(id)
	return key.SecretAccessKey, ok
}

// Ensure makes the key (id, secret) exist with that secret, or, when id is empty and no key is stored yet, makes a new
// one. It returns the key made, or an empty id when nothing had to be made.
func (k *Keyring) Ensure(ctx context.Context, id, secret, principal string) (madeID, madeSecret string, err error) {
	k.mu.Lock()
	have, known := k.keys[id]
	none := len(k.keys) == 0
	k.mu.Unlock()
	switch {
	case id != "" && !keyIDForm.MatchString(id):
		return "", "", fmt.Errorf("api: %q cannot be an access key id: it has 1 to 128 letters, digits and underscores", id)
	case id != "" && known && have.secret == secret:
		return "", "", nil
	case id == "" && !none:
		return "", "", nil
	case id != "" && known:
		if err := k.Delete(ctx, id); err != nil {
			return "", "", err
		}
	}
	return k.create(ctx, id, secret, principal)
}

// Create makes a new key for a principal and returns it; the secret is shown this once.
func (k *Keyring) Create(ctx context.Context, principal string) (id, secret string, err error) {
	return k.create(ctx, "", "", principal)
}

// create stores a key, making id and secret where they are empty.
func (k *Keyring) create(ctx context.Context, id, secret, principal string) (string, string, error) {
	if id == "" {
		id, secret = newKeyPair()
	}
	nonce := make([]byte, k.seal.NonceSize())
	_, _ = rand.Read(nonce) // crypto/rand never fails
	row := store.AccessKey{ID: id, Principal: principal, Secret: k.seal.Seal(nonce, nonce, []byte(secret), []byte(id))}
	err := k.db.Commit(ctx, time.Now(), func(tx *store.Tx) error {
		all, err := tx.ListAccessKeys("", maxAccessKeys)
		if err != nil {
			return err
		}
		if len(all) >= maxAccessKeys {
			return glue.Errorf(glue.CodeResourceNumberLimit, "There are %d access keys, at most %d.", len(all), maxAccessKeys)
		}
		return tx.CreateAccessKey(&row)
	})
	if err != nil {
		return "", "", err
	}
	return id, secret, k.load(ctx)
}

// newKeyPair makes an id and a secret of the lengths that AWS's have.
func newKeyPair() (id, secret string) {
	return "TNKA" + rand.Text()[:16], rand.Text() + rand.Text()[:14]
}

// List returns the stored keys without their secrets.
func (k *Keyring) List(ctx context.Context) ([]store.AccessKey, error) {
	var rows []store.AccessKey
	err := k.db.Read(ctx, func(r *store.Reader) (err error) {
		rows, err = r.ListAccessKeys("", maxAccessKeys)
		return err
	})
	for i := range rows {
		rows[i].Secret = nil
	}
	return rows, err
}

// Delete removes a key; requests signed with it are refused from now on.
func (k *Keyring) Delete(ctx context.Context, id string) error {
	err := k.db.Commit(ctx, time.Now(), func(tx *store.Tx) error { return tx.DeleteAccessKey(id) })
	if errors.Is(err, store.ErrNotFound) {
		return glue.NotFound("Access key", id)
	}
	if err != nil {
		return err
	}
	return k.load(ctx)
}
