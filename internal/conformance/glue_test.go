package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/glue/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// demand fails the test unless err is an API error of a code whose text holds a part.
func demand(t *testing.T, err error, code, part string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), part) {
		t.Fatalf("got %v, want %s with %q", err, code, part)
	}
}

// TestJobs walks a job definition from creation to its end.
func TestJobs(t *testing.T) {
	s := start(t, "")
	ctx, c := t.Context(), s.glue()
	s.job("nightly", "glueetl", "print('hi')", func(in *glue.CreateJobInput) {
		in.Tags = map[string]string{"team": "data"}
		in.DefaultArguments = map[string]string{"--day": "1"}
	})
	_, err := c.CreateJob(ctx, &glue.CreateJobInput{Name: aws.String("nightly"), Role: aws.String(role),
		Command: &types.JobCommand{Name: aws.String("glueetl"), ScriptLocation: aws.String("s3://scripts/nightly.py")}})
	demand(t, err, "AlreadyExistsException", "nightly")

	got, err := c.GetJob(ctx, &glue.GetJobInput{JobName: aws.String("nightly")})
	if err != nil {
		t.Fatal(err)
	}
	j := got.Job
	if *j.MaxCapacity != 2 || *j.Timeout != 2880 || j.ExecutionProperty.MaxConcurrentRuns != 1 || j.CreatedOn == nil {
		t.Errorf("defaults: capacity %v timeout %v concurrent %v created %v", *j.MaxCapacity, *j.Timeout, j.ExecutionProperty.MaxConcurrentRuns, j.CreatedOn)
	}

	_, err = c.UpdateJob(ctx, &glue.UpdateJobInput{JobName: aws.String("nightly"), JobUpdate: &types.JobUpdate{
		Role: aws.String(role), Command: &types.JobCommand{Name: aws.String("glueetl"), ScriptLocation: aws.String("s3://scripts/other.py")}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err = c.GetJob(ctx, &glue.GetJobInput{JobName: aws.String("nightly")})
	if err != nil {
		t.Fatal(err)
	}
	if j := got.Job; len(j.DefaultArguments) != 0 || *j.GlueVersion != "5.1" || *j.MaxCapacity != 10 || *j.Timeout != 480 {
		t.Errorf("UpdateJob is a full replacement; kept %v, version %s, capacity %v, timeout %d", j.DefaultArguments, *j.GlueVersion, *j.MaxCapacity, *j.Timeout)
	}
	tags, err := c.GetTags(ctx, &glue.GetTagsInput{ResourceArn: aws.String("arn:aws:glue:us-east-1::job/nightly")})
	if err != nil || tags.Tags["team"] != "data" {
		t.Errorf("tags survive an update and an empty account: %v %v", tags, err)
	}
	list, err := c.ListJobs(ctx, &glue.ListJobsInput{Tags: map[string]string{"team": "other"}})
	if err != nil || len(list.JobNames) != 0 {
		t.Errorf("ListJobs by another tag: %v %v", list, err)
	}
	batch, err := c.BatchGetJobs(ctx, &glue.BatchGetJobsInput{JobNames: []string{"nightly", "ghost"}})
	if err != nil || len(batch.Jobs) != 1 || !slices.Equal(batch.JobsNotFound, []string{"ghost"}) {
		t.Errorf("BatchGetJobs: %v %v", batch, err)
	}
	for range 2 { // idempotent
		if _, err := c.DeleteJob(ctx, &glue.DeleteJobInput{JobName: aws.String("nightly")}); err != nil {
			t.Fatal(err)
		}
	}
	_, err = c.GetJob(ctx, &glue.GetJobInput{JobName: aws.String("nightly")})
	demand(t, err, "EntityNotFoundException", "nightly")
}

// TestPages reads lists page by page and refuses tokens of other lists.
func TestPages(t *testing.T) {
	s := start(t, "")
	ctx, c := t.Context(), s.glue()
	for i := range 5 {
		s.job(fmt.Sprintf("job%d", i), "pythonshell", "")
	}
	var names []string
	in := &glue.ListJobsInput{MaxResults: aws.Int32(2)}
	pages := 0
	for {
		out, err := c.ListJobs(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		names, pages = append(names, out.JobNames...), pages+1
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
		_, err = c.GetJobs(ctx, &glue.GetJobsInput{NextToken: out.NextToken})
		demand(t, err, "InvalidInputException", "NextToken")
	}
	if want := []string{"job0", "job1", "job2", "job3", "job4"}; !slices.Equal(names, want) || pages != 3 {
		t.Errorf("%d pages of %v", pages, names)
	}
	_, err := c.ListJobs(ctx, &glue.ListJobsInput{NextToken: aws.String("made up")})
	demand(t, err, "InvalidInputException", "NextToken")
}

// TestRun runs a Python shell job: its arguments, streams, state and history.
func TestRun(t *testing.T) {
	s := start(t, "")
	s.job("hello", "pythonshell", "import sys, os\nprint('args', sys.argv[1:])\nprint('oops', file=sys.stderr)\n",
		func(in *glue.CreateJobInput) {
			in.DefaultArguments = map[string]string{"--a": "default", "--b": "default"}
			in.NonOverridableArguments = map[string]string{"--c": "fixed"}
		})
	run := s.succeed("hello", map[string]string{"--b": "mine", "--c": "mine"})
	if run.Arguments["--a"] != "default" || run.Arguments["--b"] != "mine" || run.Arguments["--c"] != "fixed" {
		t.Errorf("arguments: %v", run.Arguments)
	}
	if out := s.stream(run, "output"); !strings.Contains(out, "'--b', 'mine'") || !strings.Contains(out, "'--c', 'fixed'") {
		t.Errorf("output: %s", out)
	}
	if out := s.stream(run, "error"); !strings.Contains(out, "oops") {
		t.Errorf("error: %s", out)
	}
	if run.StartedOn == nil || run.CompletedOn == nil || *run.LogGroupName != "/aws-glue/python-jobs" || *run.MaxCapacity != 0.0625 {
		t.Errorf("run: %+v", run)
	}
	page, err := s.logs().FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String("/aws-glue/python-jobs/output"), LogStreamNames: []string{*run.Id}, FilterPattern: aws.String("args")})
	if err != nil || len(page.Events) != 1 {
		t.Errorf("FilterLogEvents: %v %v", page, err)
	}
	streams, err := s.logs().DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: aws.String("/aws-glue/python-jobs/output")})
	if err != nil || len(streams.LogStreams) != 1 || *streams.LogStreams[0].LogStreamName != *run.Id {
		t.Errorf("DescribeLogStreams: %v %v", streams, err)
	}
}

