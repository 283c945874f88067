# A pipeline of classes with a small framework of its own.
import sys
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import reduce
from typing import List

from awsglue.utils import getResolvedOptions
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F


class Step(ABC):
    @abstractmethod
    def run(self, df: DataFrame) -> DataFrame:
        ...


@dataclass
class CastColumn(Step):
    name: str
    kind: str

    def run(self, df: DataFrame) -> DataFrame:
        return df.withColumn(self.name, F.col(self.name).cast(self.kind))


@dataclass
class RenameAll(Step):
    prefix: str

    def run(self, df: DataFrame) -> DataFrame:
        return reduce(lambda d, c: d.withColumnRenamed(c, self.prefix + c), df.columns, df)


@dataclass
class Where(Step):
    condition: str

    def run(self, df: DataFrame) -> DataFrame:
        return df.where(self.condition)


class Pipeline:
    def __init__(self, steps: List[Step]):
        self.steps = steps

    def __call__(self, df: DataFrame) -> DataFrame:
        for step in self.steps:
            before = df.count()
            df = step.run(df)
            print(type(step).__name__, before, "->", df.count())
        return df


if __name__ == "__main__":
    args = getResolvedOptions(sys.argv, ["JOB_NAME", "SOURCE", "TARGET"])
    spark = SparkSession.builder.appName(args["JOB_NAME"]).getOrCreate()
    pipeline = Pipeline([CastColumn("amount", "double"), Where("amount is not null"), CastColumn("order_date", "date"), RenameAll("o_")])
    out = spark.read.csv(args["SOURCE"] + "/orders.csv", header=True).transform(pipeline)
    out.printSchema()
    out.select(F.max("o_order_date"), F.min("o_amount")).show()
    out.write.mode("overwrite").parquet(args["TARGET"] + "/piped")
