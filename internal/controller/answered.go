package controller

import (
	"bytes"

	"tenon/internal/driver/store"
)

// answered is the part that commands share whose caller may ask again for the same: a start is made once per invocation.
type answered struct {
	reply
	key *store.StartKey
	id  string // the answer
}

// newAnswered is for a call of an operation. invocation is its amz-sdk-invocation-id.
func newAnswered(operation, region, principal, invocation string, bodyHash []byte) answered {
	a := answered{reply: newReply()}
	if invocation != "" && len(invocation) <= maxStartKey { // a longer one is no SDK's
		a.key = &store.StartKey{Region: region, Principal: principal, Operation: operation,
			Kind: store.StartKeyInvocation, Key: invocation, BodyHash: bodyHash}
	}
	return a
}

// begin forgets an earlier answer.
func (a *answered) begin() { a.reply.begin(); a.id = "" }

// needs is the start key.
func (a *answered) needs(_ *state, q *query) {
	if a.key != nil {
		q.key(*a.key)
	}
}

// seen gives the answer of the same invocation before.
func (a *answered) seen(t *turn) bool {
	k, ok := t.key(a.key)
	if !ok || !bytes.Equal(k.BodyHash, a.key.BodyHash) {
		return false
	}
	a.id = k.Result
	return true
}

// remember stores the answer under the key.
func (a *answered) remember(t *turn) {
	if a.key == nil {
		return
	}
	a.key.Result, a.key.Expires = a.id, t.now.Add(keepInvocation)
	t.keys = append(t.keys, *a.key)
	t.found.keys[keyOf(a.key)] = *a.key
}
