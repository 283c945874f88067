package format

import (
	"fmt"
	"path"
	"strings"
	"time"

	"tenon/internal/core/spark"
	"tenon/internal/driver/engine/relation"
)

// wholeBlock is the size, in bytes, up to which Spark reads a file as one block whatever its settings and processors are
// (spark.sql.files.openCostInBytes); how it cuts a longer one depends on them.
const wholeBlock = 4 << 20

// metadataLiteral is what _metadata has of a file, as SQL. The number of the row is not known, nor are blocks of long files.
func metadataLiteral(in input) string {
	uri := fileURI(in)
	if local, ok := strings.CutPrefix(uri, "file:///"); ok {
		uri = "file:/" + local
	}
	return fmt.Sprintf("CAST({'file_path': %s, 'file_name': %s, 'file_size': %d, 'file_block_start': 0, 'file_block_length': %d, "+
		"'file_modification_time': TIMESTAMP '%s'} AS %s)", relation.Literal(uri), relation.Literal(path.Base(uri)), in.Bytes, in.Bytes,
		in.ModTime.UTC().Truncate(time.Millisecond).Format("2006-01-02 15:04:05.000"), relation.DuckType(spark.FileMetadata(false)))
}

// withMetadata adds to a source of spark.read what it knows of the hidden column _metadata.
func withMetadata(o relation.Opened, s *source, parquet bool) relation.Opened {
	o.Hidden = spark.FileMetadata(parquet)
	if parquet {
		o.Unknown = append(o.Unknown, "row_index")
	}
	for _, in := range s.listed {
		if in.Bytes > wholeBlock {
			o.Unknown = append(o.Unknown, "file_block_start", "file_block_length")
			break
		}
	}
	return o
}
