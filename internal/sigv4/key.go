package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"sync"
)

// digest is a SHA-256 sum: a signature or a derived key.
type digest = [sha256.Size]byte

// scope is what a derived key is good for.
type scope struct {
	date, region, service string
}

// String returns the scope as it is signed.
func (s scope) String() string {
	return s.date + "/" + s.region + "/" + s.service + "/" + terminator
}

// mac returns HMAC-SHA256(key, text).
func mac(key, text []byte) digest {
	h := hmac.New(sha256.New, key)
	h.Write(text)
	var sum digest
	h.Sum(sum[:0])
	return sum
}

// derive returns the key that signs within s.
func derive(secret string, s scope) digest {
	key := mac([]byte("AWS4"+secret), []byte(s.date))
	for _, part := range []string{s.region, s.service, terminator} {
		key = mac(key[:], []byte(part))
	}
	return key
}

// signature signs a canonical request.
func signature(key digest, timestamp string, s scope, canonical []byte) digest {
	sum := sha256.Sum256(canonical)
	text := make([]byte, 0, 256)
	text = append(text, algorithm+"\n"...)
	text = append(text, timestamp...)
	text = append(text, '\n')
	text = append(text, s.String()...)
	text = append(text, '\n')
	text = hex.AppendEncode(text, sum[:])
	return mac(key[:], text)
}

// maxCachedKeys bounds the cache of derived keys. One entry serves one key pair
// for one day, region and service.
const maxCachedKeys = 1024

// keyCache keeps derived keys, four HMACs each. A Verifier keeps only those that have
// verified a request, so that strangers cannot fill it. The secret itself is part of
// the index: a key pair whose secret changes never meets its old derived key.
type keyCache struct {
	mu   sync.Mutex // guards keys
	keys map[cacheIndex]digest
}

// cacheIndex names a derived key.
type cacheIndex struct {
	secret string
	scope  scope
}

// get returns the derived key for an index and whether it was in the cache.
func (c *keyCache) get(i cacheIndex) (digest, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, ok := c.keys[i]
	return key, ok
}

// put keeps a derived key. A full cache is emptied: it fills again with what is
// in use, at the price of one derivation each.
func (c *keyCache) put(i cacheIndex, key digest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.keys == nil || len(c.keys) >= maxCachedKeys {
		c.keys = make(map[cacheIndex]digest)
	}
	c.keys[i] = key
}
