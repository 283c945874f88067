package glue

// The kinds of definitions, as the store and the events definition.* have them.
const (
	KindJob        = "job"
	KindConnection = "connection"
	KindSecurity   = "security_configuration"
	KindTrigger    = "trigger"
	KindWorkflow   = "workflow"
	KindRule       = "rule"
)
