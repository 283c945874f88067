// Package blob is object storage as the ETL engine sees it.
//
// Storage is the portable type: it parses s3:// locations, applies the rules
// for bucket names and keys, repeats calls that failed for a moment, resumes
// a read that broke off, and turns every failure into one of a few kinds.
// Under it stands a Driver of seven methods: file (a folder, whose first level
// are the buckets), s3 (any S3 endpoint) and mem (tests). blobtest.Run is the
// definition of a driver: whatever passes it, the engine can stand on.
//
// # Reading
//
// A location names either one object or, as a directory, the objects below it:
// s3://b/data means the object "data" and everything under "data/", never
// "data2/x". List gives objects in the byte order of their keys, with what
// identifies the content: size, modification time and version. Open reads a
// version from an offset, and continues after a broken connection only while
// the object is still that version.
//
// # Writing
//
// Output appears whole or not at all. A Stage is a private folder, in the file
// driver on the same file system as the buckets; files are made in it by us or
// by anybody who can write to a path (DuckDB), then Publish moves them all to
// their keys:
//
//	open --Create, Add--> open --Publish--> sealed --moves, fsync--> published
//	  \--Discard                               \--process dies--> OpenStage, Publish
//
// Sealing is the commit point: a manifest of every file and its destination is
// on disk before the first object appears. A stage whose process died before
// that is garbage; one whose process died after it is finished by publishing
// it again, which leaves alone what is already there. S3 has no rename: its
// driver uploads everything as multipart uploads and then completes them.
//
// # What is not promised
//
// Readers may see the first objects of a Publish before the last: object
// storage has no transaction over keys. A version says whether an object has
// changed and is comparable within one driver only.
package blob
