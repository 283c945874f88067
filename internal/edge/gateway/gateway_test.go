package gateway

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
	"tenon/internal/driver/blob/file"
	s3driver "tenon/internal/driver/blob/s3"
)

// TestMain fails if a closed gateway leaves a goroutine behind.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.updateServerDate.func1"),    // one for ever
		goleak.IgnoreAnyFunction("github.com/valyala/fasthttp.(*workerPool).Start.func2"), // ends within 10 s of Close
		// Clients of the tests: idle connections end when they notice.
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

// The key pair that every served folder knows.
const (
	testKeyID  = "TENONTESTKEY"
	testSecret = "a-secret-of-tests"
)

// served is a gateway under test.
type served struct {
	*Gateway
	root string
	keys *keys
}

// keys is a set of access keys that changes while it is asked.
type keys struct {
	mu     sync.Mutex
	secret map[string]string
}

// lookup is what the gateway asks.
func (k *keys) lookup(id string) (string, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s, ok := k.secret[id]
	return s, ok
}

// set adds a key, or with "" takes it away.
func (k *keys) set(id, secret string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if delete(k.secret, id); secret != "" {
		k.secret[id] = secret
	}
}

// noXattr pretends a file system without extended attributes.
func noXattr(string) bool { return false }

// serve starts a gateway over a new folder with the suite's buckets.
func serve(t testing.TB, xattrs func(string) bool) served {
	t.Helper()
	root := filepath.Join(t.TempDir(), "s3")
	for _, b := range blobtest.Buckets {
		if err := os.MkdirAll(filepath.Join(root, b), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return serveRoot(t, root, xattrs)
}

// serveRoot starts a gateway over a folder.
func serveRoot(t testing.TB, root string, xattrs func(string) bool) served {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k := &keys{secret: map[string]string{testKeyID: testSecret}}
	g, err := start(Config{
		Listener: ln, Root: root, Sidecar: root + ".meta", Keys: k.lookup, Owner: "123456789012",
		Log: slog.New(slog.NewTextHandler(testLog{t}, nil)),
	}, xattrs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := g.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return served{g, root, k}
}

// testLog fails a test on anything the gateway logs: only its own failures are.
type testLog struct{ t testing.TB }

// Write takes one log line.
func (l testLog) Write(p []byte) (int, error) {
	l.t.Errorf("the gateway logged: %s", p)
	return len(p), nil
}

// storage is blob.Storage over the S3 API of a served folder.
func (s served) storage(t testing.TB, region string) *blob.Storage {
	t.Helper()
	d, err := s3driver.New(t.Context(), s3driver.Config{
		Endpoint: s.Endpoint(), Region: region, AccessKeyID: testKeyID, SecretAccessKey: testSecret,
		Staging: filepath.Join(t.TempDir(), "staging"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return blob.New(d)
}

// folder is blob.Storage over the folder itself, as a worker process uses it.
func (s served) folder(t testing.TB) *blob.Storage {
	t.Helper()
	d, err := file.New(s.root)
	if err != nil {
		t.Fatal(err)
	}
	return blob.New(d)
}

// TestS3Driver is the conformance suite of blob/s3, on this server; and so a
// test of this server, once with extended attributes and once without.
func TestS3Driver(t *testing.T) {
	for name, xattrs := range map[string]func(string) bool{"xattr": supportsXattr, "sidecar": noXattr} {
		t.Run(name, func(t *testing.T) {
			blobtest.Run(t, func(t *testing.T) blob.Driver {
				s := serve(t, xattrs)
				d, err := s3driver.New(t.Context(), s3driver.Config{
					Endpoint: s.Endpoint(), AccessKeyID: testKeyID, SecretAccessKey: testSecret,
					Staging: filepath.Join(t.TempDir(), "staging"),
				})
				if err != nil {
					t.Fatal(err)
				}
				return d
			})
		})
	}
}
