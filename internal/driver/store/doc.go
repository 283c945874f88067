// Package store is Tenon's durable state: definitions, runs, workflow runs, pending fires of triggers, leases, events,
// bookmarks, what runs read and wrote, start keys, access keys and a few settings, in an embedded SQLite file or in PostgreSQL.
//
// # Writing
//
// There is one writer. Commit queues a function; one goroutine, the committer, takes every function that queued while
// its last commit ran, runs them one after the other in a single SQL transaction, and answers all of them when that is
// on disk:
//
//	Commit(f) --> queue --> f(tx), g(tx), h(tx) --> one COMMIT, one fsync --> f, g, h return
//
// A function that returns an error is undone alone (a savepoint, opened at its first write, and none at all for a batch
// of one); the others are not touched. So 64 callers share one fsync, and a caller still sees the plain contract: nil
// means durable, an error means nothing happened. The two exceptions have names:
//
//	ErrUnknownOutcome  COMMIT itself failed: the work is on disk or it is not. Reload whatever you hold in memory.
//	ErrReadOnly        several batches in a row failed. Nothing was tried; the first commit a second later probes.
//
// Functions run in the committer's goroutine: they must not block, and must not call Commit. A panic is undone like an
// error and goes on in the caller.
//
// # Reading
//
// Read runs a function against a snapshot, on a connection of its own; readers never wait for the writer, nor it for
// them. Reader holds the read methods; Tx embeds it, so a transaction reads its own writes with the same calls. ReadOnce is
// for one statement. Definitions is a number by which those who keep definitions in memory know that they still hold.
//
// # Checkpoints
//
// SQLite's log is copied into its file beside the writer, every so many commits (checkpoints). When the log has its full
// length, a commit copies the rest and the log begins anew; all who wait for that commit wait for the copy, so it must be short.
//
// # Numbers
//
// The sequence numbers of runs, workflow runs, fires and events are given by the committer, from memory, never by the
// database. They are dense and in commit order: a function that fails gives its numbers back. They are the primary keys, so
// new rows go to the end of their tables, and they are the cursors of keyset pagination. Invariant: a number is never given twice, also when every
// row that held one has been pruned, because pruning notes the highest in meta. Fires are the exception: what is carried out
// is gone, and nothing refers to it.
//
// # The chain
//
// Each event carries a hash over itself and the hash of the one before (core/audit); the committer computes it where it
// gives the number, from the last one's, which goes back like a number when a function fails. VerifyEvents recomputes them.
// Invariant: the first stored event is chained to the link that pruning noted in meta, or else to the zero Link.
//
// # One plane
//
// Two planes never write to the same state. A data directory is locked by flock on its file "lock". In PostgreSQL the
// writer's own connection holds an advisory lock: losing the connection loses the lock and the ability to write in the
// same instant, so no lease has to be renewed and no clock is trusted.
//
// # Two databases, one text
//
// Every statement is one text with $N parameters. DDL has a few placeholders, listed at dialect.render. Times are
// microseconds since 1970 as integers, 0 for none; booleans are 0 and 1; text compares by bytes in both databases.
package store
