package wire

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The AWS SDK's module ships one request and one answer of every operation with
// every member set. They are a golden corpus: what the SDK writes, our types must
// read and write back unchanged, and what our types would answer, it reads.

// sdkDir finds the SDK's Glue module in the module cache.
func sdkDir(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/glue").Output()
	if err != nil {
		t.Fatalf("find the SDK's Glue module: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// snapshotBody returns what follows the blank line after the headers of a .snap file.
func snapshotBody(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.IndexByte(text, '{')
	if i < 0 {
		return []byte("{}")
	}
	return text[i:]
}

// roundTrip reads body into v strictly, writes v, and compares the two as JSON.
func roundTrip(t *testing.T, what string, body []byte, v any) {
	t.Helper()
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if err := strict.Decode(v); err != nil {
		t.Errorf("%s: decode: %v", what, err)
		return
	}
	out, err := Encode(v)
	if err != nil {
		t.Errorf("%s: encode: %v", what, err)
		return
	}
	if diff := cmp.Diff(generic(t, body), generic(t, out)); diff != "" {
		t.Errorf("%s changed on its way through (-sdk +tenon):\n%s", what, diff)
	}
}

// generic decodes JSON without types.
func generic(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// TestSnapshots round-trips the SDK's request and answer of every served operation.
func TestSnapshots(t *testing.T) {
	dir := sdkDir(t)
	served := 0
	for _, op := range Operations() {
		if !op.Served {
			continue
		}
		served++
		roundTrip(t, op.Name+" request", snapshotBody(t, filepath.Join(dir, "request_snapshot", op.Name+".request.snap")), op.newInput())
		roundTrip(t, op.Name+" answer", snapshotBody(t, filepath.Join(dir, "response_snapshot", op.Name+".response.snap")), op.newOutput())
	}
	if served < 27 {
		t.Errorf("%d operations served, want at least the 27 of the first issue", served)
	}
}

// withdrawn lists what this SDK can still call and the newer model no longer has.
var withdrawn = map[string]bool{"DeleteAssetType": true, "PutAssetType": true}

// TestEveryOperationHasARow checks the table against the SDK: whatever it can
// call has a row.
func TestEveryOperationHasARow(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sdkDir(t), "request_snapshot", "*.request.snap"))
	if err != nil || len(files) < 300 {
		t.Fatalf("%d request snapshots (%v)", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".request.snap")
		if op, ok := Lookup(name); ok == withdrawn[name] || ok && op.Name != name {
			t.Errorf("Lookup(%s) = %v, %v", name, op, ok)
		}
	}
}
