// Package neighbour answers the few calls of other AWS services that Glue's clients make beside Glue's own: who am I
// (STS), does this role exist (IAM), what did the run print (CloudWatch Logs), how many addresses are free (EC2). Each
// service is one file. What is not
// served is refused by the service's own error shape, never faked.
package neighbour

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// Caller is who signed a request.
type Caller struct {
	Account   string // 12 digits
	AccessKey string
	Principal string // user name behind the key
	RequestID string
}

// XMLError is a refusal in the shape of AWS's query protocol.
type XMLError struct {
	Status  int
	Code    string
	Message string
}

// Error spells code and message.
func (e *XMLError) Error() string { return e.Code + ": " + e.Message }

// Body is the error document of the query protocol.
func (e *XMLError) Body(requestID string) []byte {
	kind := "Sender"
	if e.Status >= 500 {
		kind = "Receiver"
	}
	return []byte(fmt.Sprintf("<ErrorResponse><Error><Type>%s</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
		kind, escape(e.Code), escape(e.Message), escape(requestID)))
}

// escape makes s safe as XML text.
func escape(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

// Query answers one call of a query-protocol service, by the service its signature names.
func Query(service string, form url.Values, c Caller) ([]byte, *XMLError) {
	action := form.Get("Action")
	switch {
	case service == "sts" && action == "GetCallerIdentity":
		return callerIdentity(c), nil
	case service == "iam" && action == "GetRole":
		return getRole(form.Get("RoleName"), c)
	}
	return nil, &XMLError{Status: http.StatusBadRequest, Code: "InvalidAction",
		Message: fmt.Sprintf("%s %s is not implemented by Tenon; served are sts GetCallerIdentity and iam GetRole.", service, action)}
}

// callerIdentity is STS GetCallerIdentity.
func callerIdentity(c Caller) []byte {
	return []byte(fmt.Sprintf(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`+
		`<Arn>arn:aws:iam::%s:user/%s</Arn><UserId>%s</UserId><Account>%s</Account></GetCallerIdentityResult>`+
		`<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
		c.Account, escape(c.Principal), escape(c.AccessKey), c.Account, escape(c.RequestID)))
}

// roleName is IAM's own rule for the name of a role.
var roleName = regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)

// getRole is IAM GetRole. Tenon keeps no roles: every well-formed name is a role of the account, since a job's role is
// only carried along. Its creation date is a constant.
func getRole(name string, c Caller) ([]byte, *XMLError) {
	if !roleName.MatchString(name) {
		return nil, &XMLError{Status: http.StatusBadRequest, Code: "ValidationError", Message: fmt.Sprintf(
			"1 validation error detected: Value '%s' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+", name)}
	}
	return []byte(fmt.Sprintf(`<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role>`+
		`<Path>/</Path><Arn>arn:aws:iam::%s:role/%s</Arn><RoleName>%s</RoleName><RoleId>AROATENON%s</RoleId>`+
		`<CreateDate>2020-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>%s</AssumeRolePolicyDocument></Role></GetRoleResult>`+
		`<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></GetRoleResponse>`,
		c.Account, escape(name), escape(name), roleID(name), url.QueryEscape(trustPolicy), escape(c.RequestID))), nil
}

// trustPolicy is the policy that lets Glue take a role.
const trustPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"glue.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// roleID is the stable part of a role's id: twelve letters and digits of its name.
func roleID(name string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211 // FNV-1a
	}
	b := make([]byte, 12)
	for i := range b {
		b[i] = alphabet[h&31]
		h >>= 5
	}
	return string(b)
}
