package api

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tenon/internal/controller"
	"tenon/internal/driver/store"
	"tenon/internal/glue"
	"tenon/internal/wire"
)

// open makes an API over a fresh store, without a controller.
func open(t *testing.T, q glue.Quotas) *API {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return New(slog.New(slog.DiscardHandler), db, nil, nil, Config{Account: "123456789012", Settings: Settings{Quotas: q}})
}

// TestQuotaOfDefinitions: of many that are created at once as many are as the quota allows, and the refusal says which it
// is and what to do. Another region has its own count.
func TestQuotaOfDefinitions(t *testing.T) {
	const limit, tries = 7, 40
	a := open(t, glue.Quotas{glue.QuotaConnections: limit})
	c := Call{Region: "us-east-1"}
	create := func(c Call, i int) error {
		_, err := a.createConnection(t.Context(), c, &wire.CreateConnectionRequest{ConnectionInput: network(fmt.Sprint("c", i), "subnet-a")})
		return err
	}
	var made, refused atomic.Int64
	var all sync.WaitGroup
	for i := range tries {
		all.Go(func() {
			switch err := create(c, i); {
			case err == nil:
				made.Add(1)
			case glue.CodeOf(err) == glue.CodeResourceNumberLimit:
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if made.Load() != limit || refused.Load() != tries-limit {
		t.Errorf("%d made, %d refused", made.Load(), refused.Load())
	}
	var e *glue.Error
	want := "The quota connections (L-4256D6D2 in Service Quotas) is reached: us-east-1 has 7 connections and the limit is 7. Delete one that is not needed, or raise quotas.connections in tenon.yaml."
	if err := create(c, tries); !errors.As(err, &e) || e.Message != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := create(Call{Region: "eu-west-1"}, 0); err != nil {
		t.Errorf("another region: %v", err)
	}
	a.Configure(Settings{Quotas: glue.Quotas{glue.QuotaConnections: limit + 1}})
	if err := create(c, tries); err != nil {
		t.Errorf("with one more: %v", err)
	}
}

// network is a connection that is a place and nothing else.
func network(name, subnet string) *wire.ConnectionInput {
	return &wire.ConnectionInput{Name: &name, ConnectionType: ptr(connectionNetwork), ConnectionProperties: map[string]string{},
		PhysicalConnectionRequirements: &wire.PhysicalConnectionRequirements{SubnetId: &subnet}}
}

// TestCheckTags: tags of Tenon's own are settings of jobs, and mean something or are refused by name.
func TestCheckTags(t *testing.T) {
	for _, c := range []struct {
		kind, key, value, refused string
	}{
		{glue.KindJob, "tenon:queue", "etl", ""},
		{glue.KindJob, "tenon:priority", "50", ""},
		{glue.KindJob, "tenon:connections", "a b", ""},
		{glue.KindJob, "team", "tenon:", ""},
		{glue.KindJob, "tenon:adhoc", "", ""}, // of `tenon run`
		{glue.KindJob, "tenon:quue", "etl", "Tag tenon:quue is not supported by Tenon; supported are tenon:queue, tenon:priority, tenon:connections, tenon:strategy, tenon:min-workers, tenon:network-retries."},
		{glue.KindJob, "tenon:deadline", "6h", "Tag tenon:deadline is not supported by Tenon yet."},
		{glue.KindJob, "tenon:strategy", "best", "Unknown strategy specified: best"},
		{glue.KindConnection, "tenon:queue", "etl", "Tag tenon:queue is a setting of jobs or triggers: it means nothing on a resource of kind Connection."},
		{glue.KindConnection, "aws:x", "", `Tag keys that begin with aws: are reserved: "aws:x".`},
	} {
		err := checkTags(c.kind, map[string]string{c.key: c.value})
		var e *glue.Error
		if c.refused == "" && err != nil || c.refused != "" && (!errors.As(err, &e) || e.Message != c.refused) {
			t.Errorf("%s=%s of a %s: %v\nwant %q", c.key, c.value, c.kind, err, c.refused)
		}
	}
}

// TestChoices: where a run may go comes from the connections that the run names, or a tag, or the job.
func TestChoices(t *testing.T) {
	a := open(t, nil)
	c := Call{Region: "us-east-1"}
	for _, in := range []*wire.ConnectionInput{
		network("a", "subnet-a"), network("b", "subnet-b"),
		{Name: ptr("db"), ConnectionType: ptr("JDBC"), ConnectionProperties: map[string]string{"JDBC_CONNECTION_URL": "jdbc:x"},
			PhysicalConnectionRequirements: &wire.PhysicalConnectionRequirements{SubnetId: ptr("subnet-c")}},
		{Name: ptr("open"), ConnectionType: ptr("JDBC"), ConnectionProperties: map[string]string{"JDBC_CONNECTION_URL": "jdbc:x"}},
	} {
		if _, err := a.createConnection(t.Context(), c, &wire.CreateConnectionRequest{ConnectionInput: in}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.createConnection(t.Context(), c, &wire.CreateConnectionRequest{ConnectionInput: network("nowhere", "")}); glue.CodeOf(err) != glue.CodeInvalidInput {
		t.Errorf("a NETWORK connection without a subnet: %v", err)
	}
	for _, tc := range []struct {
		name           string
		job            []string
		tag, arg, prev string
		want           []glue.Choice
		refused        string
	}{
		{name: "none"},
		{name: "the job's, in order", job: []string{"b", "open", "a", "db"},
			want: []glue.Choice{{Connection: "b", Subnet: "subnet-b"}, {Connection: "a", Subnet: "subnet-a"}, {Connection: "db", Subnet: "subnet-c"}}},
		{name: "one of the job's is gone", job: []string{"gone", "a"}, want: []glue.Choice{{Connection: "gone"}, {Connection: "a", Subnet: "subnet-a"}}},
		{name: "the tag before the job", job: []string{"a"}, tag: "b", want: []glue.Choice{{Connection: "b", Subnet: "subnet-b"}}},
		{name: "the argument before the tag", tag: "b", arg: "a  db", want: []glue.Choice{{Connection: "a", Subnet: "subnet-a"}, {Connection: "db", Subnet: "subnet-c"}}},
		{name: "of the run that is repeated", tag: "b", prev: "a", want: []glue.Choice{{Connection: "a", Subnet: "subnet-a"}}},
		{name: "the argument names what is not", arg: "a none", refused: "Connection none, which tenon:connections names, does not exist in us-east-1."},
		{name: "the tag names what is not", job: []string{"a"}, tag: "none", refused: "Connection none, which tenon:connections names, does not exist in us-east-1."},
	} {
		job := &glue.Job{Name: "j", Connections: &glue.ConnectionList{Connections: tc.job}, Tags: map[string]string{"tenon:connections": tc.tag}}
		var args map[string]string
		if tc.arg != "" {
			args = map[string]string{"--tenon-connections": tc.arg}
		}
		var previous *glue.JobRun
		if tc.prev != "" {
			previous = &glue.JobRun{Arguments: map[string]string{"--tenon-connections": tc.prev}}
		}
		err := a.db.Read(t.Context(), func(r *store.Reader) error {
			req := controller.StartRequest{Region: c.Region, Job: *job, Previous: previous, Arguments: args}
			err := req.Resolve(r, "")
			if diff := cmp.Diff(tc.want, req.Subnets); tc.refused == "" && diff != "" {
				t.Errorf("%s:\n%s", tc.name, diff)
			}
			return err
		})
		var e *glue.Error
		if tc.refused == "" && err != nil || tc.refused != "" && (!errors.As(err, &e) || e.Message != tc.refused) {
			t.Errorf("%s: %v, want %q", tc.name, err, tc.refused)
		}
	}
}

// TestUnknownMembers: what one of Tenon's own operations does not know is refused: a misspelt filter is no filter.
func TestUnknownMembers(t *testing.T) {
	a := open(t, nil)
	a.keys = &Keyring{run: func(string) (string, bool) { return "", false }}
	for _, body := range []string{`{"After":0,"Limt":3}`, `{"After":"x"}`, `{} {}`, `[`} {
		if _, err := a.ServeAdmin(t.Context(), Call{}, "ListEvents", []byte(body)); glue.CodeOf(err) != glue.CodeSerialization {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := a.ServeAdmin(t.Context(), Call{}, "ListEvents", make([]byte, maxAdminBody+1)); glue.CodeOf(err) != glue.CodeInvalidInput {
		t.Errorf("a long body: %v", err)
	}
}
