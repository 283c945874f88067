package worker

import (
	"testing"

	"tenon/internal/driver/attemptdir"
	"tenon/internal/glue"
)

// nestedScript takes nested texts apart, looks at the error records, and writes a frame for a table of the catalog.
const nestedScript = `
from awsglue.context import GlueContext
from awsglue.dynamicframe import DynamicFrame
from awsglue.transforms import *
from pyspark.context import SparkContext

glueContext = GlueContext(SparkContext.getOrCreate())
df = glueContext.spark_session.createDataFrame([(1, '{"x": {"y": [1, 2]}}'), (2, "no")], "id int, t string")
frame = Unbox.apply(DynamicFrame.fromDF(df, glueContext, "f"), "t", "json")
print(frame.count(), frame.errorsCount())
tables = Relationalize.apply(frame, "s3://out/tmp", "root")
for name in tables.keys():
    print(name)
    tables[name].show()
sink = glueContext.getSink("s3", path="s3://out/table/", enableUpdateCatalog=True, updateBehavior="UPDATE_IN_DATABASE")
sink.setCatalogInfo(catalogDatabase="d", catalogTableName="t")
sink.setFormat("json")
sink.writeFrame(tables["root"])
glueContext.spark_session.read.json("s3://out/table").show()
df.selectExpr("from_json(t, 'x struct<y: array<int>>') as j").selectExpr("j", "to_json(j) as t").show(truncate=False)
`

// TestETLNested runs it in a worker, where readers and writers are the run's own.
func TestETLNested(t *testing.T) {
	t.Parallel()
	b := etlBench(t)
	spec := b.etlSpec(t, 1, nestedScript, nil, 0)
	r := b.run(t, spec)
	if r.State != glue.RunSucceeded {
		t.Fatalf("%+v\n%s", r, b.log(t, spec.Key, attemptdir.Errors))
	}
	want := `1 1
root
{"id": 1, "t.x.y": 1}
root_t.x.y
{"id": 1, "index": 0, "t.x.y.val": 1}
{"id": 1, "index": 1, "t.x.y.val": 2}
+---+-----+
| id|t.x.y|
+---+-----+
|  1|    1|
+---+-----+

+----------+-----------------+
|j         |t                |
+----------+-----------------+
|{{[1, 2]}}|{"x":{"y":[1,2]}}|
|{NULL}    |{}               |
+----------+-----------------+

`
	if got := b.log(t, spec.Key, attemptdir.Output); got != want {
		t.Errorf("output\n%s\nwant\n%s", got, want)
	}
}
