// Package sigv4 signs and verifies HTTP requests by AWS Signature Version 4.
//
// [Sign] is for clients of Tenon's own endpoint. [Verifier] is for the server: it
// rebuilds what the client must have signed from the request as it arrived and
// the client's own SignedHeaders list, and compares signatures in constant time.
//
// What a request must have signed, so that nothing of meaning can be exchanged on
// the way: host, its date, the body's hash, and where present x-amz-target,
// x-amz-security-token and x-amz-content-sha256. The date must lie within five
// minutes of now. The scope must name one of the services that the caller of
// Verify answers for and a well-formed region; which regions exist is not this
// package's matter.
//
// Not taken: presigned URLs (X-Amz-Signature in the query), SigV4A, chunked
// (STREAMING-...) and unsigned payloads. Each is refused by name. S3 has its own
// server and its own verifier.
//
// The package is pure: the time is a parameter, the keys come from a function.
package sigv4
