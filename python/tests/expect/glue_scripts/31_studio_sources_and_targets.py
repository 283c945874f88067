# Glue Studio: the options of its sources and targets, CSV to CSV, JSON and Parquet.
import sys
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.dynamicframe import DynamicFrame

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
sc = SparkContext.getOrCreate()
glueContext = GlueContext(sc)
spark = glueContext.spark_session
job = Job(glueContext)
job.init(args["JOB_NAME"], args)

# Script generated for node Amazon S3
AmazonS3_node1 = glueContext.create_dynamic_frame.from_options(format_options={"quoteChar": "\"", "withHeader": True, "separator": ",", "optimizePerformance": False}, connection_type="s3", format="csv", connection_options={"paths": [args["SOURCE"] + "/movies.csv"], "recurse": True}, transformation_ctx="AmazonS3_node1")
AmazonS3_node1.printSchema()

# Script generated for node Amazon S3
AmazonS3_csv = glueContext.write_dynamic_frame.from_options(frame=AmazonS3_node1, connection_type="s3", format="csv", connection_options={"path": args["TARGET"] + "/csv/", "compression": "gzip", "partitionKeys": ["released_year"]}, transformation_ctx="AmazonS3_csv")
AmazonS3_json = glueContext.write_dynamic_frame.from_options(frame=AmazonS3_node1, connection_type="s3", format="json", connection_options={"path": args["TARGET"] + "/json/", "partitionKeys": []}, transformation_ctx="AmazonS3_json")
AmazonS3_parquet = glueContext.write_dynamic_frame.from_options(frame=AmazonS3_node1, connection_type="s3", format="glueparquet", connection_options={"path": args["TARGET"] + "/parquet/", "partitionKeys": []}, format_options={"compression": "uncompressed"}, transformation_ctx="AmazonS3_parquet")
AmazonS3_writer = glueContext.write_dynamic_frame.from_options(frame=AmazonS3_node1, connection_type="s3", format="parquet", connection_options={"path": args["TARGET"] + "/writer/"}, format_options={"compression": "snappy", "useGlueParquetWriter": True, "blockSize": 134217728, "pageSize": 1048576}, transformation_ctx="AmazonS3_writer")
AmazonS3_sink = glueContext.getSink(path=args["TARGET"] + "/sink/", connection_type="s3", updateBehavior="LOG", partitionKeys=["genre"], compression="gzip", enableUpdateCatalog=True, transformation_ctx="AmazonS3_sink")
AmazonS3_sink.setCatalogInfo(catalogDatabase="db", catalogTableName="movies")
AmazonS3_sink.setFormat("json")
AmazonS3_sink.writeFrame(AmazonS3_node1)

print(sorted(row[0] for row in spark.read.csv(args["TARGET"] + "/csv", header=True).select("released_year").collect()))
for name in ("json", "sink"):
    print(name, spark.read.json(args["TARGET"] + "/" + name).count())
for name in ("parquet", "writer"):
    print(name, spark.read.parquet(args["TARGET"] + "/" + name).orderBy("series_title").first())

# Script generated for node Amazon S3
AmazonS3_back = glueContext.create_dynamic_frame.from_options(format_options={}, connection_type="s3", format="parquet", connection_options={"paths": [args["TARGET"] + "/parquet/"], "recurse": True}, transformation_ctx="AmazonS3_back")
print(AmazonS3_back.count())
job.commit()
