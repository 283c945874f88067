package conformance

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"tenon/internal/client"
	"tenon/internal/edge/api"
	"tenon/internal/sigv4"
)

// script reads a script of testdata.
func script(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// client is our own client of this server.
func (s *server) client() *client.Client {
	return &client.Client{Endpoint: s.endpoint, Region: region, Credentials: sigv4.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}}
}

// usage is what a run read and wrote.
func (s *server) usage(job, id string) api.FileList {
	s.t.Helper()
	var out api.FileList
	if err := s.client().Admin(s.t.Context(), "GetRunFiles", api.RunInput{JobName: job, RunID: id}, &out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// objects reads every object under a prefix, keys in order, unpacking gzip.
func (s *server) objects(bucket, prefix string) (keys []string, text string) {
	s.t.Helper()
	ctx, c := s.t.Context(), s.s3client()
	page, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, o := range page.Contents {
		got, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
		if err != nil {
			s.t.Fatal(err)
		}
		var r io.Reader = got.Body
		if strings.HasSuffix(*o.Key, ".gz") {
			if r, err = gzip.NewReader(got.Body); err != nil {
				s.t.Fatal(err)
			}
		}
		b, err := io.ReadAll(r)
		if err != nil {
			s.t.Fatal(err)
		}
		keys, text = append(keys, *o.Key), text+string(b)
	}
	return keys, text
}

// lines makes n records from an id on, as JSON lines.
func lines(from, n int) string {
	var b strings.Builder
	for i := from; i < from+n; i++ {
		fmt.Fprintf(&b, `{"id":%d,"charge":"$%d.00","state":"S%d"}`+"\n", i, i*10, i%3)
	}
	return b.String()
}

// TestSeed003 runs the two jobs of the data-flow page, with the very calls it shows: without bookmarks the Output job
// reads all of staging again each time, with them only what is new.
func TestSeed003(t *testing.T) {
	s := start(t, "")
	s.job("Input", "glueetl", script(t, "seed003_input.py"))
	s.job("Output", "glueetl", script(t, "seed003_output.py"))
	s.bucket("stage")
	s.bucket("out")
	for _, c := range []struct {
		option string
		read   []int64 // records that each round's Output reads
	}{
		{"job-bookmark-disable", []int64{100, 200, 300}},
		{"job-bookmark-enable", []int64{100, 100, 100}},
	} {
		t.Run(c.option, func(t *testing.T) {
			for round, want := range c.read {
				s.put("raw", fmt.Sprintf("%s/%d/part.json", c.option, round), lines(round*100, 100))
				base := "s3://raw/" + c.option + "/"
				in := s.succeed("Input", map[string]string{"--input_path": base + fmt.Sprint(round) + "/", "--staging_path": "s3://stage/" + c.option + "/"})
				out := s.succeed("Output", map[string]string{"--staging_path": "s3://stage/" + c.option + "/",
					"--output_path": "s3://out/" + c.option + "/", "--job-bookmark-option": c.option})
				wrote, read := s.usage("Input", *in.Id).Usage, s.usage("Output", *out.Id).Usage
				if wrote.RecordsWritten != 100 || read.RecordsRead != want || wrote.FilesWritten < 1 || wrote.BytesWritten == 0 {
					t.Errorf("round %d: Input wrote %+v, Output read %+v", round, wrote, read)
				}
				if c.option == "job-bookmark-enable" && read.BytesRead != wrote.BytesWritten {
					t.Errorf("round %d: wrote %d bytes, read %d", round, wrote.BytesWritten, read.BytesRead)
				}
			}
			keys, text := s.objects("out", c.option+"/")
			total := 0
			for line := range strings.Lines(text) {
				var r struct{ ID, Charge, State string }
				if err := json.Unmarshal([]byte(line), &r); err != nil || r.ID == "" || !strings.HasPrefix(r.Charge, "$") || r.State == "" {
					t.Fatalf("%q: %v", line, err)
				}
				total++
			}
			want := 0
			for _, n := range c.read {
				want += int(n)
			}
			if total != want || len(keys) < 3 {
				t.Errorf("%d records in %v", total, keys)
			}
			if keys, _ := s.objects("stage", c.option+"/"); !strings.HasSuffix(keys[0], ".gz") {
				t.Errorf("staging is not compressed: %v", keys)
			}
		})
	}
	t.Run("bookmark", func(t *testing.T) {
		b, err := s.glue().GetJobBookmark(t.Context(), &glue.GetJobBookmarkInput{JobName: aws.String("Output")})
		if err != nil || b.JobBookmarkEntry.Run != 3 {
			t.Fatalf("%+v %v", b, err)
		}
		if _, err := s.glue().ResetJobBookmark(t.Context(), &glue.ResetJobBookmarkInput{JobName: aws.String("Output")}); err != nil {
			t.Fatal(err)
		}
		out := s.succeed("Output", map[string]string{"--staging_path": "s3://stage/job-bookmark-enable/", "--output_path": "s3://out/again/", "--job-bookmark-option": "job-bookmark-enable"})
		if u := s.usage("Output", *out.Id).Usage; u.RecordsRead != 300 {
			t.Errorf("after a reset Output read %+v", u)
		}
	})
}

// TestSeed002 runs the script of the subnet selection article.
func TestSeed002(t *testing.T) {
	s := start(t, "")
	s.job("AirflowBlogJob", "glueetl", script(t, "seed002_job.py"))
	run := s.succeed("AirflowBlogJob", nil)
	if out := s.stream(run, "output"); !strings.Contains(out, "The driver node has been assigned the ip: ") {
		t.Errorf("output: %s", out)
	}
}
