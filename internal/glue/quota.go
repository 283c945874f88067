package glue

import "strconv"

// Quota is one of the account's limits: a line of AWS's Service Quotas for Glue. Each holds for a region.
type Quota struct {
	Name    string  // its key under quotas: of tenon.yaml
	Code    string  // in Service Quotas
	Unit    string  // what is counted
	Default float64 // AWS's own; NoQuota where AWS publishes none
}

// NoQuota is the limit of what is not limited.
const NoQuota = -1

// DPUStep is the granularity of DPUs: G.025X is a quarter.
const DPUStep = 0.25

// The quotas that decide by name; Quotas lists them all.
const (
	QuotaConcurrentRuns  = "concurrent_runs"
	QuotaRunsPerJob      = "concurrent_runs_per_job"
	QuotaDPUs            = "dpus"
	QuotaFlexDPUs        = "flex_dpus"
	QuotaQueuedRuns      = "queued_runs"
	QuotaJobs            = "jobs"
	QuotaTriggers        = "triggers"
	QuotaJobsPerTrigger  = "jobs_per_trigger"
	QuotaWorkflows       = "workflows"
	QuotaConnections     = "connections"
	QuotaSecurityConfigs = "security_configurations"
)

// Units of quotas.
const (
	UnitRuns = "runs"
	UnitDPU  = "DPU"
)

// quotas are AWS's, with the defaults of its listing of 2022-23. AWS adjusts them by account and over time, so each can be
// configured.
var quotas = []Quota{
	{Name: QuotaConcurrentRuns, Code: "L-5E4153CA", Unit: UnitRuns, Default: 200},
	{Name: QuotaRunsPerJob, Code: "L-F574AED9", Unit: UnitRuns, Default: 1000},
	{Name: QuotaDPUs, Code: "L-08F3B322", Unit: UnitDPU, Default: 1000},
	{Name: QuotaFlexDPUs, Code: "L-096DBB95", Unit: UnitDPU, Default: 50},
	{Name: QuotaQueuedRuns, Code: "L-A457CBAB", Unit: UnitRuns, Default: NoQuota},
	{Name: QuotaJobs, Code: "L-611FDDE4", Unit: "jobs", Default: 1000},
	{Name: QuotaTriggers, Code: "L-F1653A6D", Unit: "triggers", Default: 1000},
	{Name: QuotaJobsPerTrigger, Code: "L-EEC98450", Unit: "jobs", Default: 50},
	{Name: QuotaWorkflows, Code: "L-7DD7C33A", Unit: "workflows", Default: 250},
	{Name: QuotaConnections, Code: "L-4256D6D2", Unit: "connections", Default: 1000},
	{Name: "crawlers", Code: "L-11FA2C1A", Unit: "crawlers", Default: 1000},
	{Name: "concurrent_crawlers", Code: "L-4071B0E3", Unit: "crawlers", Default: 150},
	{Name: "databases", Code: "L-F953935E", Unit: "databases", Default: 10_000},
	{Name: "databases_per_catalog", Code: "L-A57B5BCE", Unit: "databases", Default: 10_000},
	{Name: "tables", Code: "L-94D025B7", Unit: "tables", Default: 1_000_000},
	{Name: "tables_per_database", Code: "L-B8497671", Unit: "tables", Default: 200_000},
	{Name: "partitions", Code: "L-FEBBFA7A", Unit: "partitions", Default: 20_000_000},
	{Name: "partitions_per_table", Code: "L-2C3F5401", Unit: "partitions", Default: 10_000_000},
	{Name: "table_versions", Code: "L-337244C9", Unit: "versions", Default: 1_000_000},
	{Name: "table_versions_per_table", Code: "L-071ABE08", Unit: "versions", Default: 100_000},
	{Name: "functions", Code: "L-D987EC31", Unit: "functions", Default: 100},
	{Name: "functions_per_database", Code: "L-1DD415D5", Unit: "functions", Default: 100},
	{Name: QuotaSecurityConfigs, Code: "L-83192DBF", Unit: "configurations", Default: 250},
	{Name: "dev_endpoints", Code: "L-DBA56E2F", Unit: "endpoints", Default: 25},
	{Name: "dpus_per_dev_endpoint", Code: "L-76EC689B", Unit: UnitDPU, Default: 50},
	{Name: "ml_transforms", Code: "L-04CEE988", Unit: "transforms", Default: 100},
	{Name: "ml_tasks", Code: "L-83A59AA6", Unit: "tasks", Default: 30},
	{Name: "ml_tasks_per_transform", Code: "L-E15CE20A", Unit: "tasks", Default: 3},
	{Name: "label_file", Code: "L-B78896B9", Unit: "MB", Default: 10},
}

// AllQuotas lists every quota, those of runs first. The list is the reader's own.
func AllQuotas() []Quota { return append([]Quota(nil), quotas...) }

// FindQuota returns the quota of a name.
func FindQuota(name string) (Quota, bool) {
	for _, q := range quotas {
		if q.Name == name {
			return q, true
		}
	}
	return Quota{}, false
}

// Quotas are the limits that were configured, by name; what is absent has AWS's default.
type Quotas map[string]float64

// Limit returns the limit of a quota, NoQuota if there is none.
func (q Quotas) Limit(name string) float64 {
	if n, ok := q[name]; ok {
		return n
	}
	known, _ := FindQuota(name)
	return known.Default
}

// Source says where the limit of a quota comes from: "configured", or "default" with its code in Service Quotas.
func (q Quotas) Source(name string) string {
	if _, ok := q[name]; ok {
		return "configured"
	}
	known, _ := FindQuota(name)
	return "default " + known.Code
}

// QuotaReached refuses one definition more of what a quota bounds, where a region has n of them and may have limit.
func QuotaReached(name, region string, n int64, limit float64) *Error {
	q, _ := FindQuota(name)
	return Errorf(CodeResourceNumberLimit,
		"The quota %s (%s in Service Quotas) is reached: %s has %d %s and the limit is %s. Delete one that is not needed, or raise quotas.%s in tenon.yaml.",
		q.Name, q.Code, region, n, q.Unit, FormatAmount(limit), q.Name)
}

// QuarterDPUs is an amount of DPUs in quarters. It is exact for multiples of DPUStep, which is all that configurations
// may hold.
func QuarterDPUs(dpus float64) int64 { return int64(dpus / DPUStep) }

// FormatAmount writes an amount without an exponent.
func FormatAmount(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
