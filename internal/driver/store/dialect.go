package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"github.com/pressly/goose/v3"
)

// dialect is what differs between the two databases. Statements do not.
type dialect interface {
	// admin is a pool for migrations; no writer is open while it is used.
	admin() *sql.DB
	goose() goose.Dialect
	// lead makes this plane the only writer until close, or answers ErrLocked. It is called before migrations.
	lead(ctx context.Context) error
	openWriter(ctx context.Context) (*sql.Conn, error)
	openReader(ctx context.Context) (*sql.Conn, error)
	// remote says that statements cross a network.
	remote() bool
	beginWrite() string
	beginRead() string
	// commit ends the session's transaction. Its error may be errRolledBack.
	commit(ctx context.Context, s *session) error
	// checkpoint moves what is in the log into the file, as far as nobody has to wait for it.
	checkpoint(ctx context.Context) error
	// readsCanAbort says that a failed read makes the whole transaction useless.
	readsCanAbort() bool
	// classify wraps a database's error so that errors.Is finds ErrFull or errRolledBack in it.
	classify(err error) error
	// render fills the placeholders of DDL:
	//
	//	{{int}} {{text}} {{blob}}  column types: 64 bits, compared by bytes, bytes
	//	{{strict}}                 table options: types are enforced
	//	{{rowless}}                the same, and rows are stored in the order of the primary key
	render(ddl string) string
	// backup copies the database before it is migrated from version. It may do nothing where backups are the
	// administrator's.
	backup(ctx context.Context, version int64) error
	close() error
}

// errRolledBack marks a failed COMMIT that is known to have changed nothing.
var errRolledBack = errors.New("rolled back")

// renderer makes dialect.render of pairs of placeholder and text.
func renderer(pairs ...string) *strings.Replacer { return strings.NewReplacer(pairs...) }
