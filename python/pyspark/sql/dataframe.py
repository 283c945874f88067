"""pyspark.sql.dataframe.DataFrame: a frame of the worker, seen from the script.

Every method that makes a DataFrame sends one node, which the worker analyses at once; rows move only for actions
(show, collect, count, write, ...).
"""
import os

from _tenon import expr as e
from _tenon import plan
from _tenon.actions import Actions, negative_limit
from _tenon.connection import analyse, frame_node
from _tenon.errors import UnsupportedOperation, refuse, refuse_property
from _tenon.text import split_name
from pyspark.errors.exceptions.base import (
    AnalysisException, IllegalArgumentException, PySparkTypeError, PySparkValueError, argument_error)
from pyspark.sql.column import Column, column_expr
from pyspark.sql.na import _NO_VALUE, DataFrameNaFunctions, DataFrameStatFunctions
from pyspark.sql.pandas.map_ops import PandasMapOpsMixin

# Every spelling of join's how, and the protocol's word for it.
_JOINS = {
    "inner": "inner", "outer": "full", "full": "full", "fullouter": "full", "full_outer": "full",
    "leftouter": "left", "left": "left", "left_outer": "left", "rightouter": "right", "right": "right",
    "right_outer": "right", "leftsemi": "left_semi", "left_semi": "left_semi", "semi": "left_semi",
    "leftanti": "left_anti", "left_anti": "left_anti", "anti": "left_anti", "cross": "cross",
}


