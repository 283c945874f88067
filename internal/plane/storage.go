package plane

import (
	"context"
	"encoding"
	"fmt"
	"net/url"

	"go.yaml.in/yaml/v3"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/file"
	"tenon/internal/driver/blob/s3"
	"tenon/internal/edge/gateway"
)

// S3 is the key s3: of a tenon.yaml. Where it stands, s3:// is that S3, reached through the plane's gateway; where it does
// not, s3:// is a folder, whatever the environment says.
type S3 struct {
	Endpoint        string `yaml:"endpoint"` // base URL; empty is AWS's own of the region
	Region          string `yaml:"region"`
	AccessKeyID     string `yaml:"access_key_id"`
	SecretAccessKey Secret `yaml:"secret_access_key"`
	Profile         string `yaml:"profile"`    // of the AWS files in the home of the server's user
	Ambient         bool   `yaml:"ambient"`    // whatever credentials the AWS SDK finds by itself
	PathStyle       *bool  `yaml:"path_style"` // nil: if there is an endpoint
}

// The variables that may hold the key pair, so that no secret must stand in the file. They say nothing without s3:.
const (
	envS3AccessKey = "TENON_S3_ACCESS_KEY_ID"
	envS3SecretKey = "TENON_S3_SECRET_ACCESS_KEY"
)

// Secret is a text that is never shown: every way to print it gives three stars.
type Secret string

var (
	_ fmt.Stringer           = Secret("")
	_ encoding.TextMarshaler = Secret("")
)

// String hides the text.
func (Secret) String() string { return "***" }

// GoString hides the text from %#v.
func (Secret) GoString() string { return "***" }

// MarshalText hides the text from JSON, YAML and slog.
func (Secret) MarshalText() ([]byte, error) { return []byte("***"), nil }

// withDefaults fills what is absent, the key pair from the environment if nothing else gives credentials.
func (s S3) withDefaults(env func(string) string) S3 {
	s.Region = or(s.Region, "us-east-1")
	if s.AccessKeyID == "" && s.SecretAccessKey == "" && s.Profile == "" && !s.Ambient {
		s.AccessKeyID, s.SecretAccessKey = env(envS3AccessKey), Secret(env(envS3SecretKey))
	}
	return s
}

// validate refuses what cannot work, naming the key.
func (s S3) validate() error {
	if s.Endpoint != "" {
		u, err := url.Parse(s.Endpoint)
		switch {
		case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
			return refuse("s3.endpoint", "not a URL such as https://s3.example.com:9000")
		case u.User != nil:
			return refuse("s3.endpoint", "holds a user or password; give access_key_id and secret_access_key")
		case u.RawQuery != "" || u.Fragment != "":
			return refuse("s3.endpoint", "holds a query or fragment")
		}
	}
	ways := 0
	for _, way := range []bool{s.AccessKeyID != "" || s.SecretAccessKey != "", s.Profile != "", s.Ambient} {
		if way {
			ways++
		}
	}
	switch {
	case (s.AccessKeyID == "") != (s.SecretAccessKey == ""):
		return refuse("s3", "access_key_id and secret_access_key (or %s and %s) are set together or not at all", envS3AccessKey, envS3SecretKey)
	case ways == 0:
		return refuse("s3", "no credentials: give access_key_id and secret_access_key (or set %s and %s), or profile, or ambient: true",
			envS3AccessKey, envS3SecretKey)
	case ways > 1:
		return refuse("s3", "give a key pair, profile or ambient, not several of them")
	}
	return nil
}

// Where says in words where data goes and as whom, for logs and people. It tells no secret.
func (s S3) Where() string {
	where, as := "AWS S3", "access key "+s.AccessKeyID
	if s.Endpoint != "" {
		where = s.Endpoint
	}
	switch {
	case s.Profile != "":
		as = "profile " + s.Profile
	case s.Ambient:
		as = "ambient credentials"
	}
	return fmt.Sprintf("%s, region %s, %s", where, s.Region, as)
}

// client is what the S3 driver is told.
func (s S3) client() s3.Config {
	return s3.Config{
		Endpoint: s.Endpoint, Region: s.Region, PathStyle: s.PathStyle,
		AccessKeyID: s.AccessKeyID, SecretAccessKey: string(s.SecretAccessKey), Profile: s.Profile, Ambient: s.Ambient,
	}
}

// refuseEmptyS3 refuses a key s3: that says nothing: it reads as null, which is not to be told from its absence.
func refuseEmptyS3(doc *yaml.Node) error {
	if n := lookUp(doc, []string{"s3"}); n != nil && n.ShortTag() == "!!null" {
		return refuse("s3", "says nothing; give its keys, or leave it out to store in the data directory")
	}
	return nil
}

// CheckStorage asks the configured S3 for its buckets, with the configured credentials; without one it does nothing.
// Credentials that may not list buckets can still be good, so a refusal of that alone is no error.
func CheckStorage(ctx context.Context, cfg Config) error {
	if cfg.S3 == nil {
		return nil
	}
	return s3.Probe(ctx, cfg.S3.client())
}

// storage is what s3:// stands for: a folder, or another S3. Its parts agree on that.
type storage struct {
	driver  blob.Driver    // for the plane itself, which finishes the output of dead workers
	gateway gateway.Config // all but listener, keys, owner and log
	root    string         // the folder, for workers; empty with another S3
	staging string         // where workers make output, with another S3
}

// openStorage opens it. It calls nobody yet.
func (p *Plane) openStorage(ctx context.Context) (s storage, err error) {
	if p.cfg.S3 == nil {
		s.root = p.path(DirStorage)
		s.gateway = gateway.Config{Root: s.root, Sidecar: p.path(dirSidecar)}
		s.driver, err = file.New(s.root)
		return s, err
	}
	s.staging = p.path(dirStaging)
	cfg := p.cfg.S3.client()
	cfg.Staging = s.staging
	if s.driver, err = s3.New(ctx, cfg); err != nil {
		return s, err
	}
	s.gateway = gateway.Config{Spool: p.path(dirSpool)}
	s.gateway.Upstream, err = s3.NewClient(ctx, cfg)
	return s, err
}
