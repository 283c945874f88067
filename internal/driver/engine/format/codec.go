package format

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	bzip2writer "github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// A codec compresses text as one of Hadoop's does. A compressed text may consist of several parts, one after the other:
// every codec here reads that as one text, and so do Hadoop's.
type codec struct {
	name      string   // as Spark's option compression has it
	extension string   // that names of files end in
	class     string   // Hadoop's class, in lower case, without its package
	aliases   []string // what else the script may say
	read      func(io.Reader) (io.Reader, error)
	write     func(block []byte) ([]byte, error) // one part
}

// codecs are all that there are. Source: CompressionCodecFactory of Hadoop 3.3, CompressionCodecs of Spark 3.5.
var codecs = []codec{
	{"gzip", ".gz", "gzipcodec", []string{"gz"}, readGzip, writeGzip},
	{"bzip2", ".bz2", "bzip2codec", []string{"bzip"}, readBzip2, writeBzip2},
	{"deflate", ".deflate", "defaultcodec", []string{"deflatecodec"}, readDeflate, writeDeflate},
	{"snappy", ".snappy", "snappycodec", nil, readSnappy, writeSnappy},
	{"lz4", ".lz4", "lz4codec", nil, readLZ4, writeLZ4},
	{"zstd", ".zst", "zstandardcodec", []string{"zstandard"}, readZstd, writeZstd},
}

// hadoopCodecs is the package of Hadoop's codecs.
const hadoopCodecs = "org.apache.hadoop.io.compress."

// findCodec finds a codec by its name, an alias or its class, whatever the case; nil if there is none.
func findCodec(name string) *codec {
	name = strings.ToLower(name)
	class, isClass := strings.CutPrefix(name, hadoopCodecs)
	for i := range codecs {
		c := &codecs[i]
		if isClass && (class == c.class || c.name == "deflate" && class == "deflatecodec") || c.name == name {
			return c
		}
		for _, a := range c.aliases {
			if a == name {
				return c
			}
		}
	}
	return nil
}

// codecOf is the codec of a file: the one given or, without one, what the ending of the file's name says; nil for none.
// What ends as one of the codecs that are not there is an error.
func codecOf(given, name string) (*codec, error) {
	if given != "" && given != "none" {
		if c := findCodec(given); c != nil {
			return c, nil
		}
	}
	ext := path.Ext(name)
	for i := range codecs {
		if codecs[i].extension == ext {
			return &codecs[i], nil
		}
	}
	switch ext {
	case ".xz", ".lzo", ".lzo_deflate", ".zip", ".7z", ".rar", ".Z":
		return nil, unsupported("reading files compressed by %s", ext[1:])
	}
	return nil, nil
}

// compressed reports whether a file's text has to be decompressed, or cannot be.
func compressed(given, name string) bool {
	c, err := codecOf(given, name)
	return c != nil || err != nil
}

// readGzip reads gzip, of several members too.
func readGzip(r io.Reader) (io.Reader, error) {
	z, err := gzip.NewReader(bufio.NewReaderSize(r, readBuffer))
	if err != nil {
		return nil, fmt.Errorf("not gzip: %w", err)
	}
	return z, nil
}

// readBzip2 reads bzip2.
func readBzip2(r io.Reader) (io.Reader, error) {
	return bzip2.NewReader(bufio.NewReaderSize(r, readBuffer)), nil
}

// maxZstdWindow bounds the memory that a zstd file may ask for.
const maxZstdWindow = 1 << 30

// readZstd reads zstd.
func readZstd(r io.Reader) (io.Reader, error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxZstdWindow))
	if err != nil {
		return nil, fmt.Errorf("not zstd: %w", err)
	}
	return z, nil
}

// zlibReader reads zlib streams one after the other.
type zlibReader struct {
	in *bufio.Reader
	z  io.ReadCloser
}

// readDeflate reads what Hadoop calls deflate: zlib.
func readDeflate(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, readBuffer)
	z, err := zlib.NewReader(in)
	if err != nil {
		return nil, fmt.Errorf("not deflate: %w", err)
	}
	return &zlibReader{in, z}, nil
}

// Read goes on with the next stream where one ends.
func (d *zlibReader) Read(p []byte) (int, error) {
	n, err := d.z.Read(p)
	if err != io.EOF {
		return n, err
	}
	if _, end := d.in.Peek(1); end != nil {
		return n, err
	}
	return n, d.z.(zlib.Resetter).Reset(d.in, nil)
}

// hadoopChunk is how much text goes into a block of Hadoop's framing: what its readers always have room for.
const hadoopChunk = 128 << 10

// maxHadoopBlock bounds what a block of Hadoop's framing may claim to hold, in bytes.
const maxHadoopBlock = 1 << 30

// hadoopReader undoes Hadoop's framing of snappy and lz4: blocks, each its length in clear, then chunks, each the length
// of what is compressed and that itself, until the block is full. Lengths are four bytes, the highest first.
type hadoopReader struct {
	in     *bufio.Reader
	name   string
	expand func(dst, src []byte, room int) ([]byte, error) // one chunk, of at most room bytes in clear
	left   int                                             // of the block, in clear
	packed []byte
	clear  []byte
	rest   []byte // of clear
}

// Read reads a chunk at a time.
func (h *hadoopReader) Read(p []byte) (int, error) {
	for len(h.rest) == 0 {
		if err := h.chunk(); err != nil {
			return 0, err
		}
	}
	n := copy(p, h.rest)
	h.rest = h.rest[n:]
	return n, nil
}

