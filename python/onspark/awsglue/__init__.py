"""awsglue on the real PySpark, for `tenon verify`: what of Glue's DynamicFrames has an exact equal among DataFrames.

It stands beside awsglue.utils, transforms, gluetypes and the other files of the package that need no engine. What has
no equal raises NotComparable, so that a script is either compared as a whole or not at all.
"""


class NotComparable(NotImplementedError):
    """PySpark has no exact equal of a call of Glue's."""

    def __init__(self, what):
        super().__init__("%s has no exact equal in PySpark: tenon verify cannot compare this script" % what)


NotComparable.__module__ = "tenon"
