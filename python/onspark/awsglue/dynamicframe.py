"""awsglue.dynamicframe on DataFrames: frames whose columns have one type each."""
from awsglue import NotComparable
from pyspark.sql import functions as F
from pyspark.sql.types import NullType

# What a filter's function may raise to drop its record.
DROPS = (KeyError, ValueError, TypeError)


class DynamicFrame:
    """A DataFrame in Glue's clothes."""

    def __init__(self, dataframe, glue_ctx, name=""):
        self._df, self.glue_ctx, self.name = dataframe, glue_ctx, name

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        raise NotComparable("DynamicFrame.%s" % name)

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name):
        return cls(dataframe, glue_ctx, name)

    def toDF(self, options=None):
        if options:
            raise NotComparable("DynamicFrame.toDF with options")
        return self._df

    def _next(self, dataframe, ctx="", stage=0, total=0):
        """The frame of a transform."""
        if stage or total:
            raise NotComparable("a threshold of error records")
        return DynamicFrame(dataframe, self.glue_ctx, ctx or self.name)

    # Looking.

    def count(self):
        return self._df.count()

    def show(self, num_rows=20):
        """Rows as JSON, one a line."""
        for row in self._df.select(F.to_json(F.struct(*[F.col(_quoted(c)) for c in self._df.columns]),
                                             {"ignoreNullFields": "false"})).take(num_rows):
            print(row[0])

    def schema(self):
        from awsglue.gluetypes import from_spark
        return from_spark(self._df.schema)

    def printSchema(self):
        from _tenon.text import glue_tree
        print(glue_tree(self._df.schema))

    def getNumPartitions(self):
        return 1

    # Transforms.

    def apply_mapping(self, mappings, case_sensitive=False, transformation_ctx="", info="", stageThreshold=0,
                      totalThreshold=0):
        columns = []
        for mapping in mappings:
            source, target = mapping[0], mapping[2] if len(mapping) > 2 else mapping[1]
            kind = mapping[3] if len(mapping) == 4 else mapping[1] if len(mapping) == 3 else None
            column = F.col(self._top(source))
            if kind is not None:
                column = column.cast(_TYPES.get(kind.lower(), kind))
            columns.append(column.alias(_bare(target)))
        return self._next(self._df.select(*columns), transformation_ctx, stageThreshold, totalThreshold)

    def select_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        wanted = [self._top(path) for path in _paths(paths)]
        return self._next(self._df.select(*wanted), transformation_ctx, stageThreshold, totalThreshold)

    def drop_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        gone = {_bare(self._top(path)) for path in _paths(paths)}
        kept = [_quoted(c) for c in self._df.columns if c not in gone]
        return self._next(self._df.select(*kept), transformation_ctx, stageThreshold, totalThreshold)

    def rename_field(self, oldName, newName, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        self._top(oldName)
        return self._next(self._df.withColumnRenamed(_bare(oldName), _bare(newName)), transformation_ctx,
                          stageThreshold, totalThreshold)

    def drop_null_fields(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        kept = [_quoted(f.name) for f in self._df.schema.fields if not isinstance(f.dataType, NullType)]
        return self._next(self._df.select(*kept), transformation_ctx, stageThreshold, totalThreshold)

    def filter(self, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        def keeps(row):
            try:
                return bool(f(row.asDict(True)))
            except DROPS:
                return False
        kept = self._df.sparkSession.createDataFrame(self._df.rdd.filter(keeps), self._df.schema)
        return self._next(kept, transformation_ctx, stageThreshold, totalThreshold)

    def join(self, paths1, paths2, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Names that both sides have begin with a dot on the right one."""
        left, right = self._df, frame2._df
        mine = {name.lower() for name in left.columns}
        names = ["." + name if name.lower() in mine else name for name in right.columns]
        renamed = dict(zip(right.columns, names))
        right = right.toDF(*names)
        condition = None
        for a, b in zip(_paths(paths1), _paths(paths2)):
            equal = left[self._top(a)] == right[_quoted(renamed[_bare(frame2._top(b))])]
            condition = equal if condition is None else condition & equal
        return self._next(left.join(right, condition), transformation_ctx, stageThreshold, totalThreshold)

    def union(self, other_frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        mine, other = dict(self._df.dtypes), dict(other_frame._df.dtypes)
        for name in mine.keys() & other.keys():
            if mine[name] != other[name]:
                raise NotComparable("a union where %s is %s and %s" % (name, mine[name], other[name]))
        return self._next(self._df.unionByName(other_frame._df, allowMissingColumns=True), transformation_ctx,
                          stageThreshold, totalThreshold)

    def split_fields(self, paths, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return DynamicFrameCollection({name1: self.select_fields(paths), name2: self.drop_fields(paths)}, self.glue_ctx)

    def resolveChoice(self, specs=None, choice="", database=None, table_name=None, transformation_ctx="", info="",
                      stageThreshold=0, totalThreshold=0, catalog_id=None):
        """No column has a choice of types here; a cast casts all the same."""
        frame = self._df
        if database or choice.startswith("match_catalog"):
            raise NotComparable("resolveChoice with match_catalog")
        for path, action in specs or []:
            kind, _, target = action.partition(":")
            if kind in ("cast", "project"):
                frame = frame.withColumn(_bare(self._top(path)), F.col(self._top(path)).cast(_TYPES.get(target, target)))
        return self._next(frame, transformation_ctx, stageThreshold, totalThreshold)

    def repartition(self, num_partitions, *_, **__):
        return self._next(self._df.repartition(num_partitions))

    def coalesce(self, num_partitions, *_, **__):
        return self._next(self._df.coalesce(num_partitions))

    def write(self, connection_type, connection_options=None, format=None, format_options=None, accumulator_size=0):
        return self.glue_ctx.write_dynamic_frame_from_options(self, connection_type, connection_options, format,
                                                              format_options)

    def _top(self, path):
        """The column of a path, quoted; a field inside another is not comparable."""
        for name in self._df.columns:
            if name.lower() == _bare(path).lower():
                return _quoted(name)
        raise NotComparable("the field %s, which is no column," % path)


class DynamicFrameCollection:
    """DynamicFrames by name."""

    def __init__(self, dynamic_frames, glue_ctx):
        self._frames, self._glue_ctx = dict(dynamic_frames), glue_ctx

    def __getitem__(self, key):
        return self._frames[key]

    def __len__(self):
        return len(self._frames)

    def keys(self):
        return self._frames.keys()

    def values(self):
        return self._frames.values()

    def select(self, key, transformation_ctx=""):
        return self._frames[key]

    def map(self, callable, transformation_ctx=""):
        return DynamicFrameCollection({name: callable(frame, transformation_ctx)
                                       for name, frame in self._frames.items()}, self._glue_ctx)


# Glue's names of types that are not Spark's.
_TYPES = {"long": "bigint", "short": "smallint", "byte": "tinyint", "decimal": "decimal(10,2)"}


def _paths(paths):
    return [paths] if isinstance(paths, str) else list(paths)


def _bare(name):
    """A name without its backticks."""
    return name[1:-1] if len(name) > 1 and name[0] == name[-1] == "`" else name


def _quoted(name):
    return "`%s`" % name.replace("`", "``")
