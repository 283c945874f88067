# Masks personal data: hashes with salt, partial masks, generalised dates, tokens kept in a vault table.
import sys, re, hashlib
from datetime import date
from awsglue.utils import getResolvedOptions
from pyspark.sql import SparkSession
from pyspark.sql.functions import *
from pyspark.sql.types import StringType, IntegerType, StructType, StructField, BooleanType

args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
SALT = args.get("SALT", "pepper")
spark = SparkSession.builder.getOrCreate()
people = spark.read.csv(args["SOURCE"] + "/people.csv", header=True)
people.show(truncate=False)


@udf(returnType=StructType([StructField("valid", BooleanType()), StructField("brand", StringType()), StructField("last4", StringType())]))
def check_card(number):
    if number is None:
        return None
    digits = [int(c) for c in re.sub(r"\D", "", number)]
    total = 0
    for i, d in enumerate(reversed(digits)):
        if i % 2:
            d = d * 2 - 9 if d * 2 > 9 else d * 2
        total += d
    brand = "visa" if digits[0] == 4 else "mc" if digits[0] == 5 else "amex" if digits[:2] in ([3, 4], [3, 7]) else None
    return (total % 10 == 0, brand, "".join(map(str, digits[-4:])))


def mask_email(e):
    if e is None or "@" not in e:
        return None
    name, _, domain = e.partition("@")
    return name[0] + "*" * (len(name) - 2) + name[-1] + "@" + domain.lower()


mask_email_udf = udf(mask_email, StringType())
spark.udf.register("age_at", lambda d, y: y - d.year if d else None, IntegerType())
masked = (people
          .withColumn("ssn_hash", sha2(concat(lit(SALT), col("ssn")), 256))
          .withColumn("ssn_mask", regexp_replace("ssn", r"^\d{3}-\d{2}", "***-**"))
          .withColumn("phone", regexp_replace(regexp_replace("phone", r"[^\d]", ""), r"\d(?=\d{4})", "#"))
          .withColumn("email_masked", mask_email_udf(col("email")))
          .withColumn("email_md5", md5(lower(trim(col("email")))))
          .withColumn("dob", to_date("dob"))
          .withColumn("birth_decade", concat((floor(year("dob") / 10) * 10).cast("string"), lit("s")))
          .withColumn("zip3", rpad(substring(lpad("zip", 5, "0"), 1, 3), 5, "X"))
          .withColumn("card", check_card("card"))
          .withColumn("initials", concat_ws("", transform(split("first", " "), lambda p: substring(p, 1, 1)), substring("last", 1, 1)))
          .withColumn("name_len", length("last")).withColumn("sound", soundex("last")).withColumn("m", mask(col("last"))))
masked.selectExpr("id", "ssn_hash", "ssn_mask", "phone", "email_masked", "birth_decade", "zip3").show(truncate=False)
masked.select("id", "card.*", "initials", "name_len", "sound", "m", "email_md5").show(truncate=False)
masked.createOrReplaceTempView("masked")
spark.sql("select id, age_at(dob, 2023) as age, crc32(cast(last as binary)) c, xxhash64(first, last) h, hash(first, dob) hh, base64(cast(first as binary)) b from masked order by cast(id as int)").show(truncate=False)
dupes = masked.filter("ssn_hash is not null").groupBy("ssn_hash").agg(collect_set("id").alias("ids"), count("*").alias("n")).where("n > 1")
print([(sorted(r.ids), r.n) for r in dupes.collect()])
expected = hashlib.sha256((SALT + "123-45-6789").encode()).hexdigest()
print(dupes.first().ssn_hash == expected)
vault = people.select(expr("uuid()").alias("token"), "ssn").na.drop(subset=["ssn"]).dropDuplicates(["ssn"])
print("vault", vault.count(), vault.select(length("token")).distinct().collect())
masked.drop("ssn", "email", "first", "last").write.mode("overwrite").parquet(args["TARGET"] + "/masked")
