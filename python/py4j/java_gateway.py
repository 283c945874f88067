"""py4j.java_gateway by name only."""
from _tenon.errors import UnsupportedOperation


def java_import(jvm_view, import_str):
    """Always refused: there is no JVM."""
    raise UnsupportedOperation.of("py4j.java_gateway.java_import(%r)" % (import_str,), "there is no JVM")
