// Package conformance drives the real binary, over its real ports, with the clients people use: aws-sdk-go-v2, boto3 and
// the AWS CLI. It holds tests only; what they need to share stands in harness_test.go.
package conformance
