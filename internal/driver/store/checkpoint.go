package store

import "context"

// checkpointEvery is how many batches are committed between two checkpoints beside the writer: a third of a second of a
// busy plane.
const checkpointEvery = 64

// checkpoints moves what is in the database's log into its file, beside the writer, until quit. The writer has to do so
// itself when its log is full, and all that wait for its commit wait for that too: it finds next to nothing left to move. So
// a failure here costs time alone, and is the writer's to report.
func (db *DB) checkpoints() {
	defer close(db.checkpointed)
	for {
		select {
		case <-db.quit:
			return
		case <-db.committer.logged:
			_ = db.dialect.checkpoint(context.Background())
		}
	}
}
