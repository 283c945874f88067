"""pyspark.sql: names resolve on first use."""
_WHERE = {
    "SparkSession": "session", "SQLContext": "context", "HiveContext": "context", "UDFRegistration": "udf",
    "UDTFRegistration": "udf", "DataFrame": "dataframe", "GroupedData": "group", "Column": "column",
    "Catalog": "catalog", "Observation": "udf", "Row": "types", "DataFrameNaFunctions": "na",
    "DataFrameStatFunctions": "na", "Window": "window", "WindowSpec": "window", "DataFrameReader": "readwriter",
    "DataFrameWriter": "readwriter", "DataFrameWriterV2": "readwriter", "PandasCogroupedOps": "pandas.group_ops",
}

__all__ = list(_WHERE)


def __getattr__(name):
    """Imports a name's module when the name is first used."""
    if name not in _WHERE:
        raise AttributeError("module 'pyspark.sql' has no attribute %r" % name)
    value = getattr(__import__("pyspark.sql." + _WHERE[name], fromlist=[name]), name)
    globals()[name] = value
    return value
