package benchmark

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"

	"tenon/internal/client"
)

// EmptyCommand is the subcommand of `tenon bench` that serves nothing.
const EmptyCommand = "empty"

// ServeEmpty is a child process with an empty handler: it reads each request and answers with a fixed number of bytes, through
// net/http and nothing else. What the machine does of that is the limit of any server here, whatever its calls do. It ends when
// its standard input does.
func ServeEmpty(args []string) error {
	fs := flag.NewFlagSet(EmptyCommand, flag.ContinueOnError)
	dir := fs.String("dir", "", "folder of the profile files")
	size := fs.Int("answer", 0, "bytes of an answer")
	if err := fs.Parse(args); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	profile := client.Profile{Endpoint: "http://" + listener.Addr().String(), Region: benchRegion, AccessKey: benchKey, SecretKey: benchSecret}
	if err := profile.Write(*dir); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: emptyHandler(*size)}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, the parent is done
		_ = server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// emptyHandler answers every request with so many bytes.
func emptyHandler(size int) http.HandlerFunc {
	body, length := bytes.Repeat([]byte(" "), size), strconv.Itoa(size)
	return func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(body) // the client is gone, or has it
	}
}

// bare measures what the clients reach where a call costs the server nothing: call is one call, size the bytes of its answer.
func (b *bench) bare(ctx context.Context, size int, call func(*process) error) error {
	dir, remove, err := b.fresh("empty")
	if err != nil {
		return err
	}
	defer remove()
	args := []string{"bench", EmptyCommand, "-dir", dir, "-answer", fmt.Sprint(size)}
	return b.withChild(ctx, dir, args, func(p *process) error {
		cost := ""
		columns, err := b.repeated(func() ([]float64, error) {
			l, err := p.drive(ctx, b.seconds, 0, func() error { return call(p) })
			if err != nil {
				return nil, err
			}
			cost = l.cost()
			return []float64{l.rate()}, nil
		})
		if err != nil {
			return err
		}
		b.report.add("an empty handler, the same clients", columns[0], "/s", "", cost)
		return nil
	})
}
