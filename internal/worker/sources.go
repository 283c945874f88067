package worker

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"tenon/internal/client"
	"tenon/internal/driver/engine/format"
	"tenon/internal/driver/engine/jdbc"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/glue"
	"tenon/internal/plan"
	"tenon/internal/sigv4"
	"tenon/internal/wire"
)

// sources is where an engine reads and writes: files, and databases.
type sources struct {
	files     *format.Format
	databases *jdbc.JDBC
}

// Open opens a source.
func (s *sources) Open(ctx context.Context, db *sql.DB, src plan.Source) (relation.Opened, error) {
	if jdbc.Serves(src.ConnectionType, src.Format) {
		return s.databases.Open(ctx, db, src)
	}
	return s.files.Open(ctx, db, src)
}

// Write runs a relation into files or a table.
func (s *sources) Write(ctx context.Context, db *sql.DB, rel relation.Relation, w plan.Write) (relation.Published, error) {
	if jdbc.Serves(w.ConnectionType, w.Format) {
		return s.databases.Write(ctx, db, rel, w)
	}
	return s.files.Write(ctx, db, rel, w)
}

// connection finds the properties of a Glue connection, asking the plane with the run's own key.
func (w *worker) connection(ctx context.Context, name string) (map[string]string, error) {
	c := client.Client{Endpoint: w.spec.Endpoint, Region: w.spec.Region,
		Credentials: sigv4.Credentials{AccessKeyID: w.spec.AccessKeyID, SecretAccessKey: w.spec.SecretKey}}
	var out wire.GetConnectionResponse
	err := c.Call(ctx, "GetConnection", wire.GetConnectionRequest{Name: &name}, &out)
	var refused *glue.Error
	if errors.As(err, &refused) {
		return nil, &plan.Error{Class: plan.ClassArgument, Message: fmt.Sprintf("connection %s: %s", name, refused.Message)}
	}
	if err != nil {
		return nil, &plan.Error{Class: plan.ClassExecution, Message: fmt.Sprintf("connection %s: %v", name, err)}
	}
	if out.Connection == nil {
		return map[string]string{}, nil
	}
	return out.Connection.ConnectionProperties, nil
}