// chunk expands the next chunk; io.EOF where the text ends between two blocks.
func (h *hadoopReader) chunk() error {
	for h.left == 0 {
		n, err := h.length()
		if err != nil {
			return err
		}
		h.left = n
	}
	n, err := h.length()
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if cap(h.packed) < n {
		h.packed = make([]byte, n)
	}
	h.packed = h.packed[:n]
	if _, err := io.ReadFull(h.in, h.packed); err != nil {
		return fmt.Errorf("%s: %w", h.name, io.ErrUnexpectedEOF)
	}
	if h.clear, err = h.expand(h.clear, h.packed, h.left); err != nil {
		return fmt.Errorf("not %s: %w", h.name, err)
	}
	h.rest = h.clear
	if h.left -= len(h.clear); h.left < 0 || len(h.clear) == 0 {
		return fmt.Errorf("not %s: a chunk of %d bytes does not fit its block", h.name, len(h.clear))
	}
	return nil
}

// length reads a length.
func (h *hadoopReader) length() (int, error) {
	var b [4]byte
	if _, err := io.ReadFull(h.in, b[:]); err != nil {
		return 0, err
	}
	n := binary.BigEndian.Uint32(b[:])
	if n > maxHadoopBlock {
		return 0, fmt.Errorf("not %s as Hadoop writes it: a block of %d bytes", h.name, n)
	}
	return int(n), nil
}

// readSnappy reads snappy in Hadoop's framing.
func readSnappy(r io.Reader) (io.Reader, error) {
	return &hadoopReader{in: bufio.NewReaderSize(r, readBuffer), name: "snappy", expand: func(dst, src []byte, room int) ([]byte, error) {
		n, err := snappy.DecodedLen(src)
		if err != nil || n > room {
			return nil, errors.Join(err, fmt.Errorf("a chunk of %d bytes in a block that has room for %d", n, room))
		}
		return snappy.Decode(dst[:cap(dst)], src)
	}}, nil
}

// readLZ4 reads lz4 in Hadoop's framing.
func readLZ4(r io.Reader) (io.Reader, error) {
	return &hadoopReader{in: bufio.NewReaderSize(r, readBuffer), name: "lz4", expand: func(dst, src []byte, room int) ([]byte, error) {
		if cap(dst) < room {
			dst = make([]byte, room)
		}
		n, err := lz4.UncompressBlock(src, dst[:room])
		return dst[:n], err
	}}, nil
}

// hadoopBlocks writes a text in Hadoop's framing, a chunk in each block.
func hadoopBlocks(block []byte, shrink func(dst, chunk []byte) ([]byte, error)) ([]byte, error) {
	var out, packed []byte
	for len(block) > 0 {
		chunk := block[:min(len(block), hadoopChunk)]
		block = block[len(chunk):]
		var err error
		if packed, err = shrink(packed[:cap(packed)], chunk); err != nil {
			return nil, fmt.Errorf("format: compress: %w", err)
		}
		out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)))
		out = binary.BigEndian.AppendUint32(out, uint32(len(packed)))
		out = append(out, packed...)
	}
	return out, nil
}

// writeSnappy compresses a part.
func writeSnappy(block []byte) ([]byte, error) {
	return hadoopBlocks(block, func(dst, chunk []byte) ([]byte, error) { return snappy.Encode(dst, chunk), nil })
}

// writeLZ4 compresses a part.
func writeLZ4(block []byte) ([]byte, error) {
	var c lz4.Compressor
	return hadoopBlocks(block, func(dst, chunk []byte) ([]byte, error) {
		if n := lz4.CompressBlockBound(len(chunk)); len(dst) < n {
			dst = make([]byte, n)
		}
		n, err := c.CompressBlock(chunk, dst)
		return dst[:n], err
	})
}

// gzipLevel is Spark's own: 6 is zlib's default.
const gzipLevel = 6

// gzipWriters are compressors between two blocks: each holds tables of a megabyte, which cost much to make.
var gzipWriters sync.Pool

// writeGzip makes one member.
func writeGzip(block []byte) ([]byte, error) {
	var used *gzip.Writer
	packed, err := pack(block, func(w io.Writer) (io.WriteCloser, error) {
		var ok bool
		var err error
		if used, ok = gzipWriters.Get().(*gzip.Writer); ok {
			used.Reset(w)
		} else {
			used, err = gzip.NewWriterLevel(w, gzipLevel)
		}
		return used, err
	})
	if err == nil {
		gzipWriters.Put(used)
	}
	return packed, err
}

// writeDeflate makes one zlib stream.
func writeDeflate(block []byte) ([]byte, error) {
	return pack(block, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriterLevel(w, gzipLevel) })
}

// writeBzip2 makes one bzip2 stream.
func writeBzip2(block []byte) ([]byte, error) {
	return pack(block, func(w io.Writer) (io.WriteCloser, error) { return bzip2writer.NewWriter(w, nil) })
}

// writeZstd makes one frame.
func writeZstd(block []byte) ([]byte, error) {
	return pack(block, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) })
}

// pack runs a block through a compressor.
func pack(block []byte, compressor func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(len(block) / 4)
	z, err := compressor(&b)
	if err != nil {
		return nil, fmt.Errorf("format: compress: %w", err)
	}
	if _, err := z.Write(block); err != nil {
		return nil, fmt.Errorf("format: compress: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("format: compress: %w", err)
	}
	return b.Bytes(), nil
}
