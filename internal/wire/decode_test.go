package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/glue"
)

// lookup finds an operation that must be there.
func lookup(t testing.TB, name string) *Operation {
	t.Helper()
	op, ok := Lookup(name)
	if !ok {
		t.Fatalf("no operation %s", name)
	}
	return op
}

// TestDecodeRefuses goes through what Decode refuses, with codes and exact texts.
func TestDecodeRefuses(t *testing.T) {
	const v1 = "1 validation error detected: "
	long := strings.Repeat("n", 256)
	deep := strings.Repeat(`{"x":`, maxDepth) + "{}" + strings.Repeat("}", maxDepth)
	for _, c := range []struct {
		op, body string
		code     glue.Code
		text     string
	}{
		// Not served, too large.
		{"CreateMLTransform", `{}`, glue.CodeUnsupported, "CreateMLTransform is not implemented by Tenon."},
		{"StartJobRun", `{"JobName":"` + strings.Repeat("x", 180<<10) + `"}`, glue.CodeInvalidInput,
			"Request size limit exceeded: StartJobRun takes at most 184320 bytes, got 184334."},
		// No JSON, or JSON of the wrong types.
		{"GetJob", `[]`, glue.CodeSerialization, "the body is not a JSON object"},
		{"GetJob", `"x"`, glue.CodeSerialization, "the body is not a JSON object"},
		{"GetJob", "{\"JobName\":\"\xff\"}", glue.CodeSerialization, "the body is not UTF-8"},
		{"GetJob", `{"JobName":"a"`, glue.CodeSerialization, "the body is not JSON: unexpected end of JSON input at byte 14"},
		{"GetJob", `{"JobName":"a"} x`, glue.CodeSerialization, "the body is not JSON: invalid character 'x' after top-level value at byte 17"},
		{"GetJob", deep, glue.CodeSerialization, "the body nests deeper than 64 levels"},
		{"GetJob", `{"JobName":1}`, glue.CodeSerialization, "NUMBER_VALUE cannot be converted to String at 'JobName'"},
		{"GetJob", `{"JobName":{}}`, glue.CodeSerialization, "OBJECT_VALUE cannot be converted to String at 'JobName'"},
		{"GetJobs", `{"MaxResults":"5"}`, glue.CodeSerialization, "STRING_VALUE cannot be converted to Integer at 'MaxResults'"},
		{"GetJobs", `{"MaxResults":1.5}`, glue.CodeSerialization, "NUMBER_VALUE 1.5 cannot be converted to Integer at 'MaxResults'"},
		{"GetJobs", `{"MaxResults":99999999999}`, glue.CodeSerialization, "NUMBER_VALUE 99999999999 cannot be converted to Integer at 'MaxResults'"},
		{"CreateJob", `{"Command":{"ScriptLocation":true}}`, glue.CodeSerialization, "BOOL_VALUE cannot be converted to String at 'Command.ScriptLocation'"},
		{"CreateJob", `{"Command":[]}`, glue.CodeSerialization, "ARRAY_VALUE cannot be converted to Structure at 'Command'"},
		{"CreateJob", `{"Connections":{"Connections":"a"}}`, glue.CodeSerialization, "STRING_VALUE cannot be converted to List at 'Connections.Connections'"},
		{"CreateJob", `{"CodeGenConfigurationNodes":"n"}`, glue.CodeSerialization, "STRING_VALUE cannot be converted to Map at 'CodeGenConfigurationNodes'"},
		// Constraints of the model.
		{"GetJob", ``, glue.CodeValidation, v1 + "Value null at 'jobName' failed to satisfy constraint: Member must not be null"},
		{"GetJob", `{"JobName":null,"Unknown":[1]}`, glue.CodeValidation, v1 + "Value null at 'jobName' failed to satisfy constraint: Member must not be null"},
		{"GetJob", `{"JobName":""}`, glue.CodeValidation, v1 + "Value '' at 'jobName' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"GetJob", `{"JobName":"` + long + `"}`, glue.CodeValidation, v1 + "Value '" + long + "' at 'jobName' failed to satisfy constraint: Member must have length less than or equal to 255"},
		{"GetJob", `{"JobName":"` + long + `äx"}`, glue.CodeValidation, v1 + "Value '" + long + "...' at 'jobName' failed to satisfy constraint: Member must have length less than or equal to 255"},
		{"GetJob", `{"JobName":"a\nb"}`, glue.CodeValidation, v1 + "Value 'a\nb' at 'jobName' failed to satisfy constraint: Member must satisfy regular expression pattern: " +
			`[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*`},
		{"GetJobs", `{"MaxResults":0}`, glue.CodeValidation, v1 + "Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"GetJobs", `{"MaxResults":1001}`, glue.CodeValidation, v1 + "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"},
		{"CreateJob", `{"Name":"n","Role":"r"}`, glue.CodeValidation, v1 + "Value null at 'command' failed to satisfy constraint: Member must not be null"},
		{"CreateJob", `{"Name":"","Role":"r"}`, glue.CodeValidation, "2 validation errors detected: " +
			"Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
			"Value null at 'command' failed to satisfy constraint: Member must not be null"},
		{"CreateJob", `{"Name":"n","Role":"r","Command":{"PythonVersion":"4"}}`, glue.CodeValidation,
			v1 + "Value '4' at 'command.pythonVersion' failed to satisfy constraint: Member must satisfy regular expression pattern: ^([2-3]|3[.]9)$"},
		{"CreateJob", `{"Name":"n","Role":"r","Command":{},"ExecutionClass":"SPOT"}`, glue.CodeValidation,
			v1 + "Value 'SPOT' at 'executionClass' failed to satisfy constraint: Member must satisfy enum value set: [FLEX, STANDARD]"},
		{"BatchStopJobRun", `{"JobName":"n","JobRunIds":[]}`, glue.CodeValidation,
			v1 + "Value '[]' at 'jobRunIds' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"BatchStopJobRun", `{"JobName":"n","JobRunIds":["jr_1","a\nb"]}`, glue.CodeValidation,
			v1 + "Value '[jr_1, a\nb]' at 'jobRunIds' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 255, " +
				`Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*]`},
		{"TagResource", `{"ResourceArn":"arn:aws:glue:us-east-1:123456789012:job/n","TagsToAdd":{"k":"` + long + `x","b":""}}`, glue.CodeValidation,
			v1 + "Value '{b=, k=" + long[:250] + "...}' at 'tagsToAdd' failed to satisfy constraint: Map value must satisfy constraint: " +
				"[Member must have length less than or equal to 256, Member must have length greater than or equal to 0]"},
		{"TagResource", `{"ResourceArn":"n","TagsToAdd":{"":"v"}}`, glue.CodeValidation, "2 validation errors detected: " +
			"Value 'n' at 'resourceArn' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws(-(cn|us-gov|iso(-[bef])?))?:glue:.*; " +
			"Value '{=v}' at 'tagsToAdd' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
	} {
		in, err := Decode(lookup(t, c.op), []byte(c.body))
		var e *glue.Error
		if !errors.As(err, &e) || in != nil {
			t.Errorf("%s %.80s: no *glue.Error but %v, %v", c.op, c.body, in, err)
			continue
		}
		if diff := cmp.Diff([]string{string(c.code), c.op, c.text}, []string{string(e.Code), e.Op, e.Message}); diff != "" {
			t.Errorf("%s %.80s (-want +got):\n%s", c.op, c.body, diff)
		}
	}
}

// TestDecodeAccepts checks what must not be refused: members of newer clients,
// values beyond an open enum, empty values where zero is allowed, null.
func TestDecodeAccepts(t *testing.T) {
	for _, c := range []struct{ op, body, encoded string }{
		{"GetJobs", ``, `{}`},
		{"GetJobs", " \n", `{}`},
		{"GetJob", `{"JobName":"n","NewMember":{"a":[1,null]}}`, `{"JobName":"n"}`},
		{"StartJobRun", `{"JobName":"n","WorkerType":"M.99X","Arguments":{"--empty":""},"Timeout":null}`, `{"JobName":"n","Arguments":{"--empty":""},"WorkerType":"M.99X"}`},
		{"StartJobRun", `{"JobName":"n","JobRunQueuingEnabled":false,"MaxCapacity":0}`, `{"JobName":"n","JobRunQueuingEnabled":false,"MaxCapacity":0}`},
		{"CreateJob", `{"Name":"n","Role":"r","Command":{"Name":"glueetl"},"CodeGenConfigurationNodes":{"node-1": {"Deep":[1]}},"DefaultArguments":{}}`,
			`{"Name":"n","Role":"r","Command":{"Name":"glueetl"},"DefaultArguments":{},"CodeGenConfigurationNodes":{"node-1":{"Deep":[1]}}}`},
		{"CreateJob", `{"Name":"n","Role":"r","Command":{},"CodeGenConfigurationNodes":null,"Tags":null}`, `{"Name":"n","Role":"r","Command":{}}`},
		{"GetJob", `{"JobName":"<&> \u2028 ä"}`, `{"JobName":"<&> \u2028 ä"}`},
	} {
		in, err := Decode(lookup(t, c.op), []byte(c.body))
		if err != nil {
			t.Errorf("%s %s: %v", c.op, c.body, err)
			continue
		}
		if out, err := Encode(in); err != nil || string(out) != c.encoded {
			t.Errorf("%s %s was written as %s (%v), want %s", c.op, c.body, out, err, c.encoded)
		}
	}
}

// TestSecretsAreNotEchoed checks that no text of a violation holds a secret.
func TestSecretsAreNotEchoed(t *testing.T) {
	secret := strings.Repeat("hunter2", 300)
	for _, input := range []string{
		`{"Name":"c","ConnectionType":"JDBC","ConnectionProperties":{"PASSWORD":"` + secret + `"}}`,
		`{"Name":"c","ConnectionType":"JDBC","ConnectionProperties":{"NO_SUCH_KEY":"hunter2"}}`,
		`{"Name":"c","ConnectionType":"JDBC","ConnectionProperties":{},"SparkProperties":{"password":"` + secret + `"}}`,
		`{"Name":"c","ConnectionType":"JDBC","ConnectionProperties":{},"AuthenticationConfiguration":{"BasicAuthenticationCredentials":{"Password":"` + secret + `"}}}`,
		`{"Name":"c","ConnectionType":"JDBC","ConnectionProperties":{},"AuthenticationConfiguration":{"CustomAuthenticationCredentials":{"":"hunter2"}}}`,
	} {
		_, err := Decode(lookup(t, "CreateConnection"), []byte(`{"ConnectionInput":`+input+`}`))
		if glue.CodeOf(err) != glue.CodeValidation {
			t.Errorf("%.100s: %v", input, err)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("a secret in %v", err)
		} else if !strings.Contains(err.Error(), "Value at 'connectionInput.") {
			t.Errorf("%v does not say where", err)
		}
	}
	_, err := Decode(lookup(t, "UpdateJob"), []byte(`{"JobName":"n","JobUpdate":{"SourceControlDetails":{"AuthToken":"`+secret+`"}}}`))
	if glue.CodeOf(err) != glue.CodeValidation || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("AuthToken: %v", err)
	}
}

// TestViolationsAreBounded checks that a request cannot provoke a huge answer.
func TestViolationsAreBounded(t *testing.T) {
	keys := map[string]string{}
	for i := range 1000 {
		keys[fmt.Sprintf("\n%d", i)] = strings.Repeat("v", 300)
	}
	in := &TagResourceRequest{ResourceArn: new(strings.Repeat("\n", 1<<20)), TagsToAdd: keys}
	if text := ViolationMessage(in.Validate()); len(text) > 4096 {
		t.Errorf("a message of %d bytes", len(text))
	}
	var c checker
	for range 2 * maxViolations {
		c.need("x", false)
	}
	if len(c.violations) != maxViolations {
		t.Errorf("%d violations kept", len(c.violations))
	}
}

// TestPaths checks how places within lists and maps are printed.
func TestPaths(t *testing.T) {
	var c checker
	c.enter("table")
	c.enter("columns")
	c.enterEntry(0)
	c.need("name", false)
	c.leave()
	c.leave()
	c.enter("requests")
	c.enterKey("k")
	c.need("value", false)
	if c.violations[0].Path != "table.columns.1.member.name" || c.violations[1].Path != "table.requests.k.member.value" {
		t.Errorf("%+v", c.violations)
	}
}

// TestZeroDiffersFromAbsent checks what answers carry.
func TestZeroDiffersFromAbsent(t *testing.T) {
	for _, c := range []struct {
		answer any
		want   string
	}{
		{&JobRun{}, `{}`},
		{&JobRun{Attempt: new(int32), ExecutionTime: new(int32(0)), JobRunQueuingEnabled: new(false)}, `{"Attempt":0,"JobRunQueuingEnabled":false,"ExecutionTime":0}`},
		{&GetJobsResponse{Jobs: []Job{}}, `{"Jobs":[]}`},
		{&GetJobsResponse{}, `{}`},
		{&GetTagsResponse{Tags: map[string]string{}}, `{"Tags":{}}`},
		{&JobRun{StartedOn: At(time.UnixMilli(1700000000250))}, `{"StartedOn":1700000000.25}`},
		{&JobRun{StartedOn: At(time.Time{})}, `{}`},
	} {
		if got, err := Encode(c.answer); err != nil || string(got) != c.want {
			t.Errorf("%T: %s (%v), want %s", c.answer, got, err, c.want)
		}
	}
}

// TestTime checks both directions.
func TestTime(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "1700000000": 1700000000000, "1700000000.123": 1700000000123, "1.7e9": 1700000000000,
		"1700000000.9996": 1700000001000, "-1.5": -1500, "253402300799": 253402300799000,
	} {
		var got Time
		if err := json.Unmarshal([]byte(text), &got); err != nil || got.UnixMilli() != want {
			t.Errorf("%s read as %v (%v)", text, got, err)
			continue
		}
		var again Time
		out, _ := json.Marshal(got)
		if err := json.Unmarshal(out, &again); err != nil || !again.Equal(got.Time) {
			t.Errorf("%s written as %s, read as %v (%v)", text, out, again, err)
		}
	}
	for _, text := range []string{`"2026-01-01T00:00:00Z"`, `1e300`, `-1e15`, `{}`, `true`} {
		if err := json.Unmarshal([]byte(text), new(Time)); err == nil {
			t.Errorf("%s was taken for a time", text)
		}
	}
}

// TestEncodeFault checks codes, statuses and that causes stay inside.
func TestEncodeFault(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		body   string
	}{
		{glue.NotFound("Job", "n"), 400, `{"__type":"EntityNotFoundException","Message":"Job with name: n not found."}`},
		{fmt.Errorf("api: %w", &glue.Error{Code: glue.CodeInvalidInput, Message: "a < b", Err: errors.New("cause")}), 400, `{"__type":"InvalidInputException","Message":"a < b"}`},
		{glue.Errorf(glue.CodeInternal, "sorry"), 500, `{"__type":"InternalServiceException","Message":"sorry"}`},
		{errors.New("disk on fire"), 500, `{"__type":"InternalServiceException","Message":"` + internalMessage + `"}`},
		{Unknown("Nope"), 400, `{"__type":"UnknownOperationException","Message":"The Glue API has no operation \"Nope\"."}`},
	} {
		code, status, body := EncodeFault(c.err)
		if status != c.status || string(body) != c.body || !strings.Contains(c.body, string(code)) {
			t.Errorf("%v: %s, %d, %s", c.err, code, status, body)
		}
	}
}

