package sigv4

import (
	"fmt"
	"net/http"
)

// Reason is why a request was refused.
type Reason int

// The reasons, in the order in which Verify looks for them.
const (
	Missing    Reason = iota + 1 // no signature at all
	Incomplete                   // a signature that cannot be read
	UnknownKey                   // no such access key, or a wrong session token
	Expired                      // the session token's time is over
	Skewed                       // signed too long ago, or in the future
	Mismatch                     // any other difference, the signature's own included
)

// Error is a refused request. Message is for the client; it never holds a secret
// nor what the server computed.
type Error struct {
	Reason  Reason
	Message string
}

// Error returns the message with the code of the JSON family.
func (e *Error) Error() string {
	code, _ := e.Answer(JSON)
	return code + ": " + e.Message
}

// refuse makes an Error.
func refuse(r Reason, format string, args ...any) *Error {
	return &Error{Reason: r, Message: fmt.Sprintf(format, args...)}
}

// Texts of AWS that more than one place needs.
const (
	mismatchMessage = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	unknownKeyMessage = "The security token included in the request is invalid."
	expiredMessage    = "The security token included in the request is expired"
)

// Family is a group of AWS services that name authentication errors alike.
type Family int

// The families that Tenon serves.
const (
	JSON  Family = iota // Glue, CloudWatch Logs: awsJson
	Query               // STS, IAM
	EC2                 // EC2's own dialect of Query
)

// Answer returns the code and HTTP status that a family gives the error.
func (e *Error) Answer(f Family) (code string, status int) {
	type answer struct {
		code   string
		status int
	}
	const bad, denied, unknown = http.StatusBadRequest, http.StatusForbidden, http.StatusUnauthorized
	row, ok := map[Reason][3]answer{
		Missing:    {{"MissingAuthenticationTokenException", bad}, {"MissingAuthenticationToken", denied}, {"MissingAuthenticationToken", denied}},
		Incomplete: {{"IncompleteSignatureException", bad}, {"IncompleteSignature", bad}, {"IncompleteSignature", bad}},
		UnknownKey: {{"UnrecognizedClientException", bad}, {"InvalidClientTokenId", denied}, {"AuthFailure", unknown}},
		Expired:    {{"ExpiredTokenException", bad}, {"ExpiredToken", denied}, {"RequestExpired", bad}},
		Skewed:     {{"InvalidSignatureException", bad}, {"SignatureDoesNotMatch", denied}, {"RequestExpired", bad}},
		Mismatch:   {{"InvalidSignatureException", bad}, {"SignatureDoesNotMatch", denied}, {"AuthFailure", unknown}},
	}[e.Reason]
	if !ok {
		panic(fmt.Sprintf("sigv4: an error without a reason: %q", e.Message))
	}
	return row[f].code, row[f].status
}
