package wire

import (
	"errors"
	"net/http"

	"tenon/internal/glue"
)

// Fault is the body of an error answer.
type Fault struct {
	// Type is the exception's name. With the header x-amzn-ErrorType it is what
	// SDKs raise a typed error from.
	Type    string `json:"__type"`
	Message string `json:"Message"`
}

// internalMessage is all that a client learns of an internal error; its cause is
// for the log.
const internalMessage = "An internal error occurred. The server's log has the cause under this request id."

// EncodeFault returns the code, HTTP status and body of the answer that tells a
// client about err. An error that is no *glue.Error becomes an
// InternalServiceException whose text gives nothing away.
func EncodeFault(err error) (code glue.Code, status int, body []byte) {
	f := Fault{Type: string(glue.CodeInternal), Message: internalMessage}
	if e, ok := asGlue(err); ok {
		f = Fault{Type: string(e.Code), Message: e.Message}
	}
	body, encodeErr := Encode(f)
	if encodeErr != nil {
		panic("wire: two strings always encode: " + encodeErr.Error())
	}
	return glue.Code(f.Type), Status(glue.Code(f.Type)), body
}

// Status returns the HTTP status of an exception: 500 for those that the model
// calls the server's fault, else 400.
func Status(code glue.Code) int {
	for _, name := range faults {
		if string(code) == name {
			return http.StatusInternalServerError
		}
	}
	return http.StatusBadRequest
}

// asGlue finds the error for the client in err's chain.
func asGlue(err error) (*glue.Error, bool) {
	var e *glue.Error
	ok := errors.As(err, &e)
	return e, ok
}
