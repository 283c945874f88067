package verify

import (
	"bufio"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxExamples bounds the differences that are told of one output.
const maxExamples = 5

// maxLine is the longest line, in bytes.
const maxLine = 64 << 20

// tally counts lines by their hash: 16 bytes a different line, so that large outputs can be compared.
type tally struct {
	seed   maphash.Seed
	counts map[uint64]int64
	lines  int64
}

// compareLines compares the lines of both sides' files as multisets, since nobody promises an order of rows. A line that
// begins every file of both sides is a header, which each file repeats: where the sides have different numbers of files
// it does not count.
func compareLines(ctx context.Context, files [2][]string) (rows [2]int64, differences []string, err error) {
	differences = []string{}
	headers := len(files[0]) != len(files[1])
	var first [2]string
	for side := range files {
		for i, name := range files[side] {
			line, err := firstLine(name)
			if err != nil {
				return rows, nil, err
			}
			if i > 0 && line != first[side] {
				headers = false
			}
			first[side] = line
		}
	}
	headers = headers && first[0] == first[1]
	t := tally{seed: maphash.MakeSeed(), counts: map[uint64]int64{}}
	for side, sign := range []int64{1, -1} {
		t.lines = 0
		if err := eachLine(ctx, files[side], headers, func(line []byte) bool {
			t.lines++
			t.counts[maphash.Bytes(t.seed, line)] += sign
			return true
		}); err != nil {
			return rows, nil, err
		}
		rows[side] = t.lines
	}
	for side, name := range []string{"only the embedded engine: ", "only Spark: "} {
		told := 0
		sign := int64(1 - 2*side)
		err := eachLine(ctx, files[side], headers, func(line []byte) bool {
			hash := maphash.Bytes(t.seed, line)
			if t.counts[hash]*sign <= 0 {
				return true
			}
			t.counts[hash] -= sign
			differences = append(differences, name+string(line))
			told++
			return told < maxExamples
		})
		if err != nil {
			return rows, nil, err
		}
	}
	return rows, differences, nil
}

// firstLine reads the first line of a file.
func firstLine(name string) (line string, err error) {
	err = eachLine(context.Background(), []string{name}, false, func(b []byte) bool {
		line = string(b)
		return false
	})
	return line, err
}

// eachLine calls f for the lines of files, without the first of each where they have headers, until f returns false.
func eachLine(ctx context.Context, files []string, headers bool, f func([]byte) bool) error {
	for _, name := range files {
		more, err := linesOf(ctx, name, headers, f)
		if err != nil || !more {
			return err
		}
	}
	return nil
}

// linesOf calls f for the lines of one file; more is false where f returned false.
func linesOf(ctx context.Context, name string, header bool, f func([]byte) bool) (more bool, err error) {
	file, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer file.Close()
	plain, err := decompress(file, name)
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	scan := bufio.NewScanner(plain)
	scan.Buffer(make([]byte, 64<<10), maxLine)
	for first := true; scan.Scan(); first = false {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if first && header {
			continue
		}
		if !f(scan.Bytes()) {
			return false, nil
		}
	}
	if err := scan.Err(); err != nil {
		return false, fmt.Errorf("%s: %w", name, err)
	}
	return true, nil
}

// errCodec refuses files that the comparison cannot open.
var errCodec = errors.New("files of this compression cannot be compared")

// decompress opens a file's text by its name.
func decompress(r io.Reader, name string) (io.Reader, error) {
	switch {
	case strings.HasSuffix(name, ".gz"):
		return gzip.NewReader(r)
	case strings.HasSuffix(name, ".bz2"):
		return bzip2.NewReader(r), nil
	case strings.HasSuffix(name, ".zst"):
		return zstd.NewReader(r)
	case strings.HasSuffix(name, ".snappy"), strings.HasSuffix(name, ".lz4"), strings.HasSuffix(name, ".deflate"):
		return nil, errCodec
	}
	return r, nil
}
