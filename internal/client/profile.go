package client

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tenon/internal/sigv4"
)

// Files that a Tenon writes into its data directory for AWS clients, and the profile in them.
const (
	ProfileName     = "tenon"
	ConfigFile      = "aws/config"      // AWS_CONFIG_FILE
	CredentialsFile = "aws/credentials" // AWS_SHARED_CREDENTIALS_FILE, mode 0600
)

// Profile is what the profile files say.
type Profile struct {
	Endpoint   string
	S3Endpoint string
	Region     string
	AccessKey  string
	SecretKey  string // empty: the key was given from outside and its secret is not written down
}

// Write stores p under dataDir, so that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE with AWS_PROFILE=tenon are all
// that a client needs.
func (p Profile) Write(dataDir string) error {
	config := fmt.Sprintf("[profile %s]\nregion = %s\nendpoint_url = %s\nservices = tenon-services\ns3 =\n  addressing_style = path\n\n"+
		"[services tenon-services]\ns3 =\n  endpoint_url = %s\n", ProfileName, p.Region, p.Endpoint, p.S3Endpoint)
	if err := writeAside(filepath.Join(dataDir, ConfigFile), config, 0o644); err != nil {
		return err
	}
	credentials := fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", ProfileName, p.AccessKey, p.SecretKey)
	if p.SecretKey == "" {
		credentials = fmt.Sprintf("# The secret of %s was given to Tenon from outside and is not written down.\n", p.AccessKey)
	}
	return writeAside(filepath.Join(dataDir, CredentialsFile), credentials, 0o600)
}

// writeAside replaces a file as a whole.
func writeAside(path, text string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, []byte(text), mode); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if err := os.Chmod(tmp, mode); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		return fmt.Errorf("profile: %w", err)
	}
	return nil
}

// ReadProfile reads what Write wrote.
func ReadProfile(dataDir string) (Profile, error) {
	config, err := readINI(filepath.Join(dataDir, ConfigFile))
	if err != nil {
		return Profile{}, err
	}
	credentials, err := readINI(filepath.Join(dataDir, CredentialsFile))
	if err != nil {
		return Profile{}, err
	}
	main, services, keys := config["profile "+ProfileName], config["services tenon-services"], credentials[ProfileName]
	return Profile{Endpoint: main["endpoint_url"], Region: main["region"], S3Endpoint: services["s3.endpoint_url"],
		AccessKey: keys["aws_access_key_id"], SecretKey: keys["aws_secret_access_key"]}, nil
}

// readINI reads the sections of an AWS profile file; a nested key is outer.inner.
func readINI(path string) (map[string]map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	defer f.Close()
	sections, section, outer := map[string]map[string]string{}, map[string]string{}, ""
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := lines.Text()
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed[0] == '[':
			section, outer = map[string]string{}, ""
			sections[strings.Trim(trimmed, "[]")] = section
		default:
			key, value, _ := strings.Cut(trimmed, "=")
			key, value = strings.TrimSpace(key), strings.TrimSpace(value)
			nested := line[0] == ' ' || line[0] == '\t'
			if !nested {
				outer = ""
			}
			if !nested && value == "" {
				outer = key + "."
				continue
			}
			section[outer+key] = value
		}
	}
	return sections, lines.Err()
}

// SignWith gives the credentials of p.
func (p Profile) SignWith() sigv4.Credentials {
	return sigv4.Credentials{AccessKeyID: p.AccessKey, SecretAccessKey: p.SecretKey}
}
