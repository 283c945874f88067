package mem_test

import (
	"testing"

	"tenon/internal/driver/blob"
	"tenon/internal/driver/blob/blobtest"
	"tenon/internal/driver/blob/mem"
)

func TestDriver(t *testing.T) {
	blobtest.Run(t, func(t *testing.T) blob.Driver { return mem.New(t.TempDir(), blobtest.Buckets...) })
}
