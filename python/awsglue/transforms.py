"""awsglue.transforms: the 22 transforms of Glue, each as X.apply(frame=..., ...)."""
__all__ = [
    "GlueTransform", "ApplyMapping", "Coalesce", "DropFields", "DropNullFields", "ErrorsAsDynamicFrame", "Filter",
    "FlatMap", "Join", "Map", "MapToCollection", "Relationalize", "RenameField", "Repartition", "ResolveChoice",
    "SelectFields", "SelectFromCollection", "Spigot", "SplitFields", "SplitRows", "Unbox", "Union", "UnnestFrame",
]


class GlueTransform:
    """Root of the transforms. apply makes one and calls it."""

    @classmethod
    def apply(cls, *args, **kwargs):
        return cls()(*args, **kwargs)

    @classmethod
    def name(cls):
        return cls.__name__

    @classmethod
    def describeArgs(cls):
        """A dictionary for each argument: its name, whether it is optional, and its default."""
        import inspect
        arguments = list(inspect.signature(cls.__call__).parameters.values())[1:]
        return [{"name": one.name, "optional": one.default is not one.empty,
                 "defaultValue": None if one.default is one.empty else one.default}
                for one in arguments if one.kind is not one.VAR_KEYWORD]

    @classmethod
    def describeReturn(cls):
        return {"type": "DynamicFrame", "description": cls.__doc__}

    @classmethod
    def describeTransform(cls):
        return cls.__doc__

    @classmethod
    def describeErrors(cls):
        return []

    @classmethod
    def describe(cls):
        """All of it."""
        return {"transform": {"name": cls.name(), "args": cls.describeArgs(), "returns": cls.describeReturn(),
                              "description": cls.describeTransform(), "raises": cls.describeErrors()}}


def _names(frame, name1, name2):
    """The names of the two frames of a split: by default the frame's own, with 1 and 2."""
    return frame.name + "1" if name1 is None else name1, frame.name + "2" if name2 is None else name2


class ApplyMapping(GlueTransform):
    """Renames, casts and picks columns by tuples."""

    def __call__(self, frame, mappings, case_sensitive=False, transformation_ctx="", info="", stageThreshold=0,
                 totalThreshold=0, **kwargs):
        return frame.apply_mapping(mappings, case_sensitive, transformation_ctx, info, stageThreshold,
                                   totalThreshold, **kwargs)


class SelectFields(GlueTransform):
    """Picks fields by path."""

    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.select_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class DropFields(GlueTransform):
    """Drops fields by path."""

    def __call__(self, frame, paths, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.drop_fields(paths, transformation_ctx, info, stageThreshold, totalThreshold)


class RenameField(GlueTransform):
    """Renames one field."""

    def __call__(self, frame, old_name, new_name, transformation_ctx="", info="", stageThreshold=0,
                 totalThreshold=0):
        return frame.rename_field(old_name, new_name, transformation_ctx, info, stageThreshold, totalThreshold)


class DropNullFields(GlueTransform):
    """Drops the fields whose type is null."""

    def __call__(self, frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.drop_null_fields(transformation_ctx, info, stageThreshold, totalThreshold)


class Filter(GlueTransform):
    """Keeps the rows for which a Python function is true."""

    def __call__(self, frame, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.filter(f, transformation_ctx, info, stageThreshold, totalThreshold)


class Map(GlueTransform):
    """Applies a Python function to every row."""

    def __call__(self, frame, f, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.map(f, False, transformation_ctx, info, stageThreshold, totalThreshold)


class Join(GlueTransform):
    """Joins two frames where keys agree."""

    def __call__(self, frame1, frame2, keys1, keys2, transformation_ctx=""):
        return frame1.join(keys1, keys2, frame2, transformation_ctx)


class Union(GlueTransform):
    """The rows of two frames."""

    def __call__(self, frame1, frame2, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame1.union(frame2, transformation_ctx, info, stageThreshold, totalThreshold)


class SplitFields(GlueTransform):
    """Two frames: some fields, and the rest."""

    def __call__(self, frame, paths, name1=None, name2=None, transformation_ctx="", info="",
                 stageThreshold=0, totalThreshold=0):
        name1, name2 = _names(frame, name1, name2)
        return frame.split_fields(paths, name1, name2, transformation_ctx, info, stageThreshold, totalThreshold)


class ResolveChoice(GlueTransform):
    """Makes columns of several types one."""

    def __call__(self, frame, specs=None, choice="", transformation_ctx="", info="", stageThreshold=0,
                 totalThreshold=0, database=None, table_name=None, catalog_id=None):
        return frame.resolveChoice(specs, choice, database, table_name, transformation_ctx, info, stageThreshold,
                                   totalThreshold, catalog_id)


class Repartition(GlueTransform):
    """The same frame; see DynamicFrame.repartition."""

    def __call__(self, frame, num_partitions, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.repartition(num_partitions)


class Coalesce(GlueTransform):
    """The same frame; see DynamicFrame.repartition."""

    def __call__(self, frame, num_partitions, shuffle=False, transformation_ctx="", info="", stageThreshold=0,
                 totalThreshold=0):
        return frame.coalesce(num_partitions)


class SelectFromCollection(GlueTransform):
    """One frame of a collection."""

    def __call__(self, dfc, key, transformation_ctx=""):
        return dfc.select(key, transformation_ctx)


class MapToCollection(GlueTransform):
    """A Python function applied to each frame of a collection."""

    def __call__(self, dfc, callable, transformation_ctx=""):
        return dfc.map(callable, transformation_ctx)


class FlatMap(GlueTransform):
    """A transform applied to each frame of a collection, the results together."""

    def __call__(self, dfc, BaseTransform, frame_name, transformation_ctx="", **base_kwargs):
        def one(frame, ctx):
            return BaseTransform.apply(**dict(base_kwargs, **{frame_name: frame}))
        return dfc.flatmap(one, transformation_ctx)


class ErrorsAsDynamicFrame(GlueTransform):
    """The error records of a frame."""

    def __call__(self, frame):
        return frame.errorsAsDynamicFrame()


class Relationalize(GlueTransform):
    """Flat frames of nested data: a root, and one for each array."""

    def __call__(self, frame, staging_path="", name="roottable", options=None, transformation_ctx="", info="",
                 stageThreshold=0, totalThreshold=0):
        return frame.relationalize(name, staging_path, options, transformation_ctx, info, stageThreshold, totalThreshold)


class Spigot(GlueTransform):
    """Writes the first rows."""

    def __call__(self, frame, path, options=None, transformation_ctx=""):
        return frame.spigot(path, options, transformation_ctx)


class SplitRows(GlueTransform):
    """Two frames: the rows for which comparisons are true, and the rest."""

    def __call__(self, frame, comparison_dict, name1=None, name2=None, transformation_ctx="", info="",
                 stageThreshold=0, totalThreshold=0):
        name1, name2 = _names(frame, name1, name2)
        return frame.split_rows(comparison_dict, name1, name2, transformation_ctx, info, stageThreshold, totalThreshold)


class Unbox(GlueTransform):
    """Parses a text field."""

    def __call__(self, frame, path, format, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0,
                 **options):
        return frame.unbox(path, format, transformation_ctx, info, stageThreshold, totalThreshold, **options)


class UnnestFrame(GlueTransform):
    """Members of structs as columns."""

    def __call__(self, frame, transformation_ctx="", info="", stageThreshold=0, totalThreshold=0):
        return frame.unnest(transformation_ctx, info, stageThreshold, totalThreshold)
