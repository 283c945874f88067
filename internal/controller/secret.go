package controller

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"tenon/internal/driver/store"
)

// metaServerKey is where the server's key is kept. It is made once.
const metaServerKey = "controller.server_key"

// The form of a run's key pair: that of AWS, an id of 20 upper-case letters and digits and a secret of 40 characters.
const (
	runKeyPrefix    = "TNRN"
	runKeyLength    = 20
	runSecretLength = 40
)

// serverKey returns the key under which run keys are made, making it at the first start.
func serverKey(ctx context.Context, db *store.DB) ([]byte, error) {
	fresh := make([]byte, sha256.Size)
	_, _ = rand.Read(fresh) // never fails
	var key []byte
	err := db.Commit(ctx, time.Now(), func(tx *store.Tx) (err error) {
		key, err = tx.PutMetaOnce(metaServerKey, fresh)
		return err
	})
	if err == nil && len(key) != sha256.Size {
		err = fmt.Errorf("the server key in the store has %d bytes, not %d", len(key), sha256.Size)
	}
	return key, err
}

// runKey is the key pair of a run: both follow from the server's key, so that nothing has to be stored.
func (c *Controller) runKey(run string) (id, secret string) {
	id = runKeyPrefix + base32.StdEncoding.EncodeToString(c.mac("id", run))[:runKeyLength-len(runKeyPrefix)]
	return id, base64.StdEncoding.EncodeToString(c.mac("secret", id))[:runSecretLength]
}

// mac is the HMAC of a text under the server's key; use keeps different uses apart.
func (c *Controller) mac(use, text string) []byte {
	h := hmac.New(sha256.New, c.key)
	h.Write([]byte(use + " " + text))
	return h.Sum(nil)
}

// Secret returns the secret of a run's access key while the run is open, and the run's id.
func (c *Controller) Secret(keyID string) (secret, runID string, ok bool) {
	run, ok := c.keys.Load(keyID)
	if !ok {
		return "", "", false
	}
	_, secret = c.runKey(run.(string))
	return secret, run.(string), true
}

// admitKey and dropKey say which runs' keys are valid.
func (c *Controller) admitKey(run string) {
	id, _ := c.runKey(run)
	c.keys.Store(id, run)
}

func (c *Controller) dropKey(run string) {
	id, _ := c.runKey(run)
	c.keys.Delete(id)
}

// ignore returns nil for errors that are the given one.
func ignore(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return err
}
