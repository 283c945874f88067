# Unbox: an address that a text has as JSON becomes a struct.
import json
import sys
from awsglue.context import GlueContext
from awsglue.transforms import *
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
glueContext = GlueContext(SparkContext.getOrCreate())


def add_text(rec):
    """The address as a JSON text."""
    rec["AddressString"] = json.dumps({"Street": rec["Provider Street Address"], "City": rec["Provider City"],
                                       "State": rec["Provider State"], "Zip.Code": rec["Provider Zip Code"],
                                       "Array": [rec["Provider City"], rec["Provider State"]]})
    return rec


frame = glueContext.create_dynamic_frame.from_options(
    "s3", {"paths": [args["SOURCE"] + "/medicare.csv"]}, "csv", {"withHeader": True})
texts = frame.map(add_text).select_fields(["Provider Id", "AddressString"])
texts.printSchema()
unboxed = Unbox.apply(frame=texts, path="AddressString", format="json")
unboxed.printSchema()
rows = unboxed.toDF().select("Provider Id", "AddressString.City", "AddressString.`Zip.Code`", "AddressString.Array")
rows.orderBy("Provider Id").show()
