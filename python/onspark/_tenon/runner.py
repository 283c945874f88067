"""The program a worker starts on the real PySpark, for `tenon verify`: the shim's own runner, confined to the buckets."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tenon.confine import confine  # noqa: E402
from _tenon.script import main  # noqa: E402

confine()
sys.exit(main())