// TestRunEnds shows how runs end that do not succeed.
func TestRunEnds(t *testing.T) {
	s := start(t, "")
	for _, c := range []struct {
		name, script string
		state        types.JobRunState
		message      string
	}{
		{"raise", "x = 1\nraise ValueError('boom')\n", types.JobRunStateFailed, "ValueError: boom"},
		{"syntax", "def f(:\n", types.JobRunStateFailed, "SyntaxError"},
		{"exit", "import sys\nsys.exit(3)\n", types.JobRunStateFailed, "3"},
		{"exit0", "import sys\nsys.exit(0)\n", types.JobRunStateSucceeded, ""},
		{"killed", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", types.JobRunStateFailed, "signal"},
		{"module", "import nosuchmodule\n", types.JobRunStateFailed, "nosuchmodule"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.job(c.name, "pythonshell", c.script)
			run := s.wait(c.name, s.run(c.name, nil))
			if run.JobRunState != c.state || !strings.Contains(aws.ToString(run.ErrorMessage), c.message) {
				t.Errorf("%s: %q", run.JobRunState, aws.ToString(run.ErrorMessage))
			}
		})
	}
	t.Run("missing script", func(t *testing.T) {
		s.job("gone", "pythonshell", "", func(in *glue.CreateJobInput) { in.Command.ScriptLocation = aws.String("s3://scripts/nowhere.py") })
		run := s.wait("gone", s.run("gone", nil))
		if run.JobRunState != types.JobRunStateFailed || !strings.Contains(aws.ToString(run.ErrorMessage), "s3://scripts/nowhere.py") {
			t.Errorf("%s: %q", run.JobRunState, aws.ToString(run.ErrorMessage))
		}
	})
	t.Run("stop", func(t *testing.T) {
		s.job("sleeper", "pythonshell", "import time\nprint('on', flush=True)\ntime.sleep(600)\n")
		id := s.run("sleeper", nil)
		waitFor(t, 30e9, "the run to run", func() bool { return s.get("sleeper", id).JobRunState == types.JobRunStateRunning })
		out, err := s.glue().BatchStopJobRun(t.Context(), &glue.BatchStopJobRunInput{JobName: aws.String("sleeper"), JobRunIds: []string{id, "jr_no"}})
		if err != nil || len(out.SuccessfulSubmissions) != 1 || len(out.Errors) != 1 {
			t.Fatalf("%v %v", out, err)
		}
		if run := s.wait("sleeper", id); run.JobRunState != types.JobRunStateStopped {
			t.Errorf("%s: %s", run.JobRunState, aws.ToString(run.ErrorMessage))
		}
	})
	t.Run("retries", func(t *testing.T) {
		s.job("flaky", "pythonshell", "raise RuntimeError('again')\n", func(in *glue.CreateJobInput) { in.MaxRetries = 1 })
		if run := s.wait("flaky", s.run("flaky", nil)); run.Attempt != 1 || run.JobRunState != types.JobRunStateFailed {
			t.Errorf("attempt %d, %s", run.Attempt, run.JobRunState)
		}
	})
}

