"""awsglue.transforms: the 22 transforms of Glue, each as X.apply(frame=..., ...)."""
from _tenon.errors import UnsupportedOperation

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

    def __call__(self, frame, paths, name1="value_1", name2="value_2", transformation_ctx="", info="",
                 stageThreshold=0, totalThreshold=0):
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


class _Refused(GlueTransform):
    """A transform that the engine does not have yet."""

    def __call__(self, *args, **kwargs):
        raise UnsupportedOperation.of("awsglue.transforms." + type(self).__name__)


class Relationalize(_Refused):
    """Flattens nested data into several tables."""


class Spigot(_Refused):
    """Writes sample rows."""


class SplitRows(_Refused):
    """Splits rows by comparisons."""


class Unbox(_Refused):
    """Parses a text field."""


class UnnestFrame(_Refused):
    """Flattens nested fields."""
