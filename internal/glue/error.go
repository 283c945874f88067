package glue

import (
	"errors"
	"fmt"
)

// Code is the name of a Glue exception, as clients see it in __type.
type Code string

// The exceptions Tenon answers with. Texts of each stand where they are raised.
const (
	CodeAccessDenied        Code = "AccessDeniedException"
	CodeAlreadyExists       Code = "AlreadyExistsException"
	CodeConcurrentMod       Code = "ConcurrentModificationException"
	CodeConcurrentRuns      Code = "ConcurrentRunsExceededException"
	CodeEntityNotFound      Code = "EntityNotFoundException"
	CodeIdempotentMismatch  Code = "IdempotentParameterMismatchException"
	CodeIllegalWorkflow     Code = "IllegalWorkflowStateException"
	CodeInternal            Code = "InternalServiceException"
	CodeInvalidInput        Code = "InvalidInputException"
	CodeOperationTimeout    Code = "OperationTimeoutException"
	CodeResourceNumberLimit Code = "ResourceNumberLimitExceededException"
	CodeSerialization       Code = "SerializationException"
	CodeThrottling          Code = "ThrottlingException"
	CodeUnsupported         Code = "OperationNotSupportedException"
	CodeValidation          Code = "ValidationException"
	CodeVersionMismatch     Code = "VersionMismatchException"
)

// Error is the one error type that crosses package borders on its way to a client. Code and Message are sent; Err, the
// internal cause, is logged and never sent.
type Error struct {
	Code    Code
	Op      string // the operation or step that failed, e.g. StartJobRun
	Message string
	Err     error
}

// Error spells the code, the message and the cause, for logs.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Message
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the internal cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a code with a formatted message for the client.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid is Errorf(CodeInvalidInput, ...), the commonest refusal.
func Invalid(format string, args ...any) *Error { return Errorf(CodeInvalidInput, format, args...) }

// NotFound is the EntityNotFoundException for a noun, e.g. NotFound("Job", "nightly").
func NotFound(kind, name string) *Error {
	return Errorf(CodeEntityNotFound, "%s with name: %s not found.", kind, name)
}

// CodeOf returns the code of the first Error in err's chain, or CodeInternal for any other error.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}
