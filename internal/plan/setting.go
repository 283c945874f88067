package plan

import (
	"fmt"
	"slices"
	"strings"
)

// HarmlessSettings are the Spark settings that steer a cluster, or how fast a result comes, and so change nothing here:
// keys, and beginnings of keys that end in a dot. The script's process has the same list.
const HarmlessSettings = "spark.app. spark.broadcast. spark.cleaner. spark.cores. spark.default.parallelism spark.driver. " +
	"spark.dynamicAllocation. spark.eventLog. spark.executor. spark.extraListeners spark.glue. " +
	"spark.hadoop.fs.s3.maxConnections spark.hadoop.fs.s3.maxRetries spark.hadoop.fs.s3a.connection. " +
	"spark.hadoop.fs.s3a.fast.upload spark.hadoop.fs.s3a.threads. spark.hadoop.mapreduce.fileoutputcommitter. " +
	"spark.history. spark.io.compression. spark.kryo. spark.kryoserializer. spark.local.dir spark.locality. " +
	"spark.master spark.memory. spark.metrics. spark.network. spark.rdd. spark.reducer. spark.rpc. " +
	"spark.scheduler. spark.serializer spark.shuffle. spark.speculation spark.speculation. spark.sql.adaptive. " +
	"spark.sql.autoBroadcastJoinThreshold spark.sql.broadcastTimeout spark.sql.cbo. spark.sql.codegen. " +
	"spark.sql.debug. spark.sql.execution.arrow. spark.sql.execution.rangeExchange. spark.sql.files.maxPartitionBytes " +
	"spark.sql.files.minPartitionNum spark.sql.files.openCostInBytes spark.sql.hive.convertMetastoreParquet " +
	"spark.sql.hive.manageFilesourcePartitions spark.sql.hive.metastorePartitionPruning spark.sql.inMemoryColumnarStorage. " +
	"spark.sql.join.preferSortMergeJoin spark.sql.optimizer. spark.sql.parquet.enableVectorizedReader " +
	"spark.sql.parquet.filterPushdown spark.sql.parquet.fs.optimized.committer. " +
	"spark.sql.parquet.output.committer.class spark.sql.repl. spark.sql.shuffle.partitions " +
	"spark.sql.sortMergeJoinExec. spark.sql.sources.commitProtocolClass spark.sql.sources.parallelPartitionDiscovery. " +
	"spark.sql.statistics. spark.sql.storeAssignmentPolicy spark.sql.ui. spark.sql.warehouse.dir spark.sql.windowExec. " +
	"spark.submit. spark.task. " +
	"spark.ui. spark.yarn."

// FixedSettings are the Spark settings with one behaviour here: key=value,value, in lower case, of the values that ask
// for it.
const FixedSettings = "spark.sql.ansi.enabled=false spark.sql.casesensitive=false spark.sql.catalogimplementation=hive,in-memory " +
	"spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs=true " +
	"spark.sql.crossjoin.enabled=true spark.sql.files.ignorecorruptfiles=false " +
	"spark.sql.files.ignoremissingfiles=false,true spark.sql.files.maxrecordsperfile=0 " +
	"spark.sql.legacy.timeparserpolicy=exception,corrected,legacy spark.sql.parquet.compression.codec=snappy " +
	"spark.sql.legacy.parquet.datetimerebasemodeinread=corrected,exception " +
	"spark.sql.legacy.parquet.datetimerebasemodeinwrite=corrected,exception " +
	"spark.sql.legacy.parquet.int96rebasemodeinread=corrected,exception " +
	"spark.sql.legacy.parquet.int96rebasemodeinwrite=corrected,exception " +
	"spark.sql.parquet.datetimerebasemodeinread=corrected,exception " +
	"spark.sql.parquet.datetimerebasemodeinwrite=corrected,exception " +
	"spark.sql.parquet.int96rebasemodeinread=corrected,exception " +
	"spark.sql.parquet.int96rebasemodeinwrite=corrected,exception " +
	"spark.sql.parquet.outputtimestamptype=int96,timestamp_micros " +
	"spark.sql.parquet.mergeschema=false spark.sql.parquet.writelegacyformat=false " +
	"spark.sql.session.timezone=utc,etc/utc,gmt,z,+00:00 spark.sql.sources.default=parquet " +
	"spark.sql.sources.partitioncolumntypeinference.enabled=true spark.sql.sources.partitionoverwritemode=static,dynamic"

// CheckSetting refuses a Spark setting that would have to change what the engine does. Keys that do not begin with
// "spark." are notes of the script's own, as in Spark. Nil lets it
// through.
func CheckSetting(key, value string) *Error {
	harmless := func(h string) bool { return key == h || strings.HasSuffix(h, ".") && strings.HasPrefix(key, h) }
	if !strings.HasPrefix(key, "spark.") {
		return nil
	}
	for _, f := range strings.Fields(FixedSettings) {
		name, list, _ := strings.Cut(f, "=")
		if values := strings.Split(list, ","); strings.EqualFold(name, key) {
			if slices.Contains(values, strings.ToLower(value)) {
				return nil
			}
			return Unsupported(fmt.Sprintf("the Spark setting %s=%s", key, value), "only "+strings.Join(values, " or "))
		}
	}
	if slices.ContainsFunc(strings.Fields(HarmlessSettings), harmless) {
		return nil
	}
	return Unsupported("the Spark setting "+key, "")
}
