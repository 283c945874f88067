package engine

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"tenon/internal/plan"
)

// doubling is a frame of n numbers beside what function 1 of process 7 makes of them.
func doubling(n int64) plan.Node {
	id := plan.Expr{Kind: plan.ExprColumn, Name: "id"}
	f := &plan.Function{Process: 7, Number: 1, Type: "bigint"}
	return plan.Node{Kind: plan.NodeProject, Inputs: []plan.Node{{Kind: plan.NodeRange, End: n, Step: 1}},
		Exprs: []plan.Expr{id, {Kind: plan.ExprPython, Name: "double", Function: f, Args: []plan.Expr{id}}}}
}

// scriptHello opens a connection as process 7.
func scriptHello(t *testing.T, c *client) *client {
	t.Helper()
	if err := c.call(plan.OpHello, plan.Hello{Version: plan.Version, Token: "secret", PID: 7}, nil); err != nil {
		t.Fatal(err)
	}
	return c
}

// send writes a request without waiting for its answer.
func (c *client) send(op plan.Op, body any) {
	c.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	if op != plan.OpReturn {
		c.id++
	}
	if err := writeMessage(c.conn, plan.Request{ID: c.id, Op: op, Body: raw}); err != nil {
		c.t.Fatal(err)
	}
}

// receive reads the next message.
func (c *client) receive() plan.Response {
	c.t.Helper()
	var resp plan.Response
	if err := readMessage(c.conn, &resp); err != nil {
		c.t.Fatal(err)
	}
	return resp
}

// TestServeCallsFunctions plays a script: it answers the calls of a collect, in batches, and reads the rows batch by
// batch; then it raises, and then it answers with too little.
func TestServeCallsFunctions(t *testing.T) {
	c := scriptHello(t, serveTest(t, &recorder{})())
	var frame plan.FrameReply
	if err := c.call(plan.OpFrame, doubling(50_000), &frame); err != nil {
		t.Fatal(err)
	}
	if got := frame.Schema[1].Name; got != "double(id)" {
		t.Errorf("the column is called %s", got)
	}
	c.send(plan.OpCollect, plan.Collect{Frame: frame.Frame, Limit: -1})
	calls := 0
	resp := c.receive()
	for ; resp.Call != nil; resp = c.receive() {
		calls++
		if resp.Call.Rows > plan.BatchRows || resp.Call.Function != 1 || resp.Call.Types[0] != "bigint" {
			t.Fatalf("call of %d with %d rows of %v", resp.Call.Function, resp.Call.Rows, resp.Call.Types)
		}
		var out plan.Returned
		var ids plan.Cells
		if err := json.Unmarshal(resp.Call.Columns[0], &ids); err != nil || len(ids) != resp.Call.Rows {
			t.Fatalf("%d arguments for %d rows, %v", len(ids), resp.Call.Rows, err)
		}
		for _, id := range ids {
			out.Cells = append(out.Cells, json.RawMessage("1"+string(id)))
		}
		c.send(plan.OpReturn, out)
	}
	total, batches := 0, 0
	for more := true; more; batches++ {
		var rows plan.Rows
		if err := json.Unmarshal(resp.Result, &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows.Rows {
			if want := fmt.Sprintf("1%d", total); string(row[1]) != want {
				t.Fatalf("row %d has %s", total, row[1])
			}
			total++
		}
		if more = rows.Cursor != 0; more {
			c.send(plan.OpFetch, plan.Fetch{Cursor: rows.Cursor})
			resp = c.receive()
		}
	}
	if total != 50_000 || calls != 3 || batches != 3 {
		t.Errorf("%d rows after %d calls in %d batches", total, calls, batches)
	}
	for name, out := range map[string]plan.Returned{
		"PythonException":      {Error: &plan.Error{Class: plan.ClassPython, Message: "ZeroDivisionError"}},
		"TenonInternalError":   {Cells: []json.RawMessage{json.RawMessage("1")}},
		"UnsupportedOperation": {Error: &plan.Error{Class: plan.ClassUnsupported, Message: "no"}},
	} {
		c.send(plan.OpShow, plan.Show{Frame: frame.Frame, N: 5, Truncate: 20})
		if resp := c.receive(); resp.Call == nil || resp.Call.Rows != 6 {
			t.Fatalf("show(5) asked for %+v", resp)
		}
		c.send(plan.OpReturn, out)
		if resp := c.receive(); resp.Error == nil || string(resp.Error.Class) != name {
			t.Errorf("%s became %+v", name, resp)
		}
	}
	var count plan.Count
	if err := c.call(plan.OpCount, plan.FrameRef{Frame: frame.Frame}, &count); err != nil || count.Count != 50_000 {
		t.Errorf("count %d, %v: it needs no call", count.Count, err)
	}
}

// TestFunctionsEndWithTheScript: a script that goes away inside a function ends the request, and nothing is left.
func TestFunctionsEndWithTheScript(t *testing.T) {
	dial := serveTest(t, &recorder{})
	c := scriptHello(t, dial())
	var frame plan.FrameReply
	if err := c.call(plan.OpFrame, doubling(10), &frame); err != nil {
		t.Fatal(err)
	}
	c.send(plan.OpCollect, plan.Collect{Frame: frame.Frame, Limit: -1})
	if resp := c.receive(); resp.Call == nil {
		t.Fatalf("%+v", resp)
	}
	if err := c.conn.Close(); err != nil {
		t.Fatal(err)
	}
	other := scriptHello(t, dial())
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		var tables plan.FrameReply
		if err := other.call(plan.OpFrame, sqlNode("select 1"), &tables); err == nil {
			return
		}
	}
	t.Error("the engine does not go on")
}

// TestUploads sends rows in batches and uses them as one frame.
func TestUploads(t *testing.T) {
	c := scriptHello(t, serveTest(t, &recorder{})())
	schema := []plan.Field{{Name: "n", Type: "int", Nullable: true}, {Name: "m", Type: "map<string,int>", Nullable: true}}
	var up plan.Uploaded
	for i := range 3 {
		row := []json.RawMessage{json.RawMessage(fmt.Sprint(i)), json.RawMessage(`[["k",1]]`)}
		in := plan.Upload{Upload: up.Upload, Rows: [][]json.RawMessage{row, row}}
		if i == 0 {
			in.Schema = schema
		}
		if err := c.call(plan.OpUpload, in, &up); err != nil {
			t.Fatal(err)
		}
	}
	var frame plan.FrameReply
	values := &plan.Values{Schema: schema, Upload: up.Upload}
	if err := c.call(plan.OpFrame, plan.Node{Kind: plan.NodeValues, Values: values}, &frame); err != nil {
		t.Fatal(err)
	}
	var count plan.Count
	if err := c.call(plan.OpCount, plan.FrameRef{Frame: frame.Frame}, &count); err != nil || count.Count != 6 {
		t.Errorf("count %d, %v", count.Count, err)
	}
	if err := c.call(plan.OpFrame, plan.Node{Kind: plan.NodeValues, Values: &plan.Values{Upload: 999}}, nil); err == nil {
		t.Error("an upload that was never made is accepted")
	}
}
