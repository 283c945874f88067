# Glue Studio: the nodes with modules of their own, one after the other.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
import gs_array_to_cols
import gs_concat
import gs_derived
import gs_explode
import gs_flatten
import gs_format_timestamp
import gs_now
import gs_null_rows
import gs_regex_extract
import gs_repartition
import gs_sequence_id
import gs_split
import gs_to_timestamp
import gs_uuid
from awsglue.dynamicframe import DynamicFrame

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Amazon S3
AmazonS3_node1698837830668 = DynamicFrame.fromDF(spark.sql("""select 1 id, 'sports,winter' categories, '2022-11-02T14:40:59Z' at, named_struct('lat', 1.5D, 'lon', 2.5D) geo, '$10.50' price
    union all select 2, 'garden', null, null, '$7' union all select null, null, null, null, null"""), glueContext, "AmazonS3_node1698837830668")

# Script generated for node Remove Null Rows
RemoveNullRows_node = AmazonS3_node1698837830668.gs_null_rows(extended=True)

# Script generated for node Split String
SplitString_node = RemoveNullRows_node.gs_split(colName="categories", pattern=",", newColName="categories_arr")

# Script generated for node Array To Columns
ArrayToColumns_node = SplitString_node.gs_array_to_cols(colName="categories_arr", colList="first, second")

# Script generated for node Explode Array Or Map Into Rows
Explode_node = ArrayToColumns_node.gs_explode(colName="categories_arr", newCol="category", outer=True)

# Script generated for node Flatten
Flatten_node = Explode_node.gs_flatten(maxLevels=1, separator="_")

# Script generated for node To Timestamp
ToTimestamp_node = Flatten_node.gs_to_timestamp(colName="at", colType="autodetect", newColName="ts")

# Script generated for node Format Timestamp
FormatTimestamp_node = ToTimestamp_node.gs_format_timestamp(colName="ts", dateFormat="%d/%m/%Y")

# Script generated for node Regex Extractor
RegexExtractor_node = FormatTimestamp_node.gs_regex_extract(colName="price", regex="\\$?(\\d+\\.?\\d*)", newCols="amount")

# Script generated for node Derived Column
DerivedColumn_node = RegexExtractor_node.gs_derived(colName="amount", expr="cast(amount as decimal(10,2)) * 2")

# Script generated for node Concatenate Columns
ConcatenateColumns_node = DerivedColumn_node.gs_concat(colName="label", colList=["id", "category"], spacer="-")

# Script generated for node Autobalance Processing
Autobalance_node = ConcatenateColumns_node.gs_repartition(numPartitionsStr="1")

# Script generated for node Change Schema
ChangeSchema_node = ApplyMapping.apply(frame=Autobalance_node, mappings=[("label", "string", "label", "string"), ("first", "string", "first", "string"), ("second", "string", "second", "string"), ("geo_lat", "double", "lat", "double"), ("ts", "string", "ts", "string"), ("amount", "decimal", "amount", "decimal(12,2)")], transformation_ctx="ChangeSchema_node")
ChangeSchema_node.toDF().orderBy("label").show(truncate=False)
extra = ChangeSchema_node.gs_uuid(colName="key").gs_sequence_id(colName="no", unique=False).gs_now(colName="loaded", dateFormat="%Y%m%d").gs_now()
print(extra.toDF().dtypes[-4:])
job.commit()
