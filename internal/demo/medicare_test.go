package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
)

// TestWrite checks the shape: the header, twelve fields in every record, amounts as text, and a bad tail.
func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, 1000, 1); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(records) != 1001 || strings.Join(records[0], ",") != Header {
		t.Fatalf("%d records, header %q", len(records), records[0])
	}
	for i, r := range records[1:] {
		if len(r) != 12 || !strings.HasPrefix(r[9], "$") {
			t.Fatalf("record %d: %q", i, r)
		}
		if bad := strings.HasPrefix(r[1], "{"); bad != (i >= 1000-erroneousRows) {
			t.Errorf("record %d: provider id %q", i, r[1])
		}
	}
}

// TestDeterminism pins the bytes: a demonstration must show the same figures everywhere.
func TestDeterminism(t *testing.T) {
	h := sha256.New()
	if err := Write(h, 500, 42); err != nil {
		t.Fatal(err)
	}
	const want = "43f41a3aee6f577f"
	if got := fmt.Sprintf("%x", h.Sum(nil))[:16]; got != want {
		t.Errorf("the bytes changed: %s, want %s", got, want)
	}
}

// TestSize keeps the full file near the 28 MB of the original.
func TestSize(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, Rows, 1); err != nil {
		t.Fatal(err)
	}
	if n := b.Len(); n < 27_000_000 || n > 30_000_000 {
		t.Errorf("%d bytes", n)
	}
}
