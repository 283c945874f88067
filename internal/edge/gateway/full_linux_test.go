package gateway

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"golang.org/x/sys/unix"
)

// TestFullDisk: on a full disk an upload is refused by that name, leaves
// nothing behind, and reading goes on.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("cannot mount a small file system to fill: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	root := filepath.Join(dir, "s3")
	if err := os.MkdirAll(filepath.Join(root, "lake"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Run("served", func(t *testing.T) { // the server ends before the unmount
		s := serveRoot(t, root, supportsXattr)
		c := s.sdk()
		put(t, c, "before", strings.Repeat("x", 1<<20))
		for _, key := range []string{"too-big", "before"} {
			_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String("lake"), Key: &key, Body: strings.NewReader(strings.Repeat("y", 6<<20)),
			})
			wantCode(t, "put on a full disk", err, "InsufficientStorage")
		}
		list, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("lake")})
		if err != nil || len(list.Contents) != 1 {
			t.Errorf("list: %+v %v", list, err)
		}
		body, _ := get(t, c, "before")
		want(t, "old content", len(body), 1<<20)
		put(t, c, "after", strings.Repeat("z", 1<<20))
	})
}
