"""awsglueml.transforms: the transforms that use models of AWS's; they raise when used, not when imported."""
from _tenon.errors import refuse


class FillMissingValues:
    """Missing values, filled in by a model."""


class FindMatches:
    """Records that a trained model takes for the same."""


class FindIncrementalMatches(FindMatches):
    """The same for records that have come since."""


class EntityDetector:
    """Personal data, found in the values of columns."""


_INSTEAD = "it needs a model of AWS's; fill in, match or mask with functions of the DataFrame"
refuse(FillMissingValues, "apply", _INSTEAD)
refuse(FindMatches, "apply", _INSTEAD)
refuse(FindIncrementalMatches, "apply", _INSTEAD)
refuse(EntityDetector, "detect classify_columns detect_and_mask", _INSTEAD)
