package gateway

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// clientAllowance bounds one run of a foreign client.
const clientAllowance = time.Minute

// botoScript does with boto3 what a job's script would.
const botoScript = `
import boto3, io, os, sys
from botocore.exceptions import ClientError
s3 = boto3.client("s3")
s3.create_bucket(Bucket="made-by-boto3", CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})
assert "made-by-boto3" in [b["Name"] for b in s3.list_buckets()["Buckets"]]
key = "year=2024/a b+ü.csv"
s3.put_object(Bucket="lake", Key=key, Body=b"one,two\n", Metadata={"who": "boto3"}, ContentType="text/csv")
got = s3.get_object(Bucket="lake", Key=key)
assert got["Body"].read() == b"one,two\n" and got["Metadata"] == {"who": "boto3"}, got
big = os.urandom(20 * 1024 * 1024 + 7)
s3.upload_fileobj(io.BytesIO(big), "lake", "big.bin")
back = io.BytesIO()
s3.download_fileobj("lake", "big.bin", back)
assert back.getvalue() == big
back = io.BytesIO()
s3.download_fileobj("lake", "by-hand.bin", back)
assert len(back.getvalue()) == 20 * 1024 * 1024
for i in range(12):
    s3.put_object(Bucket="lake", Key="pages/%02d" % i, Body=b"x")
keys = [o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix="pages/", PaginationConfig={"PageSize": 5}) for o in p["Contents"]]
assert keys == ["pages/%02d" % i for i in range(12)], keys
s3.copy({"Bucket": "lake", "Key": "big.bin"}, "made-by-boto3", "copy.bin")
assert s3.head_object(Bucket="made-by-boto3", Key="copy.bin")["ContentLength"] == len(big)
out = s3.delete_objects(Bucket="lake", Delete={"Objects": [{"Key": k} for k in keys]})
assert len(out["Deleted"]) == 12, out
bucket = boto3.resource("s3").Bucket("made-by-boto3")
bucket.objects.all().delete()
bucket.delete()
try:
    s3.get_object(Bucket="lake", Key="none")
    sys.exit("found nothing")
except ClientError as e:
    assert e.response["Error"]["Code"] == "NoSuchKey", e
print("boto3 done")
`

// foreign runs another client with nothing but the test key in its environment.
func (s served) foreign(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clientAllowance)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_ENDPOINT_URL=" + s.Endpoint(), "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=" + testKeyID, "AWS_SECRET_ACCESS_KEY=" + testSecret, "AWS_DEFAULT_REGION=eu-west-3", "PYTHONUTF8=1",
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestBoto3 runs the Python SDK, if there is one.
func TestBoto3(t *testing.T) {
	s := serve(t, supportsXattr)
	if out, err := s.foreign(t, "python3", "-c", "import boto3"); err != nil {
		t.Skipf("no boto3 to test with: %v %s", err, out)
	}
	s.write(t, "lake/by-hand.bin", strings.Repeat("x", 20<<20))
	out, err := s.foreign(t, "python3", "-c", botoScript)
	if err != nil || !strings.Contains(out, "boto3 done") {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestAWSCLI runs the AWS CLI, if there is one.
func TestAWSCLI(t *testing.T) {
	s := serve(t, supportsXattr)
	if out, err := s.foreign(t, "aws", "--version"); err != nil {
		t.Skipf("no AWS CLI to test with: %v %s", err, out)
	}
	local := filepath.Join(t.TempDir(), "in")
	for i := range 3 {
		name := filepath.Join(local, fmt.Sprintf("part=%d", i), "data file.csv")
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args []string
		want string // in the output
	}{
		{[]string{"s3", "mb", "s3://from-cli"}, "make_bucket: from-cli"},
		{[]string{"s3", "sync", local, "s3://from-cli/data"}, "upload: "},
		{[]string{"s3", "mv", "--recursive", "s3://from-cli/data/", "s3://from-cli/moved/"}, "move: "},
		{[]string{"s3", "rb", "--force", "s3://from-cli"}, "remove_bucket: from-cli"},
	} {
		out, err := s.foreign(t, "aws", c.args...)
		if err != nil || !strings.Contains(out, c.want) {
			t.Errorf("aws %s: %v\n%s", strings.Join(c.args, " "), err, out)
		}
	}
}
