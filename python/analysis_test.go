package python

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tenon/internal/core/spark"
	"tenon/internal/plan"
)

// TestFrames runs tests/frames.py against a worker that analyses and never moves a row: what columns and types frames
// have, and which errors they raise, against recordings of the real PySpark.
func TestFrames(t *testing.T) {
	interpreter, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	dir, err := os.MkdirTemp("", "tenon") // t.TempDir's paths are too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	served := make(chan error, 1)
	go func() {
		served <- (&analyst{frames: map[plan.FrameID]*spark.Rel{}, views: map[string]*spark.Rel{}}).serve(listener)
	}()
	cmd := exec.Command(interpreter, "-B", "-m", "tests.frames", "frames")
	cmd.Env = append(os.Environ(), EnvSocket+"="+path)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("frames: %v\n%s", err, out)
	}
	listener.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// analyst is the analysing half of a worker, and the spark.Catalog of its frames.
type analyst struct {
	frames map[plan.FrameID]*spark.Rel
	views  map[string]*spark.Rel
	ids    spark.AttrID
}

// serve answers one connection to its end.
func (a *analyst) serve(listener net.Listener) error {
	conn, err := listener.Accept()
	if err != nil {
		return nil // the script failed before it spoke
	}
	defer conn.Close()
	for {
		var size [4]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return nil // the script ended
		}
		text := make([]byte, binary.BigEndian.Uint32(size[:]))
		if _, err := io.ReadFull(conn, text); err != nil {
			return err
		}
		var request plan.Request
		if err := json.Unmarshal(text, &request); err != nil {
			return err
		}
		response := plan.Response{ID: request.ID}
		result, err := a.answer(request)
		if err == nil {
			response.Result, err = json.Marshal(result)
		}
		if err != nil && !errors.As(err, &response.Error) {
			response.Error = &plan.Error{Class: plan.ClassInternal, Message: err.Error()}
		}
		if text, err = json.Marshal(response); err != nil {
			return err
		}
		binary.BigEndian.PutUint32(size[:], uint32(len(text)))
		if _, err := conn.Write(append(size[:], text...)); err != nil {
			return err
		}
	}
}

// answer does what one request asks for.
func (a *analyst) answer(request plan.Request) (any, error) {
	switch request.Op {
	case plan.OpHello:
		return plan.HelloReply{Version: plan.Version, JobName: "j", RunID: "jr_1", GlueVersion: "5.0"}, nil
	case plan.OpFrame:
		var node plan.Node
		if err := json.Unmarshal(request.Body, &node); err != nil {
			return nil, err
		}
		rel, err := (&spark.Analyser{Catalog: a}).Node(node)
		if err != nil {
			return nil, err
		}
		id := plan.FrameID(len(a.frames) + 1)
		a.frames[id] = rel
		return plan.FrameReply{Frame: id, Schema: spark.FieldsOf(rel.Schema())}, nil
	case plan.OpView:
		var view plan.View
		if err := json.Unmarshal(request.Body, &view); err != nil {
			return nil, err
		}
		a.views[strings.ToLower(view.Name)] = a.frames[view.Frame]
	case plan.OpDrop: // numbers of dropped frames are not used again; nothing to gain in a test
	default:
		return nil, &plan.Error{Class: plan.ClassUnsupported, Message: string(request.Op)}
	}
	return struct{}{}, nil
}

// Frame finds a frame by its number.
func (a *analyst) Frame(id plan.FrameID) (*spark.Rel, error) {
	if rel := a.frames[id]; rel != nil {
		return rel, nil
	}
	return nil, errors.New("no such frame")
}

// InferJSON refuses: no rows move.
func (a *analyst) InferJSON(*spark.Rel) (spark.Type, error) {
	return spark.Type{}, &plan.Error{Class: plan.ClassUnsupported, Message: "the type of texts"}
}

// CheckText takes every option: no reader of files is here to know them.
func (a *analyst) CheckText(string, spark.Type, map[string]string) error { return nil }

// TextType refuses: no reader of files is here.
func (a *analyst) TextType(string, string, map[string]string) (spark.Type, error) {
	return spark.Type{}, &plan.Error{Class: plan.ClassUnsupported, Message: "the type of a text"}
}

// View finds a view by name.
func (a *analyst) View(name string) *spark.Rel { return a.views[strings.ToLower(name)] }

// Open refuses: there is no storage.
func (a *analyst) Open(plan.Source) (spark.Opened, error) {
	return spark.Opened{}, &plan.Error{Class: plan.ClassUnsupported, Message: "sources"}
}

// Distinct refuses: no rows move.
func (a *analyst) Distinct(*spark.Rel, int) ([]*spark.Expr, error) {
	return nil, &plan.Error{Class: plan.ClassUnsupported, Message: "distinct values"}
}

// Function finds nothing: no script registers any here.
func (a *analyst) Function(string) *plan.Function { return nil }

// Uploaded finds nothing.
func (a *analyst) Uploaded(int64) (spark.Opened, error) {
	return spark.Opened{}, errors.New("no uploads")
}

// Seed is the same every time.
func (a *analyst) Seed() int64 { return 1 }

// NextID counts.
func (a *analyst) NextID() spark.AttrID {
	a.ids++
	return a.ids
}
