package wire

import (
	"fmt"
	"sort"

	"tenon/internal/glue"
)

// DefaultMaxBodyBytes bounds the body of a request where served.txt gives no other
// bound. It fits every legal CreateJob and a table of some thousand columns.
const DefaultMaxBodyBytes = 1 << 20

// Operation is one row of the Glue API.
type Operation struct {
	Name         string
	Served       bool           // false: refused by name, see [NotSupported]
	Input        string         // shape of the request
	Output       string         // shape of the answer
	Errors       []string       // exceptions the model declares, common ones not among them
	MaxBodyBytes int            // of a served operation's request
	newInput     func() Checked // of a served operation: an empty input
	newOutput    func() any     // of a served operation: an empty answer, for tests of the corpus
}

// Checked is an input of a served operation: a pointer to its generated type.
type Checked interface {
	// Validate returns the constraints of the model that the input does not meet.
	Validate() []Violation
}

// Operations returns every operation of the API in alphabetical order. The slice
// is shared: don't change it.
func Operations() []Operation { return operations[:] }

// Lookup returns the row of the operation of that exact name.
func Lookup(name string) (*Operation, bool) {
	i := sort.Search(len(operations), func(i int) bool { return operations[i].Name >= name })
	if i == len(operations) || operations[i].Name != name {
		return nil, false
	}
	return &operations[i], true
}

// Declares reports whether the model lets op answer with this exception.
func (op *Operation) Declares(code glue.Code) bool {
	for _, e := range op.Errors {
		if e == string(code) {
			return true
		}
	}
	return false
}

// NotSupported is the answer to an operation of the API that Tenon does not serve.
//
// The code is OperationNotSupportedException, an exception of Glue's own model, at
// status 400, and not a bare HTTP 501: every SDK then raises it as a typed error
// with this text, and none retries it, while some treat any 5xx as worth a retry.
// A hint may say what to use instead; it may be empty.
func NotSupported(op, hint string) *glue.Error {
	message := op + " is not implemented by Tenon."
	if hint != "" {
		message += " " + hint
	}
	return &glue.Error{Code: glue.CodeUnsupported, Op: op, Message: message}
}

// Unknown is the answer to an X-Amz-Target that names no operation of the API,
// in AWS's own code.
func Unknown(target string) *glue.Error {
	return &glue.Error{Code: codeUnknownOperation, Message: fmt.Sprintf("The Glue API has no operation %q.", cut(target, maxEchoBytes))}
}

// codeUnknownOperation is no exception of Glue's model but of the protocol.
const codeUnknownOperation glue.Code = "UnknownOperationException"
