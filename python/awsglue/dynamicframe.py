"""awsglue.dynamicframe: DynamicFrame and DynamicFrameCollection."""
from _tenon import plan
from _tenon.connection import analyse, call, frame_node
from _tenon.errors import UnsupportedOperation, no_more, refuse
from pyspark.errors.exceptions.base import IllegalArgumentException

# The transforms through which a field that a record lacks stays one that it lacks.
_KEEP_NULLS = (plan.NODE_SELECT_FIELDS, plan.NODE_DROP_FIELDS, plan.NODE_FILTER_RECORDS, plan.NODE_SPLIT_ROWS)

# Why what needs the Glue Data Catalog is refused.
NO_CATALOG = "there is no table catalog yet; use from_options with the table's path and format"


class DynamicFrame:
    """A frame of the worker whose columns may be of several types (choice). Errors in rows do not fail a run."""

    def __init__(self, frame, fields, glue_ctx, name=""):
        self._frame = frame
        self._fields = fields
        self.glue_ctx = glue_ctx
        self.name = name or ""

    @classmethod
    def fromDF(cls, dataframe, glue_ctx, name):
        """The DynamicFrame of a DataFrame."""
        node = {"kind": plan.NODE_DYNAMIC, "inputs": [frame_node(dataframe._frame)]}
        return cls(*analyse(node), glue_ctx, name)

    def _next(self, kind, name="", errors=None, **fields):
        """The DynamicFrame of a node over this one; name is its transformation_ctx, errors what _errors gives."""
        node = {"kind": kind, "inputs": [frame_node(self._frame)]}
        node.update(fields)
        node.update(errors or {})
        if name:
            node["ctx"] = name
        made = DynamicFrame(*analyse(node), self.glue_ctx, name or self.name)
        if kind in _KEEP_NULLS and not any("." in path for path in fields.get("names", ())):
            known = self._nulls()
            made._fields = [dict(field, nulls=known[field["name"]]) if field["name"] in known else field for field in made._fields]
        return made

    def _nulls(self):
        """What a null of a field is, by the field's name, where it is known: plan.NULL_MISSING or plan.NULL_WRITTEN."""
        return {field["name"]: field["nulls"] for field in self._fields if field.get("nulls")}

    # Looking.

    def _struct(self):
        from _tenon.ddl import struct_of
        return struct_of(self._fields)

    def schema(self):
        """The schema, in the types of awsglue.gluetypes."""
        from awsglue.gluetypes import from_spark
        return from_spark(self._struct())

    def printSchema(self):
        """Prints the schema as a tree, in Glue's names of types."""
        from _tenon.text import glue_tree
        print(glue_tree(self._struct()))

    def count(self):
        return call(plan.OP_COUNT, {"frame": self._frame})["count"]

    def show(self, num_rows=20):
        """Prints rows as JSON, one a line."""
        reply = call(plan.OP_SHOW, {"frame": self._frame, "n": int(num_rows), "truncate": 0, "vertical": False,
                                    "json": True})
        print(reply["text"].rstrip("\n"))

    def toDF(self, options=None):
        """The DataFrame of this frame; a column of several types becomes a struct of them."""
        from pyspark.sql.dataframe import DataFrame
        frame = self
        if options:
            from _tenon.choice import specs_of
            frame = self.resolveChoice(specs_of(options))
        node = {"kind": plan.NODE_DATA_FRAME, "inputs": [frame_node(frame._frame)]}
        return DataFrame._of(node, self.glue_ctx.spark_session)

    # Transforms. Each takes transformation_ctx, info and thresholds, as all of Glue's do.

    def apply_mapping(self, mappings, case_sensitive=False, transformation_ctx="", info="", stageThreshold=0,
                      totalThreshold=0, **kwargs):
        """The columns named by tuples (source, source type, target, target type); of three, the target's type is
        the source's; of two, names alone. Backticks protect dots in names."""
        no_more("DynamicFrame.apply_mapping", kwargs)
        if case_sensitive:
            raise UnsupportedOperation.of("DynamicFrame.apply_mapping with case_sensitive=True")
        return self._next(plan.NODE_APPLY_MAPPING, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          mappings=[_mapping(m) for m in mappings])

    def select_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0, **kwargs):
        no_more("DynamicFrame.select_fields", kwargs)
        return self._next(plan.NODE_SELECT_FIELDS, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          names=_paths(paths))

    def drop_fields(self, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0, **kwargs):
        no_more("DynamicFrame.drop_fields", kwargs)
        return self._next(plan.NODE_DROP_FIELDS, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          names=_paths(paths))

    def rename_field(self, oldName, newName, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0,
                     **kwargs):
        no_more("DynamicFrame.rename_field", kwargs)
        return self._next(plan.NODE_RENAME_FIELD, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          renames=[{"old": oldName, "new": newName}])

    def drop_null_fields(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Without the fields whose type is null, at any depth."""
        return self._next(plan.NODE_DROP_NULL, transformation_ctx, _errors(info, stageThreshold, totalThreshold))

    def filter(self, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The rows for which f(record) is true; see _tenon.records for how f runs."""
        from _tenon.records import filter_frame
        return filter_frame(self, f, transformation_ctx, _errors(info, stageThreshold, totalThreshold))

    def map(self, f, preservesPartitioning=False, transformation_ctx="", info="", stageThreshold=0,
            totalThreshold=0):
        """What f(record) returns for each row; see _tenon.records for how f runs."""
        from _tenon.records import map_frame
        return map_frame(self, f, transformation_ctx, _errors(info, stageThreshold, totalThreshold))

    def mapPartitions(self, f, preservesPartitioning=True, transformation_ctx="", info="", stageThreshold=0,
                      totalThreshold=0):
        """The records that f makes of an iterator over all records: there is one partition."""
        from _tenon.records import map_partitions
        return map_partitions(self, f, transformation_ctx, _errors(info, stageThreshold, totalThreshold))

    def mapPartitionsWithIndex(self, f, preservesPartitioning=False, transformation_ctx="", info="", stageThreshold=0,
                               totalThreshold=0):
        """As mapPartitions, of f(0, iterator)."""
        return self.mapPartitions(lambda records: f(0, records), preservesPartitioning, transformation_ctx, info,
                                  stageThreshold, totalThreshold)

    def join(self, paths1, paths2, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The pairs of rows that agree in paths1 of this frame and paths2 of the other."""
        return self._next(plan.NODE_DYNAMIC_JOIN, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          inputs=[frame_node(self._frame), frame_node(frame2._frame)],
                          keys1=_paths(paths1), keys2=_paths(paths2))

    def union(self, other_frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The rows of both, fields matched by name. A field of two types becomes a choice."""
        return self._next(plan.NODE_DYNAMIC_UNION, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          inputs=[frame_node(self._frame), frame_node(other_frame._frame)])

    def split_fields(self, paths, name1, name2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """A collection of two frames: the fields of paths, and the rest."""
        args = {"info": info, "stageThreshold": stageThreshold, "totalThreshold": totalThreshold}
        return DynamicFrameCollection({name1: self.select_fields(paths, **args), name2: self.drop_fields(paths, **args)},
                                      self.glue_ctx)

    def resolveChoice(self, specs=None, choice="", database=None, table_name=None, transformation_ctx="", info="",
                      stageThreshold=0, totalThreshold=0, catalog_id=None):
        """Fields of several types made one: specs are (path, action) pairs, choice is one action for all of them, at
        any depth. Actions are cast:type, project:type, make_cols and make_struct; [] after the name of an array steps
        into it."""
        from _tenon.choice import node_fields
        if database or table_name or catalog_id or choice == "match_catalog":
            raise UnsupportedOperation.of("DynamicFrame.resolveChoice with match_catalog", NO_CATALOG)
        return self._next(plan.NODE_RESOLVE_CHOICE, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          **node_fields(specs, choice))

    def unbox(self, path, format, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0, **options):
        """The JSON texts of the field at path as structs, in its place; a record with another text is an error record.
        The texts are read once now, for their type."""
        if str(format).lower() != "json":
            raise UnsupportedOperation.of("DynamicFrame.unbox of format %r" % (format,), "json is")
        no_more("DynamicFrame.unbox", options)
        return self._next(plan.NODE_UNBOX, transformation_ctx, _errors(info, stageThreshold, totalThreshold), names=[path])

    def unnest(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Members of structs as columns, named by their path: s.a."""
        return self._next(plan.NODE_UNNEST, transformation_ctx, _errors(info, stageThreshold, totalThreshold))

    def relationalize(self, root_table_name, staging_path="", options=None, transformation_ctx="", info="",
                      stageThreshold=0, totalThreshold=0, **kwargs):
        """A collection of flat frames: root_table_name, and root_table_name_path for each array, with id (the array's
        value in its parent), index and path.val columns. Nothing is written to staging_path."""
        from _tenon.relational import tables
        no_more("DynamicFrame.relationalize", dict(kwargs, options=options))
        return DynamicFrameCollection(tables(self, root_table_name, transformation_ctx, _errors(
            info, stageThreshold, totalThreshold)), self.glue_ctx)

    def split_rows(self, comparison_dict, name1, name2, transformation_ctx="", info="", stageThreshold=0,
                   totalThreshold=0, **kwargs):
        """A collection of two frames: the rows for which all of comparison_dict is true, and the rest."""
        from _tenon.relational import comparisons
        no_more("DynamicFrame.split_rows", kwargs)
        tests = comparisons(comparison_dict)
        first, rest = (self._next(plan.NODE_SPLIT_ROWS, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                                  comparisons=tests, all=rest) for rest in (False, True))
        return DynamicFrameCollection({name1: first, name2: rest}, self.glue_ctx)

    def mergeDynamicFrame(self, stage_dynamic_frame, primary_keys, transformation_ctx="", options=None, info="",
                          stageThreshold=0, totalThreshold=0):
        """The rows of this frame whose primary keys stage_dynamic_frame has not, and all of its rows."""
        no_more("DynamicFrame.mergeDynamicFrame", {"options": options})
        return self._next(plan.NODE_DYNAMIC_MERGE, transformation_ctx, _errors(info, stageThreshold, totalThreshold),
                          inputs=[frame_node(self._frame), frame_node(stage_dynamic_frame._frame)],
                          names=_paths(primary_keys))

    def simplify_ddb_json(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """DynamoDB's JSON without the members that tell types: {"S": "x"} is "x"; maps are structs."""
        return self._next(plan.NODE_SIMPLIFY_DDB, transformation_ctx, _errors(info, stageThreshold, totalThreshold))

    def unnest_ddb_json(self, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """As simplify_ddb_json; lists keep their elements as they are."""
        return self._next(plan.NODE_UNNEST_DDB, transformation_ctx, _errors(info, stageThreshold, totalThreshold))

    def spigot(self, path, options=None, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """Writes the first options["topk"] records as JSON to path, now, and returns this frame."""
        options = dict(options or {})
        topk, prob = options.pop("topk", None), options.pop("prob", 1)
        no_more("DynamicFrame.spigot", options)
        if float(prob) != 1 or topk is None:
            raise UnsupportedOperation.of("DynamicFrame.spigot of random records (prob)" if topk is not None else
                                          "DynamicFrame.spigot without topk", 'give options={"topk": n}, without prob')
        sample = DynamicFrame(*analyse({"kind": plan.NODE_LIMIT, "inputs": [frame_node(self._frame)], "limit": int(topk)}),
                              self.glue_ctx, self.name)
        self.glue_ctx.write_dynamic_frame_from_options(sample, "s3", {"path": path}, "json")
        return self

    def with_frame_schema(self, schema):
        """This frame; schema only spares Spark from finding it, so it must be the one that the frame has."""
        if schema.jsonValue() != self.schema().jsonValue():
            raise UnsupportedOperation.of("DynamicFrame.with_frame_schema with another schema than the frame's",
                                          "use ApplyMapping")
        return self

    # Error records: what a reader or a function could not take. They go along with a frame through its transforms.

    def errorsCount(self):
        """The number of error records of this frame, from its sources on."""
        return call(plan.OP_ERRORS, {"frame": self._frame})["total"]

    def stageErrorsCount(self):
        """The number of error records that the transform (or source) which made this frame has added."""
        return call(plan.OP_ERRORS, {"frame": self._frame})["stage"]

    def errorsAsDynamicFrame(self):
        """The error records as a frame of one column, error. A source keeps the first 10,000 (and 16 MiB) of them;
        with more than it kept this is refused."""
        node = {"kind": plan.NODE_ERRORS, "inputs": [frame_node(self._frame)]}
        return DynamicFrame(*analyse(node), self.glue_ctx, self.name)

    def assertErrorThreshold(self):
        """Runs the frame, which fails where it has more error records than the thresholds of its transforms allow."""
        self.count()

    def repartition(self, num_partitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        """The same frame: the engine runs in one process, and decides itself how many files a sink writes."""
        return self

    def coalesce(self, num_partitions, shuffle=False, transformation_ctx="", info="", stageThreshold=0,
                 totalThreshold=0):
        """As repartition."""
        return self

    def getNumPartitions(self):
        return 1

    def write(self, connection_type, connection_options=None, format=None, format_options=None,
              accumulator_size=0):
        """Writes the frame; see GlueContext.write_dynamic_frame_from_options."""
        return self.glue_ctx.write_dynamic_frame_from_options(self, connection_type, connection_options, format,
                                                              format_options)

    def __repr__(self):
        return "DynamicFrame[%s]" % ", ".join("%s: %s" % (f["name"], f["type"]) for f in self._fields)


class ResolveOption:
    """How toDF makes a field of several types one: Project or Cast to a target type, or KeepAsStruct."""

    def __init__(self, path, action, target=None):
        self.path, self.action, self.target = path, action, target


class DynamicFrameCollection:
    """DynamicFrames by name."""

    def __init__(self, dynamic_frames, glue_ctx):
        self._frames = dict(dynamic_frames)
        self._glue_ctx = glue_ctx

    def __getitem__(self, key):
        return self._frames[key]

    def __len__(self):
        return len(self._frames)

    def keys(self):
        return self._frames.keys()

    def values(self):
        return self._frames.values()

    def select(self, key, transformation_ctx=""):
        """The frame of a name."""
        return self._frames[key]

    def map(self, callable, transformation_ctx=""):
        """A collection of callable(frame, transformation_ctx), under the same names."""
        return DynamicFrameCollection({name: callable(frame, transformation_ctx)
                                       for name, frame in self._frames.items()}, self._glue_ctx)

    def flatmap(self, f, transformation_ctx=""):
        """The frames of the collections f(frame, transformation_ctx) together, under name_name."""
        out = {}
        for name, frame in self._frames.items():
            made = f(frame, transformation_ctx)
            if isinstance(made, DynamicFrame):
                out[name] = made
            else:
                out.update(("%s_%s" % (name, inner), made[inner]) for inner in made.keys())
        return DynamicFrameCollection(out, self._glue_ctx)


def _mapping(tuple_):
    """plan.Mapping of one tuple of ApplyMapping."""
    if not isinstance(tuple_, (tuple, list)) or not 2 <= len(tuple_) <= 4:
        raise IllegalArgumentException("a mapping is a tuple of 2, 3 or 4 texts, got %r" % (tuple_,))
    if not all(isinstance(part, str) for part in tuple_):
        raise IllegalArgumentException("a mapping is a tuple of texts, got %r" % (tuple_,))
    if len(tuple_) == 2:
        return {"source": tuple_[0], "target": tuple_[1]}
    source, kind, target = tuple_[:3]
    return {"source": source, "source_type": kind, "target": target,
            "target_type": tuple_[3] if len(tuple_) == 4 else kind}


def _paths(paths):
    """A list of paths, also of one given bare."""
    return [paths] if isinstance(paths, str) else list(paths)


def _errors(info, stage, total):
    """The fields of a node that say what is said of its error records, and how many of them fail the run; 0: none."""
    for name, value in (("stageThreshold", stage), ("totalThreshold", total)):
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise IllegalArgumentException("%s is a number of error records, 0 or more, not %r" % (name, value))
    fields = {"info": str(info or ""), "stage_threshold": stage, "total_threshold": total}
    return {name: value for name, value in fields.items() if value}


class DynamicFrameReader:
    """glueContext.create_dynamic_frame."""

    def __init__(self, glue_context):
        self._glue_context = glue_context

    def from_options(self, connection_type, connection_options=None, format=None, format_options=None,
                     transformation_ctx="", push_down_predicate="", **kwargs):
        return self._glue_context.create_dynamic_frame_from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, push_down_predicate,
            **kwargs)

    def from_rdd(self, data, name, schema=None, sampleRatio=None, transformation_ctx=""):
        return self._glue_context.create_dynamic_frame_from_rdd(data, name, schema, sampleRatio, transformation_ctx)


class DynamicFrameWriter:
    """glueContext.write_dynamic_frame."""

    def __init__(self, glue_context):
        self._glue_context = glue_context

    def from_options(self, frame, connection_type, connection_options=None, format=None, format_options=None,
                     transformation_ctx="", **kwargs):
        return self._glue_context.write_dynamic_frame_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx, **kwargs)

    def from_jdbc_conf(self, frame, catalog_connection, connection_options=None, redshift_tmp_dir="",
                       transformation_ctx="", catalog_id=None):
        return self._glue_context.write_dynamic_frame_from_jdbc_conf(
            frame, catalog_connection, connection_options, redshift_tmp_dir, transformation_ctx, catalog_id)


refuse(DynamicFrameReader, "from_catalog", NO_CATALOG, "create_dynamic_frame")
refuse(DynamicFrameWriter, "from_catalog", NO_CATALOG, "write_dynamic_frame")
