"""awsgluedq.transforms: data quality is not served yet; the names raise when used, not when imported."""
from _tenon.errors import UnsupportedOperation


class EvaluateDataQuality:
    """Rules over a frame."""

    @classmethod
    def apply(cls, *args, **kwargs):
        raise UnsupportedOperation.of("EvaluateDataQuality.apply")

    def process_rows(self, *args, **kwargs):
        raise UnsupportedOperation.of("EvaluateDataQuality.process_rows")


class EvaluateDataQualityMultiframe(EvaluateDataQuality):
    """Rules over several frames."""
