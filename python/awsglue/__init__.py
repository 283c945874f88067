"""The awsglue package of Glue jobs, over Tenon's embedded engine. Written from AWS's public documentation."""

__all__ = ["DynamicFrame"]


def __getattr__(name):
    """awsglue.DynamicFrame, which scripts of Glue Studio import. It is found when first used, so that awsglue.utils
    alone loads no engine."""
    if name == "DynamicFrame":
        from awsglue.dynamicframe import DynamicFrame
        return DynamicFrame
    raise AttributeError("module 'awsglue' has no attribute %r" % name)
