//go:build !linux

package main

import "errors"

// memoryBytes is not known here.
func memoryBytes() (int64, error) { return 0, errors.ErrUnsupported }