// TestLimits shows what is refused at the start of a run.
func TestLimits(t *testing.T) {
	s := start(t, "")
	ctx, c := t.Context(), s.glue()
	s.job("one", "pythonshell", "import time\ntime.sleep(600)\n")
	first := s.run("one", nil)
	_, err := c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: aws.String("one")})
	demand(t, err, "ConcurrentRunsExceededException", "Concurrent runs exceeded for one")
	out, err := c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: aws.String("one"), JobRunQueuingEnabled: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	waiting := s.get("one", *out.JobRunId)
	if waiting.JobRunState != types.JobRunStateWaiting {
		t.Fatalf("the second run is %s", waiting.JobRunState)
	}
	waitFor(t, 5e9, "a reason that names the run", func() bool {
		return strings.Contains(aws.ToString(s.get("one", *out.JobRunId).StateDetail), first[:len("jr_")+16])
	})
	if _, err := c.BatchStopJobRun(ctx, &glue.BatchStopJobRunInput{JobName: aws.String("one"), JobRunIds: []string{first}}); err != nil {
		t.Fatal(err)
	}
	waitFor(t, 30e9, "the second run to run", func() bool { return s.get("one", *out.JobRunId).JobRunState == types.JobRunStateRunning })

	_, err = c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: aws.String("ghost")})
	demand(t, err, "EntityNotFoundException", "ghost")
	_, err = c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: aws.String("one"), WorkerType: types.WorkerTypeG1x})
	demand(t, err, "InvalidInputException", "Please set both Worker Type and Number of Workers.")
	_, err = c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: aws.String("one"), Arguments: map[string]string{"--x": strings.Repeat("y", 200_000)}})
	demand(t, err, "InvalidInputException", "Request size limit exceeded")
	_, err = c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: aws.String("one"), Arguments: map[string]string{"--job-language": "scala"}})
	demand(t, err, "InvalidInputException", "scala")
	for _, kind := range []string{"gluestreaming", "glueray"} {
		s.job(kind, kind, "")
		_, err = c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: &kind})
		demand(t, err, "InvalidInputException", kind)
	}
	_, err = c.GetTable(ctx, &glue.GetTableInput{DatabaseName: aws.String("d"), Name: aws.String("t")})
	demand(t, err, "OperationNotSupportedException", "GetTable is not implemented by Tenon")
	_, err = c.CreateJob(ctx, &glue.CreateJobInput{Name: aws.String(strings.Repeat("n", 300)), Role: aws.String(role),
		Command: &types.JobCommand{Name: aws.String("glueetl"), ScriptLocation: aws.String("s3://a/b")}})
	demand(t, err, "ValidationException", "Member must have length less than or equal to 255")
}

// TestSecurityConfiguration: a job that asks for encryption that is not done does not run without it.
func TestSecurityConfiguration(t *testing.T) {
	s := start(t, "")
	ctx, c := t.Context(), s.glue()
	_, err := c.CreateSecurityConfiguration(ctx, &glue.CreateSecurityConfigurationInput{Name: aws.String("kms"),
		EncryptionConfiguration: &types.EncryptionConfiguration{S3Encryption: []types.S3Encryption{{S3EncryptionMode: types.S3EncryptionModeSsekms}}}})
	if err != nil {
		t.Fatal(err)
	}
	s.job("sealed", "pythonshell", "print(1)", func(in *glue.CreateJobInput) { in.SecurityConfiguration = aws.String("kms") })
	_, err = c.StartJobRun(ctx, &glue.StartJobRunInput{JobName: aws.String("sealed")})
	demand(t, err, "InvalidInputException", "SSE-KMS")
	if _, err := c.DeleteSecurityConfiguration(ctx, &glue.DeleteSecurityConfigurationInput{Name: aws.String("kms")}); err != nil {
		t.Fatal(err)
	}
	_, err = c.GetSecurityConfiguration(ctx, &glue.GetSecurityConfigurationInput{Name: aws.String("kms")})
	demand(t, err, "EntityNotFoundException", "kms")
}

