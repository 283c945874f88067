package store

import (
	"bytes"
	"database/sql/driver"
	"fmt"
)

// row is one row of what a statement found, valid until the next is asked for. Drivers give numbers as int64, text as string,
// bytes as []byte, and NULL as nil.
type row []driver.Value

// scan copies the columns. Each of dest points to an int64, int, bool (a number that is not 0), string or []byte. NULL is no
// bytes, and an error elsewhere, as is a column of another type.
func (r row) scan(dest ...any) error {
	if len(dest) != len(r) {
		return fmt.Errorf("store: a row of %d columns where %d are asked for", len(r), len(dest))
	}
	for i, d := range dest {
		if !assign(d, r[i]) {
			return fmt.Errorf("store: column %d is %T, which does not go into %T", i+1, r[i], d)
		}
	}
	return nil
}

// assign copies one value, and reports whether it has the type for that.
func assign(dest any, v driver.Value) bool {
	switch d := dest.(type) {
	case *int64:
		n, ok := v.(int64)
		*d = n
		return ok
	case *int:
		n, ok := v.(int64)
		*d = int(n)
		return ok
	case *bool:
		n, ok := v.(int64)
		*d = n != 0
		return ok
	case *string:
		return assignText(d, v)
	case *[]byte:
		return assignBytes(d, v)
	}
	return false
}

// assignText copies text, or bytes as text.
func assignText(dest *string, v driver.Value) bool {
	switch v := v.(type) {
	case string:
		*dest = v
	case []byte:
		*dest = string(v)
	default:
		return false
	}
	return true
}

// assignBytes copies bytes: a driver may use its own again.
func assignBytes(dest *[]byte, v driver.Value) bool {
	switch v := v.(type) {
	case []byte:
		*dest = bytes.Clone(v)
	case string:
		*dest = []byte(v)
	case nil:
		*dest = nil
	default:
		return false
	}
	return true
}
