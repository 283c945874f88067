// Package glue holds the nouns of AWS Glue as Tenon understands them: jobs, runs, connections, their states, limits,
// validation and errors. It is the ground floor: standard library only, no I/O, no clock. Everything else is built on
// these words, so a rule about a noun stands here once, beside the noun.
//
// A stored definition is the JSON document of its wire shape (Decision 2): the structs here name the members that Tenon
// reasons about, with the wire's own member names, and leave the rest to the document.
package glue