class DataFrame(Actions, PandasMapOpsMixin):
    """A relation: a frame's number, its schema as the worker sent it, and the session it belongs to."""

    def __init__(self, frame, fields, session):
        self._frame = frame
        self._fields = fields
        self._session = session
        self._schema = None

    @classmethod
    def _of(cls, node, session):
        """The DataFrame of a node, analysed now: an unknown column raises here."""
        frame, fields = analyse(node)
        return cls(frame, fields, session)

    def _next(self, kind, **fields):
        """The DataFrame of a node over this one."""
        node = {"kind": kind, "inputs": [frame_node(self._frame)]}
        node.update(fields)
        return DataFrame._of(node, self._session)

    # Columns and schema.

    @property
    def columns(self):
        return [field["name"] for field in self._fields]

    @property
    def schema(self):
        """The StructType of the columns."""
        if self._schema is None:
            from _tenon.ddl import struct_of
            self._schema = struct_of(self._fields)
        return self._schema

    @property
    def dtypes(self):
        """(name, type) of each column, e.g. ("id", "bigint")."""
        return [(field.name, field.dataType.simpleString()) for field in self.schema.fields]

    @property
    def sparkSession(self):
        return self._session

    @property
    def sql_ctx(self):
        from pyspark.sql.context import SQLContext
        return SQLContext(self._session.sparkContext, self._session)

    @property
    def isStreaming(self):
        return False

    def isLocal(self):
        return False

    def __getattr__(self, name):
        if name.startswith("_") or name not in self.columns:
            raise AttributeError("'%s' object has no attribute '%s'" % (self.__class__.__name__, name))
        return Column(e.column("`%s`" % name.replace("`", "``"), self._frame))

    def __getitem__(self, item):
        if isinstance(item, str):
            return Column(self._own(item))
        if isinstance(item, Column):
            return self.filter(item)
        if isinstance(item, (list, tuple)):
            return self.select(*item)
        if isinstance(item, int):
            return Column(e.column("`%s`" % self.columns[item].replace("`", "``"), self._frame))
        raise argument_error("item", "item", item)

    def _own(self, name):
        """The column this frame has under a name. One that is no plain column is asked of the worker, so that a
        wrong name raises here, as in PySpark."""
        expr = e.column(name, self._frame)
        if expr["kind"] == "col" and name.lower() not in (column.lower() for column in self.columns):
            self._next(plan.NODE_PROJECT, exprs=[expr])
        return expr

    def colRegex(self, colName):
        """The columns whose whole name matches a regular expression in backticks; the column of any other text."""
        if not isinstance(colName, str):
            raise argument_error("colName", "str", colName)
        if len(colName) < 2 or colName[0] != "`" or colName[-1] != "`":
            return self[colName]
        import re
        names = [name for name in self.columns if re.fullmatch(colName[1:-1], name, re.IGNORECASE)]
        return Column({"kind": plan.EXPR_STAR, "names": names, "text": colName})

    def __dir__(self):
        return sorted(set(super().__dir__()) | {name for name in self.columns if name.isidentifier()})

    def __repr__(self):
        return "DataFrame[%s]" % ", ".join("%s: %s" % pair for pair in self.dtypes)

    # Relations.

    def select(self, *cols):
        """Columns, by name or expression."""
        return self._next(plan.NODE_PROJECT, exprs=[column_expr(col) for col in _spread(cols)])

    def selectExpr(self, *expr):
        """Expressions in Spark SQL."""
        return self._next(plan.NODE_PROJECT, exprs=[e.sql(text) for text in _spread(expr)])

    def filter(self, condition):
        """The rows for which a Column, or a text in Spark SQL, is true."""
        if isinstance(condition, str):
            condition = Column(e.sql(condition))
        if not isinstance(condition, Column):
            raise argument_error("condition", "column or str", condition)
        return self._next(plan.NODE_FILTER, condition=condition._expr)

    where = filter

    def withColumn(self, colName, col):
        """A column added, or replaced where the name is there already."""
        if not isinstance(col, Column):
            raise argument_error("col", "column", col)
        if not isinstance(colName, str):
            raise argument_error("colName", "str", colName)
        return self._next(plan.NODE_WITH_COLUMNS, exprs=[e.alias(col._expr, colName)])

    def withColumns(self, *colsMap):
        """As withColumn, for a dict of several; none of them sees another."""
        assert len(colsMap) == 1
        if not isinstance(colsMap[0], dict):
            raise argument_error("colsMap", "dict", colsMap[0])
        for col in colsMap[0].values():
            if not isinstance(col, Column):
                raise argument_error("col", "column", col)
        return self._next(plan.NODE_WITH_COLUMNS, exprs=[e.alias(c._expr, name) for name, c in colsMap[0].items()])

    def withColumnRenamed(self, existing, new):
        """One column under a new name; unchanged where there is none of that name."""
        return self.withColumnsRenamed({existing: new})

    def withColumnsRenamed(self, colsMap):
        if not isinstance(colsMap, dict):
            raise argument_error("colsMap", "dict", colsMap)
        return self._next(plan.NODE_RENAME, renames=[{"old": old, "new": new} for old, new in colsMap.items()])

    def drop(self, *cols):
        """Without some columns, by name (unknown ones are ignored) or as Columns."""
        names, exprs = [], []
        for col in cols:
            if isinstance(col, str):
                names.append(col)
            elif not isinstance(col, Column):
                raise argument_error("col", "column or str", col)
            elif col._expr.get("frame"):
                exprs.append(col._expr)
            elif col._expr["kind"] == plan.EXPR_COLUMN:
                names.append(".".join(split_name(col._expr["name"])))
        return self._next(plan.NODE_DROP, names=names, exprs=exprs)

    def toDF(self, *cols):
        """All columns renamed, by position."""
        for name in cols:
            if not isinstance(name, str):
                raise argument_error("cols", "str", name)
        if len(cols) != len(self._fields):
            raise IllegalArgumentException(
                "requirement failed: The number of columns doesn't match.\nOld column names (%d): %s\n"
                "New column names (%d): %s" % (len(self._fields), ", ".join(self.columns), len(cols),
                                               ", ".join(cols)))
        return self._next(plan.NODE_TO_DF, names=list(cols))

    def alias(self, alias):
        """The same rows under a name that qualifies columns: df.alias("t") has "t.id"."""
        assert isinstance(alias, str), "alias should be a string"
        return self._next(plan.NODE_ALIAS, name=alias)

    def groupBy(self, *cols):
        from pyspark.sql.group import GroupedData
        return GroupedData(self, self._keys(cols))

    groupby = groupBy

    def rollup(self, *cols):
        from pyspark.sql.group import GroupedData
        return GroupedData(self, self._keys(cols), "rollup")

    def cube(self, *cols):
        from pyspark.sql.group import GroupedData
        return GroupedData(self, self._keys(cols), "cube")

    def _keys(self, cols):
        return [column_expr(col) for col in _spread(cols)]

    def agg(self, *exprs):
        """Aggregates over all rows."""
        return self.groupBy().agg(*exprs)

    def join(self, other, on=None, how=None):
        """on is a name or list of names (kept once), a Column or a list of them, or None for every pair."""
        self._check_frame(other)
        if how is not None and not isinstance(how, str):
            raise argument_error("how", "str", how)
        word = "inner" if how is None else how.lower()
        if word not in _JOINS:
            raise IllegalArgumentException("Unsupported join type '%s'. Supported join types include: %s." % (
                how, ", ".join("'%s'" % name for name in _JOINS)))
        fields = {"how": _JOINS[word]}
        on = [on] if on is not None and not isinstance(on, list) else on
        if on:
            if isinstance(on[0], str):
                fields["names"] = on
            else:
                assert all(isinstance(part, Column) for part in on), "on should be Column or list of Column"
                condition = on[0]
                for part in on[1:]:
                    condition = condition & part
                fields["condition"] = condition._expr
        return self._with(other, plan.NODE_JOIN, **fields)

    def crossJoin(self, other):
        self._check_frame(other)
        return self._with(other, plan.NODE_JOIN, how="cross")

    def _with(self, other, kind, **fields):
        """The DataFrame of a node over this frame and another."""
        return self._next(kind, inputs=[frame_node(self._frame), frame_node(other._frame)], **fields)

    def _check_frame(self, other):
        if not isinstance(other, DataFrame):
            raise argument_error("other", "dataframe", other)

    def union(self, other):
        """The rows of both, matched by position, duplicates kept."""
        self._check_frame(other)
        return self._with(other, plan.NODE_UNION)

    unionAll = union

    def unionByName(self, other, allowMissingColumns=False):
        self._check_frame(other)
        return self._with(other, plan.NODE_UNION_BY_NAME, allow_missing=bool(allowMissingColumns))

    def intersect(self, other):
        self._check_frame(other)
        return self._with(other, plan.NODE_INTERSECT)

    def intersectAll(self, other):
        self._check_frame(other)
        return self._with(other, plan.NODE_INTERSECT, all=True)

    def subtract(self, other):
        """The distinct rows of this frame that the other has not."""
        self._check_frame(other)
        return self._with(other, plan.NODE_EXCEPT)

    def exceptAll(self, other):
        self._check_frame(other)
        return self._with(other, plan.NODE_EXCEPT, all=True)

    def distinct(self):
        return self._next(plan.NODE_DISTINCT)

    def dropDuplicates(self, subset=None):
        """One row of each group that agrees in the columns of subset."""
        if subset is not None and not isinstance(subset, (list, tuple)):
            raise argument_error("subset", "list or tuple", subset)
        if subset is not None and not subset:  # all rows agree in no column
            return self.limit(1)
        return self._next(plan.NODE_DISTINCT, names=list(subset or []))

    drop_duplicates = dropDuplicates

    def sort(self, *cols, **kwargs):
        """Rows in order; ascending is a bool, or a list of one for each column."""
        cols = _spread(cols)
        if not cols:
            raise PySparkValueError("[CANNOT_BE_EMPTY] At least one column must be specified.")
        ascending = kwargs.pop("ascending", True)
        if not isinstance(ascending, (bool, int, list)):
            raise PySparkTypeError("[NOT_BOOL_OR_LIST] Argument `ascending` should be a bool or list, got %s."
                                   % type(ascending).__name__)
        flags = ascending if isinstance(ascending, list) else [ascending] * len(cols)
        exprs = []
        for col, up in zip(cols, flags):
            expr = column_expr(col)
            if not up:
                expr = e.sort(expr["args"][0] if expr["kind"] == "sort" else expr, True)
            exprs.append(expr if expr["kind"] == "sort" else e.sort(expr))
        return self._next(plan.NODE_SORT, exprs=exprs)

    orderBy = sort

    def limit(self, num):
        if isinstance(num, bool) or not isinstance(num, int):
            raise argument_error("num", "int", num)
        if num < 0:
            raise negative_limit(num)
        return self._next(plan.NODE_LIMIT, limit=num)

    def offset(self, num):
        """Without the first rows."""
        if isinstance(num, bool) or not isinstance(num, int):
            raise argument_error("num", "int", num)
        if num < 0:
            raise negative_limit(num)
        return self._next(plan.NODE_OFFSET, offset=num)

    def sample(self, withReplacement=None, fraction=None, seed=None):
        """A random part of the rows: sample(0.1), sample(0.1, 42) or sample(False, 0.1, 42)."""
        if isinstance(withReplacement, float):
            withReplacement, fraction, seed = None, withReplacement, fraction if seed is None else seed
        if fraction is None or isinstance(fraction, str):
            raise PySparkTypeError("[NOT_BOOL_OR_FLOAT_OR_INT] Argument `withReplacement (optional), fraction (required) and seed "
                                   "(optional)` should be a bool, float or str, got %s, %s, %s." % (
                                       type(withReplacement).__name__, type(fraction).__name__, type(seed).__name__))
        fields = {"fraction": float(fraction), "replace": bool(withReplacement)}
        fields["seed"] = int.from_bytes(os.urandom(8), "big", signed=True) if seed is None else int(seed)
        return self._next(plan.NODE_SAMPLE, **fields)

    @property
    def na(self):
        return DataFrameNaFunctions(self)

    @property
    def stat(self):
        return DataFrameStatFunctions(self)

    def fillna(self, value, subset=None):
        """Nulls (and NaN) replaced in the columns whose type the value fits."""
        return self.na.fill(value, subset)

    def dropna(self, how="any", thresh=None, subset=None):
        """Without rows that have any null, only nulls (how="all"), or fewer than thresh values."""
        return self.na.drop(how, thresh, subset)

    def replace(self, to_replace, value=_NO_VALUE, subset=None):
        """Values replaced by others; see DataFrameNaFunctions.replace."""
        return self.na.replace(to_replace, value, subset)

    def unpivot(self, ids, values, variableColumnName, valueColumnName):
        """A row for each of the columns values, all that are no ids when it is None: its name and its value."""
        kept = [column_expr(col) for col in (ids if isinstance(ids, (list, tuple)) else [ids])]
        turned = {"variable": variableColumnName, "names": [valueColumnName], "values": []}
        if values is not None:
            values = list(values) if isinstance(values, (list, tuple)) else [values]
            if not values:
                raise AnalysisException("[UNPIVOT_REQUIRES_VALUE_COLUMNS] At least one value column needs to be specified "
                                        "for UNPIVOT, all columns specified as ids.")
            turned["values"] = [[column_expr(col)] for col in values]
        return self._next(plan.NODE_UNPIVOT, exprs=kept, unpivot=turned)

    melt = unpivot

    def describe(self, *cols):
        """Count, mean, deviation, least and greatest value of the numbers and texts, as texts."""
        from _tenon import statistics
        return statistics.describe(self, _spread(cols))

    def summary(self, *statistics):
        """As describe, for the named statistics, among them percentiles such as "25%"."""
        from _tenon import statistics as known
        return known.summary(self, _spread(statistics))

    def corr(self, col1, col2, method=None):
        """Pearson's correlation of two columns."""
        if method not in (None, "pearson"):
            raise PySparkValueError("[VALUE_NOT_PEARSON] Value for `method` only supports the 'pearson', got '%s'." % method)
        from _tenon import statistics
        found = statistics.two_numbers(self, "corr", "correlation", col1, col2)
        return float("nan") if found is None else found

    def cov(self, col1, col2):
        """The sample covariance of two columns."""
        from _tenon import statistics
        return statistics.two_numbers(self, "covar_samp", "covariance", col1, col2) or 0.0

    def crosstab(self, col1, col2):
        """How often each pair of values occurs."""
        from _tenon import statistics
        return statistics.crosstab(self, col1, col2)

    def approxQuantile(self, col, probabilities, relativeError):
        """The values at the given shares of the rows, in order."""
        from _tenon import statistics
        return statistics.approx_quantile(self, col, probabilities, relativeError)

    def sampleBy(self, col, fractions, seed=None):
        """Of the rows of each value of col the given share; other rows than Spark's for the same seed."""
        from _tenon import statistics
        return statistics.strata(self, col, fractions, seed)

    def randomSplit(self, weights, seed=None):
        """The rows at random over as many frames as there are weights; other rows than Spark's for the same seed."""
        from _tenon import statistics
        return statistics.random_split(self, list(weights), seed)

    def to(self, schema):
        """The columns of a schema by name; those it has beyond are null."""
        from _tenon import statistics
        return statistics.to_schema(self, schema)

    def sortWithinPartitions(self, *cols, **kwargs):
        """As sort: there is one partition."""
        return self.sort(*cols, **kwargs)

    def localCheckpoint(self, eager=True):
        """The rows, kept from now on, or with eager=False from the next action on."""
        if eager:
            self.cache().count()
            return self
        return self.cache()

    def checkpoint(self, eager=True):
        """As localCheckpoint, once SparkContext.setCheckpointDir was called: rows are kept with the run's own files."""
        if self._session.sparkContext.getCheckpointDir() is None:
            from py4j.protocol import Py4JJavaError
            raise Py4JJavaError("An error occurred while calling checkpoint.\n: org.apache.spark.SparkException: Checkpoint "
                                "directory has not been set in the SparkContext")
        return self.localCheckpoint(eager)

    def toJSON(self, use_unicode=True):
        """An RDD with each row as a JSON text, without its nulls."""
        from pyspark.sql import functions as F
        columns = [self[i] for i in range(len(self.columns))]
        texts = self.select(F.to_json(F.struct(*columns))) if columns else self.select(F.lit("{}"))
        return texts.rdd.map(lambda row: row[0] if use_unicode else row[0].encode("utf-8"))

    def transform(self, func, *args, **kwargs):
        """func of this frame, which must return a DataFrame."""
        out = func(self, *args, **kwargs)
        assert isinstance(out, DataFrame), "Func returned an instance of type [%s], should have been DataFrame." % (
            type(out))
        return out

    def hint(self, name, *parameters):
        """Without effect: hints steer a cluster, and the engine runs in one process."""
        if not isinstance(name, str):
            raise argument_error("name", "str", name)
        return self

    # One process has one partition; these are honest no-ops that check their arguments.

    def repartition(self, numPartitions, *cols):
        """The same rows. The engine decides by itself how it spreads work and how many files a sink writes."""
        self._check_partitioning(numPartitions, cols)
        return self

    def repartitionByRange(self, numPartitions, *cols):
        self._check_partitioning(numPartitions, cols)
        return self

    def coalesce(self, numPartitions):
        self._check_partitioning(numPartitions, ())
        return self

    def _check_partitioning(self, number, cols):
        if isinstance(number, int) and not isinstance(number, bool):
            if number < 1:
                raise IllegalArgumentException("requirement failed: Number of partitions (%d) must be positive."
                                               % number)
        else:
            cols = (number,) + cols
        for col in cols:
            expr = column_expr(col)
            if isinstance(col, str):
                self._own(col)
            elif expr["kind"] == "col" and not expr.get("frame"):
                self._own(expr["name"])


class CommandResult(DataFrame):
    """What spark.sql gives for a command: no columns and no rows."""

    def __init__(self, session):
        super().__init__(None, [], session)

    def _next(self, kind, **fields):
        raise UnsupportedOperation.of("a DataFrame method on the result of a SQL command")

    def _rows(self, limit):
        return []

    def count(self):
        return 0

    def show(self, n=20, truncate=True, vertical=False):
        print("++\n||\n++\n++\n")


def _spread(cols):
    """The arguments of a method that takes columns, or one list of them."""
    if len(cols) == 1 and isinstance(cols[0], (list, tuple)):
        return list(cols[0])
    return list(cols)


refuse(DataFrame, "freqItems observe pandas_api sameSemantics semanticHash to_koalas to_pandas_on_spark "
                  "withMetadata inputFiles")
refuse(DataFrame, "dropDuplicatesWithinWatermark withWatermark", "streaming")
refuse(DataFrame, "writeTo", "use write")
refuse_property(DataFrame, "writeStream", "streaming")
refuse_property(DataFrame, "_jdf", "there is no JVM")
