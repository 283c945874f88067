package worker

import (
	"testing"

	"tenon/internal/driver/attemptdir"
	"tenon/internal/glue"
)

// studioScript has what Glue Studio writes for a SQL node, a resolved choice and an S3 sink, and asks for a setting
// that the job's --conf made.
const studioScript = `
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue import DynamicFrame

def sparkSqlQuery(glueContext, query, mapping, transformation_ctx) -> DynamicFrame:
    for alias, frame in mapping.items():
        frame.toDF().createOrReplaceTempView(alias)
    result = spark.sql(query)
    return DynamicFrame.fromDF(result, glueContext, transformation_ctx)

args = getResolvedOptions(sys.argv, ["JOB_NAME"])
sc = SparkContext()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)
source = glueContext.create_dynamic_frame.from_options(
    format_options={"quoteChar": "\"", "withHeader": True, "separator": ","}, connection_type="s3", format="csv",
    connection_options={"paths": ["s3://input//data/"], "recurse": True}, transformation_ctx="source")
query = sparkSqlQuery(glueContext, query="select * from myDataSource where id > 1",
    mapping={"myDataSource": source}, transformation_ctx="query")
typed = ResolveChoice.apply(frame=query, specs=[("id", "cast:double"), ("name", "make_struct")])
typed.printSchema()
typed.show()
sink = glueContext.getSink(path="s3://out//table/", connection_type="s3", updateBehavior="UPDATE_IN_DATABASE",
    partitionKeys=["name"], enableUpdateCatalog=False, transformation_ctx="sink")
sink.setFormat("glueparquet", compression="snappy")
sink.writeFrame(typed)
spark.read.parquet("s3://out/table").show()
print(spark.conf.get("spark.sql.shuffle.partitions"), spark.conf.get("spark.sql.session.timeZone"))
try:
    glueContext.create_dynamic_frame.from_options("s3", {"paths": ["s3://input/data/"]}, "csv",
        push_down_predicate="id = 1")
except Exception as refusal:
    print(type(refusal).__name__, str(refusal).split(":")[0])
job.commit()
`

// TestETLStudio runs a script as Glue Studio writes them.
func TestETLStudio(t *testing.T) {
	t.Parallel()
	b := etlBench(t)
	spec := b.etlSpec(t, 1, studioScript, nil, 0)
	spec.Arguments["--conf"] = "spark.sql.shuffle.partitions=7 --conf spark.sql.session.timeZone=UTC"
	r := b.run(t, spec)
	if r.State != glue.RunSucceeded {
		t.Fatalf("%+v\n%s", r, b.log(t, spec.Key, attemptdir.Errors))
	}
	want := `root
|-- id: double
|-- name: string

{"id": 2.0, "name": "two"}
+---+----+
| id|name|
+---+----+
|2.0| two|
+---+----+

7 UTC
UnsupportedOperation push_down_predicate is not supported by the embedded engine
`
	if got := b.log(t, spec.Key, attemptdir.Output); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}
