package engine

import (
	"context"
	"errors"
	"fmt"

	"tenon/internal/plan"
)

// callsKey is the context's key of the scriptCalls of a request.
type callsKey struct{}

// scriptCalls runs Python functions in the script's process while one of its requests is answered. It also holds the
// tables that the request has filled with their values, which are dropped when it ends.
type scriptCalls struct {
	session *session
	id      uint64
	tables  []string
}

// callsOf gives the way back to the script, nil where a request came from nobody.
func callsOf(ctx context.Context) *scriptCalls {
	c, _ := ctx.Value(callsKey{}).(*scriptCalls)
	return c
}

// call runs a function for some rows, and gives a cell for each. What the function raised is an error of ClassPython.
func (c *scriptCalls) call(ctx context.Context, in plan.Call) (plan.Cells, error) {
	out, err := c.exchange(ctx, in)
	if err != nil {
		return nil, err
	}
	if len(out.Cells) != in.Rows {
		return nil, &plan.Error{Class: plan.ClassInternal, Message: fmt.Sprintf(
			"a function gave %d values for %d rows", len(out.Cells), in.Rows)}
	}
	return out.Cells, nil
}

// exchange sends a call and waits for what it returns. The script sends nothing else before it has answered, so that the
// next message is the answer.
func (c *scriptCalls) exchange(ctx context.Context, in plan.Call) (plan.Returned, error) {
	var out plan.Returned
	if err := writeMessage(c.session.conn, plan.Response{ID: c.id, Call: &in}); err != nil {
		return out, err
	}
	select {
	case req, ok := <-c.session.requests:
		if !ok {
			return out, errors.New("engine: the script ended within a function")
		}
		if req.Op != plan.OpReturn || req.ID != c.id {
			return out, &plan.Error{Class: plan.ClassInternal, Message: fmt.Sprintf(
				"the script sent %q while the engine waited for its function", req.Op)}
		}
		if err := decode(req.Body, &out); err != nil {
			return out, err
		}
		if out.Error != nil {
			return out, out.Error
		}
		return out, nil
	case <-ctx.Done():
		return out, context.Cause(ctx)
	}
}

// dropTables drops the tables of a request.
func (e *Engine) dropTables(ctx context.Context, tables []string) {
	for _, table := range tables {
		// A table that cannot be dropped keeps its rows until the engine closes, which is no failure of the request.
		_, _ = e.db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS "+table)
	}
}
