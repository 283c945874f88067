package api

import (
	"bytes"
	"context"
	"encoding/json"
	"time"

	"tenon/internal/driver/store"
	"tenon/internal/glue"
)

// keepReceived is how long the answer to a PutEvents call is kept for its repetitions: longer than any SDK retries.
const keepReceived = time.Hour

// Received is one event that a client put: Detail is the event as EventBridge hands it on.
type Received struct {
	ID     string
	Detail json.RawMessage
}

// Receive stores events that a client put, in one commit, and returns their ids once they are durable. The retries of one
// call (the same Invocation and body) store nothing and get the ids of the first.
func (a *API) Receive(ctx context.Context, c Call, bodyHash []byte, events []Received) (ids []string, err error) {
	key := store.StartKey{Region: c.Region, Principal: c.AccessKey, Operation: "PutEvents", Kind: store.StartKeyInvocation, Key: c.Invocation}
	err = a.db.Commit(ctx, time.Now(), func(tx *store.Tx) error {
		ids = make([]string, 0, len(events))
		if c.Invocation != "" {
			found, err := tx.LookupStartKey(tx.Now(), &key)
			if err != nil {
				return err
			}
			if found && bytes.Equal(key.BodyHash, bodyHash) {
				return json.Unmarshal([]byte(key.Result), &ids)
			}
		}
		for _, e := range events {
			ids = append(ids, e.ID)
			if err := tx.AppendEvent(&glue.Event{Region: c.Region, Kind: glue.EventReceived, Who: c.AccessKey, Detail: e.Detail}); err != nil {
				return err
			}
		}
		if c.Invocation == "" || len(events) == 0 {
			return nil
		}
		result, err := json.Marshal(ids)
		if err != nil {
			return err
		}
		key.Result, key.BodyHash, key.Expires = string(result), bodyHash, tx.Now().Add(keepReceived)
		return tx.PutStartKey(key)
	})
	return ids, clientError("PutEvents", err)
}
