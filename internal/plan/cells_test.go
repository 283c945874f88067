package plan

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestCells: a list comes apart as the decoder of the standard library takes it apart, and what is none is an error there too.
func TestCells(t *testing.T) {
	for _, text := range []string{
		`[]`, `[ ]`, `[1]`, `[ 1 , -2.5e3 ,null ]`, `["a,b","]","\\","\"",",\"]"]`, `[[1,[2,"]"]],{"a":[1,{"b":"}"}]},"x"]`, `null`,
		`["\u00e9\n","é","日本",""]`, "[\n1,\t2\r\n]", `{}`, `1`, `"a"`, `true`, `[[],{},[[]]]`,
	} {
		var want []json.RawMessage
		var got Cells
		wantErr, gotErr := json.Unmarshal([]byte(text), &want), json.Unmarshal([]byte(text), &got)
		if (wantErr == nil) != (gotErr == nil) {
			t.Errorf("%s: error %v, not %v", text, gotErr, wantErr)
		}
		if len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual([]json.RawMessage(got), want) {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

// FuzzCells: every valid list comes apart as the standard library's decoder has it.
func FuzzCells(f *testing.F) {
	f.Add(`["a\\",[1,{"b":"]"}],null]`)
	f.Fuzz(func(t *testing.T, text string) {
		var want []json.RawMessage
		if json.Unmarshal([]byte(text), &want) != nil {
			return
		}
		var got Cells
		if err := json.Unmarshal([]byte(text), &got); err != nil || len(got) != len(want) {
			t.Fatalf("%d cells, %v, of %d", len(got), err, len(want))
		}
		for i := range want {
			if string(got[i]) != string(want[i]) {
				t.Errorf("cell %d is %s, not %s", i, got[i], want[i])
			}
		}
	})
}
