package glue

// Hard limits of the service, from its API model and documentation. Quotas, which an account may raise, live in
// core/quota.
const (
	MaxNameLength        = 255         // characters of any name
	MaxDescriptionLength = 2048        // characters
	MaxTags              = 50          // tags on one resource
	MaxTagKeyLength      = 128         // characters
	MaxTagValueLength    = 256         // characters
	MaxJobRetries        = 10          // MaxRetries of a job
	MaxTimeoutMinutes    = 7 * 24 * 60 // of a job or run
	MaxPageSize          = 1000        // MaxResults of a list
	DefaultPageSize      = 100         // when MaxResults is absent
	MaxBatchStop         = 25          // run ids in one BatchStopJobRun
	MaxBatchGet          = 100         // names in one BatchGetJobs
	MaxArguments         = 1250        // arguments of one run: beyond, Glue's run fails with "argument list too long"
	MaxStartBytes        = 180 * 1024  // body of StartJobRun; beyond, "Request size limit exceeded"
	MaxStateDetail       = 400_000     // characters of JobRun.StateDetail
	MaxErrorMessage      = 4096        // characters kept of a run's ErrorMessage
	MaxDocumentBytes     = 512 * 1024  // one stored definition
	HistoryDays          = 90          // Glue keeps runs this long
)