// TestTable checks what the table promises to its users.
func TestTable(t *testing.T) {
	ops := Operations()
	if len(ops) < 312 {
		t.Errorf("%d operations", len(ops))
	}
	for i, op := range ops {
		if i > 0 && ops[i-1].Name >= op.Name {
			t.Errorf("%s does not come after %s", op.Name, ops[i-1].Name)
		}
		if op.Served != (op.newInput != nil) || op.Served != (op.MaxBodyBytes > 0) || op.Input == "" || op.Output == "" {
			t.Errorf("row %+v", op)
		}
		if got, ok := Lookup(op.Name); !ok || got.Name != op.Name {
			t.Errorf("Lookup(%s) = %v, %v", op.Name, got, ok)
		}
	}
	for _, name := range []string{"", "A", "zzz", "getJob", "GetJobX"} {
		if _, ok := Lookup(name); ok {
			t.Errorf("Lookup(%q) found something", name)
		}
	}
	if op := lookup(t, "StartJobRun"); !op.Declares(glue.CodeConcurrentRuns) || op.Declares(glue.CodeAlreadyExists) {
		t.Errorf("StartJobRun declares %v", op.Errors)
	}
}

// FuzzDecode checks that no body makes Decode panic, that its errors are for the
// client and short, and that what it takes, it takes again when written.
func FuzzDecode(f *testing.F) {
	f.Add("CreateJob", []byte(`{"Name":"n","Role":"r","Command":{"Name":"glueetl"},"CodeGenConfigurationNodes":{"a":{}}}`))
	f.Add("StartJobRun", []byte(`{"JobName":"n","Arguments":{"--a":"b"},"Timeout":1,"MaxCapacity":0.5}`))
	f.Add("CreateConnection", []byte(`{"ConnectionInput":{"Name":"c","ConnectionType":"NETWORK","ConnectionProperties":{}}}`))
	f.Add("TagResource", []byte(`{"ResourceArn":"arn:aws:glue:x","TagsToAdd":{"k":"v"}}`))
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		op, ok := Lookup(name)
		if !ok {
			t.Skip()
		}
		in, err := Decode(op, body)
		if err != nil {
			var e *glue.Error
			if !errors.As(err, &e) || e.Op != name || len(e.Message) > 1<<16 {
				t.Fatalf("error %v", err)
			}
			return
		}
		out, err := Encode(in)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(op, out)
		if err != nil {
			t.Fatalf("%s was taken, but not as written, %s: %v", body, out, err)
		}
		if diff := cmp.Diff(in, again); diff != "" {
			t.Error(diff)
		}
	})
}

// startJobRun is a request as Airflow sends it.
const startJobRun = `{"JobName": "nightly-orders", "Arguments": {"--day": "2026-11-05", "--source": "s3://raw/orders/", "--target": "s3://curated/orders/",
 "--job-bookmark-option": "job-bookmark-enable"}, "WorkerType": "G.1X", "NumberOfWorkers": 10, "Timeout": 60}`

// BenchmarkDecode measures StartJobRun from body to checked input.
func BenchmarkDecode(b *testing.B) {
	op := lookup(b, "StartJobRun")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(op, []byte(startJobRun)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidate measures the constraint checks alone.
func BenchmarkValidate(b *testing.B) {
	in, err := Decode(lookup(b, "StartJobRun"), []byte(startJobRun))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if vs := in.Validate(); len(vs) > 0 {
			b.Fatal(vs)
		}
	}
}
