package worker

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tenon/internal/attempt"
	"tenon/internal/glue"
	"tenon/internal/plan"
)

// treatment is what Tenon does about one of Glue's special parameters.
type treatment int

// The treatments. Every special parameter has one; those of no one here are the job's own, and only handed to it.
const (
	honoured treatment = iota + 1 // has Glue's effect
	harmless                      // has no effect here, and a script cannot tell: tuning, monitoring
	refused                       // would be needed for the result to be right, and is not there
)

// parameter is a row of the table of special parameters.
type parameter struct {
	treatment treatment
	why       string // of harmless and refused: one half-sentence for people
}

// parameters are Glue's special parameters (AWS Glue User Guide, "Using job parameters in AWS Glue jobs"), by name. An
// empty value is the same as none.
func parameters() map[string]parameter {
	return map[string]parameter{
		"--scriptLocation":      {honoured, ""},
		"--job-language":        {honoured, ""},
		"--extra-py-files":      {honoured, ""},
		"--extra-files":         {honoured, ""},
		"--TempDir":             {honoured, ""},
		"--job-bookmark-option": {honoured, ""},
		"--job-bookmark-from":   {honoured, ""},
		"--job-bookmark-to":     {honoured, ""},
		"--continuation-option": {honoured, ""},
		"--conf":                {honoured, ""}, // key by key, see plan.CheckSetting
		customerEnv:             {honoured, ""},
		"--enable-metrics":      {harmless, "Tenon measures every run"},
		"--enable-job-insights": {harmless, "the script's own error is always shown"},
		"--enable-auto-scaling": {harmless, "the engine uses one machine"},
		"--executor-cores":      {harmless, "the engine has no executors"},
		"--disable-proxy-v2":    {harmless, "there is no proxy"},
		"--use-postgres-driver": {harmless, "there is one driver"},
		"--user-jars-first":     {harmless, "there are no jars"},
		"--enable-spark-ui":     {harmless, "no Spark runs that it could show"},
		"--spark-event-logs-path": {
			harmless, "only the Spark UI reads it"},
		"--enable-observability-metrics":     {harmless, "Tenon measures every run"},
		"--enable-continuous-cloudwatch-log": {harmless, "logs are always continuous"},
		"--enable-continuous-log-filter":     {harmless, "there is no Spark chatter to filter"},
		"--continuous-log-logGroup":          {harmless, "logs are in the run's log group"},
		"--continuous-log-logStreamPrefix":   {harmless, "log streams are named after the run"},
		"--continuous-log-conversionPattern": {harmless, "lines are kept as the script wrote them"},
		"--enable-s3-parquet-optimized-committer": {
			harmless, "output is always atomic"},
		"--enable-rename-algorithm-v2":      {harmless, "output is always atomic"},
		"--enable-glue-datacatalog":         {harmless, "calls that need the catalog say so themselves"},
		"--enable-data-lineage":             {harmless, "files read and written are always recorded"},
		"--write-shuffle-files-to-s3":       {harmless, "the engine spills to its scratch folder"},
		"--write-shuffle-spills-to-s3":      {harmless, "the engine spills to its scratch folder"},
		"--python-modules-installer-option": {harmless, "nothing is installed"},
		"--library-set":                     {harmless, "a library that is missing is named at its import"},
		"--class":                           {refused, "it names a Scala or Java class; Tenon runs Python"},
		"--extra-jars":                      {refused, "the embedded engine runs no Java"},
		"--datalake-formats":                {refused, "the embedded engine does not have these table formats"},
		"--additional-python-modules":       {refused, "installing modules through pip is not enabled; use tenon python install"},
		"--encryption-type":                 {refused, "output is not encrypted by the engine"},
		"--customer-executor-env-vars":      {refused, "the engine has no executors"},
		"--enable-lakeformation-fine-grained-access": {
			refused, "Tenon has no Lake Formation"},
	}
}

// checkParameters refuses, by name, what Tenon cannot do.
func checkParameters(args map[string]string) error {
	table := parameters()
	for _, name := range slices.Sorted(maps.Keys(args)) {
		if args[name] == "" {
			continue
		}
		if p := table[name]; p.treatment == refused {
			return fmt.Errorf("%s%s: %s", name, plan.NotSupported, p.why)
		}
	}
	if l := args["--job-language"]; l != "" && !strings.EqualFold(l, "python") {
		return fmt.Errorf("--job-language %s%s: it runs Python", l, plan.NotSupported)
	}
	for _, setting := range confSettings(args["--conf"]) {
		key, v, _ := strings.Cut(setting, "=")
		if refusal := plan.CheckSetting(strings.TrimSpace(key), strings.TrimSpace(v)); refusal != nil {
			return fmt.Errorf("--conf: %s", refusal.Message)
		}
	}
	return nil
}

// confSettings parts the value of --conf as Glue's users write it: "a=1 --conf b=2".
func confSettings(value string) []string {
	var out []string
	for s := range strings.SplitSeq(value, "--conf") {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// customerEnv is a list KEY=value,KEY="a value, with commas" of variables for the script; keys begin with CUSTOMER_.
const customerEnv = "--customer-driver-env-vars"

// customerVariables reads the value of customerEnv.
func customerVariables(value string) ([]string, error) {
	var out []string
	for rest := strings.TrimSpace(value); rest != ""; {
		key, after, ok := strings.Cut(rest, "=")
		key = strings.TrimSpace(key)
		if !ok || !strings.HasPrefix(key, "CUSTOMER_") || strings.ContainsAny(key, " \x00") {
			return nil, fmt.Errorf("%s: %q is not CUSTOMER_KEY=value", customerEnv, rest)
		}
		var v string
		if quoted, found := strings.CutPrefix(after, `"`); found {
			v, after, ok = strings.Cut(quoted, `"`)
			if !ok {
				return nil, fmt.Errorf("%s: the quote of %s is not closed", customerEnv, key)
			}
			_, rest, _ = strings.Cut(after, ",")
		} else {
			v, rest, _ = strings.Cut(after, ",")
		}
		out = append(out, key+"="+v)
		rest = strings.TrimSpace(rest)
	}
	return out, nil
}

// tenonPrefix begins the arguments that are settings of Tenon (Decision 12) and no business of the script.
const tenonPrefix = "--tenon-"

// argv makes the script's arguments (sys.argv[1:]) as Glue does: key and value as two arguments each, of a Spark job also
// Glue's own. They come in the order of their keys: Glue's order is not documented, ours is at least always the same.
func argv(s attempt.Spec) ([]string, error) {
	all := map[string]string{}
	for k, v := range s.Arguments {
		if !strings.HasPrefix(k, tenonPrefix) {
			all[k] = v
		}
	}
	if s.Command.Name == glue.CommandETL {
		if all["--job-bookmark-option"] == "" && all["--continuation-option"] == "" {
			all["--job-bookmark-option"] = "job-bookmark-disable"
		}
		all["--JOB_NAME"] = s.Job
		all["--JOB_ID"] = jobID(s)
		all["--JOB_RUN_ID"] = s.Key.Run
	}
	if len(all) > glue.MaxArguments {
		return nil, fmt.Errorf("argument list too long: %d arguments, at most %d", len(all), glue.MaxArguments)
	}
	var out []string
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if strings.Contains(k, "\x00") || strings.Contains(all[k], "\x00") {
			return nil, fmt.Errorf("argument %q holds a NUL character", k)
		}
		out = append(out, k, all[k])
	}
	return out, nil
}
