package main

// This file holds what the model does not say: the judgements by which the
// generated code differs from a mechanical translation. Each has its reason.

// opaque lists the shapes that Tenon keeps and returns but never reasons about.
// They become wire.Object (raw JSON, checked to be an object), and what is reached
// only through them is neither generated nor kept in the trimmed model.
var opaque = map[string]bool{
	// The graph of a visual job: some 200 shapes that only Glue Studio reads.
	"CodeGenConfigurationNodes": true,
}

// openEnums lists enums whose documented values run ahead of the model. They are
// checked as plain strings here; what a value means is for the domain to decide.
var openEnums = map[string]bool{
	"WorkerType": true,
}

// secretShapes lists shapes that may hold a secret though the model does not mark
// them sensitive. A violation never echoes their value.
var secretShapes = map[string]bool{
	"ConnectionProperties": true, // holds PASSWORD, KAFKA_SASL_PLAIN_PASSWORD, ...
	"PropertyMap":          true, // Spark, Athena and Python properties of a connection
}

// secretMembers is the same for single members of an innocent shape.
var secretMembers = map[string]bool{
	"SourceControlDetails.AuthToken": true,
}

// untranslatable maps a pattern of the model that RE2 has no words for (it looks
// ahead) to an equal one in RE2. A pattern that neither translates nor stands
// here stops the generator.
var untranslatable = map[string]string{
	// No word character first that is a digit or an underscore; or an underscore
	// followed by at least one letter or digit.
	`^(?![0-9_])\w+$|^_\w*[a-zA-Z0-9]\w*$`: `[a-zA-Z]\w*|_\w*[a-zA-Z0-9]\w*`,
	// The look-ahead refuses a leading dot or colon; a colon cannot lead anyway.
	`^(?![\.:])([\w.]+(::))?[A-Z]\w*$`: `(?:\w[\w.]*::)?[A-Z]\w*`,
	// No dot, slash or backslash anywhere, and not "aws:" first, spelt out.
	`^(?!(.*[.\/\\]|aws:)).*$`: `(?:[^./\\\na][^./\\\n]*|a(?:[^./\\\nw][^./\\\n]*|w(?:[^./\\\ns][^./\\\n]*|s(?:[^./\\\n:][^./\\\n]*)?)?)?)?`,
}
