package neighbour

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"tenon/internal/glue"
)

// busyLogs serves the logs of runs, newest first, none of which has written a file.
func busyLogs(t *testing.T, runs []*glue.JobRun) *Logs {
	t.Helper()
	return &Logs{
		Root: t.TempDir(),
		Run: func(_ context.Context, _, id string) (*glue.JobRun, error) {
			for _, r := range runs {
				if r.ID == id {
					return r, nil
				}
			}
			return nil, glue.NotFound("JobRun", id)
		},
		Recent: func(_ context.Context, _, group string, limit int) (found []*glue.JobRun, err error) {
			for _, r := range runs[:min(limit, len(runs))] {
				if r.LogGroup == group {
					found = append(found, r)
				}
			}
			return found, nil
		},
	}
}

// TestStreamsOfABusyRegion: the newest runs of a group are found behind those of the other group, and among those that
// have the prefix.
func TestStreamsOfABusyRegion(t *testing.T) {
	var runs []*glue.JobRun
	for i := range 300 {
		r := &glue.JobRun{ID: fmt.Sprintf("jr_%03d", 299-i), LogGroup: "/aws-glue/jobs"}
		if i >= 200 {
			r.LogGroup = "/aws-glue/python-jobs"
		}
		runs = append(runs, r)
	}
	for body, want := range map[string]string{
		`{"limit":2}`: "jr_099 jr_098",
		`{"limit":2,"logStreamNamePrefix":"jr_01"}`: "jr_019 jr_018",
		`{"limit":2,"logStreamNamePrefix":"jr_29"}`: "",
	} {
		in := `{"logGroupName":"/aws-glue/python-jobs/output",` + body[1:]
		out, err := busyLogs(t, runs).Serve(t.Context(), "us-east-1", "DescribeLogStreams", []byte(in))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range out.(map[string]any)["logStreams"].([]map[string]any) {
			names = append(names, s["logStreamName"].(string))
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// TestForgedTokens: a token that we did not make is refused, or reads what its reader may read anyway.
func TestForgedTokens(t *testing.T) {
	l := busyLogs(t, []*glue.JobRun{{ID: "jr_1", LogGroup: "/aws-glue/jobs"}})
	filter := func(token filterToken) string {
		b, err := json.Marshal(token)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(b)
	}
	for _, c := range []struct{ op, token, want string }{
		{"GetLogEvents", "f/0/0", ""},
		{"GetLogEvents", "f/1/0", "InvalidParameterException"},
		{"GetLogEvents", "f/0/-1", "InvalidParameterException"},
		{"GetLogEvents", fmt.Sprintf("f/0/%d", math.MaxInt64), "InvalidParameterException"},
		{"GetLogEvents", "../x", "InvalidParameterException"},
		{"FilterLogEvents", filter(filterToken{Streams: []string{"jr_1"}}), ""},
		{"FilterLogEvents", filter(filterToken{Streams: []string{"../../seal.key"}}), "ResourceNotFoundException"},
		{"FilterLogEvents", filter(filterToken{Streams: []string{"jr_1"}, Offset: math.MaxInt64}), "InvalidParameterException"},
		{"FilterLogEvents", filter(filterToken{Streams: []string{"jr_1"}, At: -1}), "InvalidParameterException"},
		{"FilterLogEvents", filter(filterToken{Streams: make([]string, maxNamed+1)}), "InvalidParameterException"},
		{"FilterLogEvents", "%", "InvalidParameterException"},
	} {
		in := fmt.Sprintf(`{"logGroupName":"/aws-glue/jobs/output","logStreamName":"jr_1","nextToken":%q}`, c.token)
		_, err := l.Serve(t.Context(), "us-east-1", c.op, []byte(in))
		if got := string(glue.CodeOf(err)); err == nil && c.want != "" || err != nil && got != c.want {
			t.Errorf("%s %s: %v, want %s", c.op, c.token, err, c.want)
		}
	}
}
