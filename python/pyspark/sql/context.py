"""pyspark.sql.context: the SQLContext of before Spark 2, which GlueContext is one of."""
from _tenon.errors import refuse, refuse_property


class SQLContext:
    """A SparkSession under its older name."""

    def __init__(self, sparkContext, sparkSession=None, jsqlContext=None):
        from pyspark.sql.session import SparkSession
        self._sc = sparkContext
        self.sparkSession = sparkSession or SparkSession._current()

    @classmethod
    def getOrCreate(cls, sc):
        return cls(sc)

    def setConf(self, key, value):
        self.sparkSession.conf.set(key, value)

    def getConf(self, key, defaultValue=None):
        conf = self.sparkSession.conf
        return conf.get(key) if defaultValue is None else conf.get(key, defaultValue)

    def sql(self, sqlQuery):
        return self.sparkSession.sql(sqlQuery)

    def table(self, tableName):
        return self.sparkSession.table(tableName)

    def range(self, start, end=None, step=1, numPartitions=None):
        return self.sparkSession.range(start, end, step, numPartitions)

    def createDataFrame(self, data, schema=None, samplingRatio=None, verifySchema=True):
        return self.sparkSession.createDataFrame(data, schema, samplingRatio, verifySchema)

    def registerDataFrameAsTable(self, df, tableName):
        df.createOrReplaceTempView(tableName)

    def dropTempTable(self, tableName):
        self.sparkSession.catalog.dropTempView(tableName)

    def tableNames(self, dbName=None):
        return [table.name for table in self.sparkSession.catalog.listTables(dbName)]

    def clearCache(self):
        self.sparkSession.catalog.clearCache()

    def cacheTable(self, tableName):
        self.sparkSession.catalog.cacheTable(tableName)

    def uncacheTable(self, tableName):
        self.sparkSession.catalog.uncacheTable(tableName)

    @property
    def read(self):
        return self.sparkSession.read

    @property
    def udf(self):
        return self.sparkSession.udf


class HiveContext(SQLContext):
    """As SQLContext."""


refuse(SQLContext, "createExternalTable newSession registerFunction registerJavaFunction tables")
refuse_property(SQLContext, "readStream streams", "streaming")
refuse_property(SQLContext, "udtf")
refuse_property(SQLContext, "_jvm _jsc _ssql_ctx", "there is no JVM")
