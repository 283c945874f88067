package worker

import "tenon/internal/attempt"

// engineSocketName is the engine's socket in the attempt's directory.
const engineSocketName = attempt.FileEngine

// maxSocketPath is the longest path that a Unix socket's address holds, its NUL not counted.
const maxSocketPath = 107