// TestConnections walks connections, and what TestConnection says.
func TestConnections(t *testing.T) {
	s := start(t, "")
	ctx, c := t.Context(), s.glue()
	network := func(name, subnet string) *types.ConnectionInput {
		return &types.ConnectionInput{Name: &name, ConnectionType: types.ConnectionTypeNetwork, ConnectionProperties: map[string]string{},
			PhysicalConnectionRequirements: &types.PhysicalConnectionRequirements{SubnetId: &subnet}}
	}
	if _, err := c.CreateConnection(ctx, &glue.CreateConnectionInput{ConnectionInput: network("net", "subnet-a")}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateConnection(ctx, &glue.CreateConnectionInput{ConnectionInput: &types.ConnectionInput{Name: aws.String("db"),
		ConnectionType: types.ConnectionTypeJdbc, ConnectionProperties: map[string]string{"JDBC_CONNECTION_URL": "jdbc:postgresql://h/d", "USERNAME": "u", "PASSWORD": "p"}}}); err != nil {
		t.Fatal(err)
	}
	got, err := c.GetConnection(ctx, &glue.GetConnectionInput{Name: aws.String("db"), HidePassword: true})
	if err != nil || got.Connection.ConnectionProperties["USERNAME"] != "u" || got.Connection.ConnectionProperties["PASSWORD"] != "" {
		t.Errorf("HidePassword: %v %v", got, err)
	}
	got, err = c.GetConnection(ctx, &glue.GetConnectionInput{Name: aws.String("db")})
	if err != nil || got.Connection.ConnectionProperties["PASSWORD"] != "p" {
		t.Errorf("with password: %v %v", got, err)
	}
	list, err := c.GetConnections(ctx, &glue.GetConnectionsInput{Filter: &types.GetConnectionsFilter{ConnectionType: types.ConnectionTypeNetwork}})
	if err != nil || len(list.ConnectionList) != 1 {
		t.Errorf("filter: %v %v", list, err)
	}
	if _, err := c.TestConnection(ctx, &glue.TestConnectionInput{ConnectionName: aws.String("net")}); err != nil {
		t.Error(err)
	}
	_, err = c.TestConnection(ctx, &glue.TestConnectionInput{ConnectionName: aws.String("db")})
	demand(t, err, "InvalidInputException", "cannot test connections of type JDBC")
	if _, err := c.UpdateConnection(ctx, &glue.UpdateConnectionInput{Name: aws.String("net"), ConnectionInput: network("net", "subnet-b")}); err != nil {
		t.Error(err)
	}
	gone, err := c.BatchDeleteConnection(ctx, &glue.BatchDeleteConnectionInput{ConnectionNameList: []string{"net", "ghost"}})
	if err != nil || len(gone.Succeeded) != 1 || *gone.Errors["ghost"].ErrorCode != "EntityNotFoundException" {
		t.Errorf("BatchDeleteConnection: %v %v", gone, err)
	}
	if _, err := c.DeleteConnection(ctx, &glue.DeleteConnectionInput{ConnectionName: aws.String("db")}); err != nil {
		t.Error(err)
	}
}

// TestIdentity: who signs is proven, and told.
func TestIdentity(t *testing.T) {
	s := start(t, "")
	who, err := s.sts().GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
	if err != nil || *who.Account != "123456789012" {
		t.Errorf("%v %v", who, err)
	}
	wrong := s.aws()
	wrong.Credentials = credentials.NewStaticCredentialsProvider(accessKey, "wrong", "")
	c := glue.NewFromConfig(wrong, func(o *glue.Options) { o.BaseEndpoint = &s.endpoint; o.RetryMaxAttempts = 1 })
	_, err = c.GetJobs(t.Context(), &glue.GetJobsInput{})
	demand(t, err, "InvalidSignatureException", "signature")
}
