package plane

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tenon/internal/driver/store"
)

// refuseLostStore refuses to begin anew where a Tenon has been: beside its seal and its attempts an SQLite file that is
// missing or empty was lost, and a fresh one would deny every job and run without a word.
func refuseLostStore(cfg Config) error {
	if cfg.Store != "sqlite" {
		return nil
	}
	db := filepath.Join(cfg.DataDir, store.FileName)
	what := "is empty"
	switch info, err := os.Stat(db); {
	case errors.Is(err, fs.ErrNotExist):
		what = "is missing"
	case err != nil:
		return fmt.Errorf("plane: %w", err)
	case info.Size() > 0:
		return nil
	}
	seal, attempts := filepath.Join(cfg.DataDir, fileSeal), filepath.Join(cfg.DataDir, dirAttempts)
	for _, path := range []string{seal, attempts} {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return nil
		} else if err != nil {
			return fmt.Errorf("plane: %w", err)
		}
	}
	return fmt.Errorf("plane: %s %s, but %s and %s are there: restore it from a backup, or remove these two to begin anew", db, what, seal, attempts)
}
