"""awsgluedq.transforms: data quality is not served yet; the names raise when used, not when imported."""
from _tenon.errors import UnsupportedOperation

# What to do instead, in the refusals.
_INSTEAD = "leave the call out, or test the frame yourself (frame.count(), filter(col.isNull()).count()) and raise"


class EvaluateDataQuality:
    """Rules over a frame."""

    @classmethod
    def apply(cls, *args, **kwargs):
        raise UnsupportedOperation.of("EvaluateDataQuality.apply", _INSTEAD)

    def process_rows(self, *args, **kwargs):
        raise UnsupportedOperation.of("EvaluateDataQuality.process_rows", _INSTEAD)


class EvaluateDataQualityMultiframe(EvaluateDataQuality):
    """Rules over several frames."""
