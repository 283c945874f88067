package worker

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tenon/internal/attempt"
	"tenon/python"
)

// Names of the folders in an attempt's scratch folder.
const (
	dirWork   = "work" // the script's working directory: the script itself and --extra-files
	dirLib    = "lib"  // --extra-py-files
	dirHome   = "home"
	dirTmp    = "tmp"
	dirAWS    = "aws"    // the private configuration of the AWS SDKs
	dirEngine = "engine" // what the engine spills
)

// jobID is the value of --JOB_ID: j_ and 64 hex digits, the same for every run of a job.
func jobID(s attempt.Spec) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{s.Account, s.Region, s.Job}, "\x00")))
	return "j_" + hex.EncodeToString(sum[:])
}

// newToken makes the secret by which the script's process shows the worker that it is the script's.
func newToken() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// awsConfig is the configuration that the AWS SDKs in a script read. Path style, because a bucket's name is no host's
// on a loopback endpoint.
const awsConfig = `[default]
region = %s
s3 =
    addressing_style = path
`

// writeAWSFiles writes the private configuration files into the scratch folder.
func (w *worker) writeAWSFiles() error {
	dir := w.scratch(dirAWS)
	for name, text := range map[string]string{"config": fmt.Sprintf(awsConfig, w.spec.Region), "credentials": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
	}
	return nil
}

// environment is all that the script's process finds in its environment: nothing of the plane's own, but what the spec
// names in PassEnv. Later entries win.
func (w *worker) environment(f files) ([]string, error) {
	s := w.spec
	env := []string{}
	for _, name := range s.PassEnv {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	custom, err := customerVariables(s.Arguments[customerEnv])
	if err != nil {
		return nil, err
	}
	env = append(env, custom...)
	env = append(env,
		"PATH="+filepath.Dir(s.Python)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"HOME="+w.scratch(dirHome),
		"TMPDIR="+w.scratch(dirTmp),
		"LANG=C.UTF-8",
		"TZ=UTC",
		"PYTHONUNBUFFERED=1",
		// The shim's compiled files lie beside it; the script's own would only be thrown away with the scratch folder.
		"PYTHONDONTWRITEBYTECODE=1",
		"PYTHONPATH="+strings.Join(append([]string{s.ShimDir}, f.pyFiles...), string(os.PathListSeparator)), // for its own children
		python.EnvExtraPyFiles+"="+strings.Join(f.pyFiles, string(os.PathListSeparator)),
		python.EnvErrorFile+"="+w.scratch(attempt.FileError),
		attempt.EnvMark+"="+string(w.dir),
		"AWS_ACCESS_KEY_ID="+s.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY="+s.SecretKey,
		"AWS_REGION="+s.Region,
		"AWS_DEFAULT_REGION="+s.Region,
		"AWS_ENDPOINT_URL="+s.Endpoint,
		"AWS_ENDPOINT_URL_S3="+s.S3Endpoint,
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+filepath.Join(w.scratch(dirAWS), "config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(w.scratch(dirAWS), "credentials"),
	)
	if s.Address != "" {
		env = append(env, python.EnvAddress+"="+s.Address)
	}
	if w.isETL() {
		env = append(env, python.EnvSocket+"="+w.engineSocket(), python.EnvToken+"="+w.token)
	}
	return env, nil
}
