package jdbc

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
	"tenon/internal/plan"
)

// Write runs rel into a table, in one transaction.
func (j *JDBC) Write(ctx context.Context, db *sql.DB, rel relation.Relation, w plan.Write) (relation.Published, error) {
	if j.cfg.ReadOnly {
		return relation.Published{}, plan.Unsupported("a JDBC sink in tenon verify", "it would write to the database itself, and twice: compare what the script writes to s3://")
	}
	r, err := j.request(ctx, w.ConnectionType, merged(w.Options, w.FormatOptions))
	switch {
	case err != nil:
		return relation.Published{}, err
	case r.query:
		return relation.Published{}, argument("a JDBC sink writes to a table, not to a query: give dbtable")
	case len(w.PartitionKeys) > 0:
		return relation.Published{}, argument("a JDBC sink has no partitions")
	}
	s, err := open(ctx, r.target)
	if err != nil {
		return relation.Published{}, err
	}
	defer s.close()
	total, err := put(ctx, db, s, r, rel, w.Mode)
	if err != nil {
		if _, known := err.(*plan.Error); !known {
			err = execution("writing %s of %s: %v", r.table, r.target, err)
		}
		return relation.Published{}, err
	}
	return relation.Published{Written: plan.Written{Records: total}}, nil
}

// put makes the table ready as the mode wants it, and appends.
func put(ctx context.Context, db *sql.DB, s session, r *request, rel relation.Relation, mode string) (total int64, err error) {
	there, err := s.exists(ctx, r.table)
	if err != nil {
		return 0, err
	}
	for _, f := range rel.Schema { // before anything is changed
		if _, err := s.columnType(f.Type); err != nil {
			return 0, err
		}
	}
	schema := rel.Schema
	var prepare []string
	switch {
	case !there:
		prepare = []string{create(s, r, rel.Schema)}
	case mode == "ignore":
		return 0, nil
	case mode == "error":
		return 0, &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf("Table or view '%s' already exists. SaveMode: ErrorIfExists.", r.table)}
	case mode == "overwrite" && r.truncate:
		prepare = []string{"TRUNCATE TABLE " + r.table}
	case mode == "overwrite":
		prepare = []string{"DROP TABLE " + r.table, create(s, r, rel.Schema)}
	default:
		if schema, err = matched(ctx, s, r, rel.Schema); err != nil {
			return 0, err
		}
	}
	rows, err := db.QueryContext(ctx, rel.SQL)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	if r.target.vendor == mysql { // its transactions end at such statements
		prepare = append(prepare, "BEGIN")
	} else {
		prepare = append([]string{"BEGIN"}, prepare...)
	}
	for _, text := range prepare {
		if err := s.exec(ctx, text); err != nil {
			return 0, errors.Join(err, rollback(s))
		}
	}
	if total, err = s.insert(ctx, r.table, schema, rows); err != nil {
		return 0, errors.Join(err, rollback(s))
	}
	return total, s.exec(ctx, "COMMIT")
}

// rollback takes back a transaction, also where its context has ended.
func rollback(s session) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return s.exec(ctx, "ROLLBACK")
}

// create is the statement that makes the table.
func create(s session, r *request, schema spark.Schema) string {
	parts := make([]string, len(schema))
	for i, f := range schema {
		kind, err := s.columnType(f.Type)
		if err != nil {
			panic(err) // put has asked for all of them
		}
		parts[i] = s.quote(f.Name) + " " + kind
		if !f.Nullable {
			parts[i] += " NOT NULL"
		}
	}
	return strings.TrimSpace("CREATE TABLE " + r.table + " (" + strings.Join(parts, ", ") + ") " + r.suffix)
}

// matched is the schema under the names that the table's columns have: Spark looks them up without regard to case.
func matched(ctx context.Context, s session, r *request, schema spark.Schema) (spark.Schema, error) {
	c, err := s.query(ctx, "SELECT * FROM "+r.table+" WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer c.close()
	out := append(spark.Schema(nil), schema...)
	for i, f := range schema {
		found := false
		for _, known := range c.columns() {
			if strings.EqualFold(known.name, f.Name) {
				out[i].Name, found = known.name, true
			}
		}
		if !found {
			return nil, &plan.Error{Class: plan.ClassAnalysis, Message: fmt.Sprintf("Column %s not found in the table %s.", f.Name, r.table)}
		}
	}
	return out, nil
}
