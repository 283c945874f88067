package jdbc

import (
	"bufio"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/duckdb/duckdb-go/v2"

	"tenon/internal/core/spark"
)

// copyEscapes are the characters that PostgreSQL's COPY has another spelling for.
var copyEscapes = strings.NewReplacer("\\", `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// copyText writes rows in the text format of PostgreSQL's COPY.
func copyText(w io.Writer, schema spark.Schema, rows *sql.Rows) error {
	out := bufio.NewWriterSize(w, 1<<20)
	values, places := make([]any, len(schema)), make([]any, len(schema))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		for i, v := range values {
			if i > 0 {
				_ = out.WriteByte('\t') // an error stays with the writer until Flush
			}
			if v == nil {
				_, _ = out.WriteString(`\N`)
				continue
			}
			text, err := textOf(schema[i].Type, v)
			if err != nil {
				return fmt.Errorf("column %s: %w", schema[i].Name, err)
			}
			if strings.Contains(text, "\x00") {
				return execution("column %s: PostgreSQL has no texts with a NUL character", schema[i].Name)
			}
			_, _ = copyEscapes.WriteString(out, text)
		}
		_ = out.WriteByte('\n')
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return out.Flush()
}

// textOf writes a value as both databases read it from text.
func textOf(t spark.Type, v any) (string, error) {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v), nil
	case int8, int16, int32, int64:
		return fmt.Sprint(v), nil
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case duckdb.Decimal:
		return v.String(), nil
	case string:
		return v, nil
	case []byte:
		return `\x` + hex.EncodeToString(v), nil
	case time.Time:
		if v.Year() < 1 || v.Year() > 9999 {
			return "", execution("the year %d", v.Year())
		}
		if t.Kind == spark.Date {
			return v.Format(dateLayout), nil
		}
		return v.Format(dateLayout + " " + timeLayout), nil
	case []any:
		return arrayText(t, v)
	}
	return "", fmt.Errorf("jdbc: a value of type %T", v)
}

// arrayText writes an array as PostgreSQL does.
func arrayText(t spark.Type, list []any) (string, error) {
	parts := make([]string, len(list))
	for i, v := range list {
		if v == nil {
			parts[i] = "NULL"
			continue
		}
		text, err := textOf(*t.Elem, v)
		if err != nil {
			return "", err
		}
		parts[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	}
	return "{" + strings.Join(parts, ",") + "}", nil
}
