// Package audit makes the event table a record that can be checked: it chains events by hashes and says each one in words.
//
// # The chain
//
// Each row's hash is over the hash of the row before it and its own content (Chainer.Next). Whoever changes, removes, adds
// or moves a row has to compute the hashes of all rows after it again; and whoever has noted the hash of any later row,
// on paper or in an export, sees that. So a chain shows tampering to those who keep a hash from before; against one who may
// write the table, and whom nobody watches, no table can help. Rows cut off at the end leave no gap: only a noted hash of
// one of them tells.
//
// Retention deletes rows at the beginning. What is left begins with the hash of the last one deleted, its anchor.
//
// # Words
//
// Describe gives an event the verb and the sentence of the audit. It knows what the controller writes into details;
// of what it does not know it says nothing, and the detail stands beside it anyway.
package audit
