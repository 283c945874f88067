"""The program a worker starts: python -u runner.py SCRIPT ARGS...

Python compiles the program itself anew every time, but keeps what it imports; so all else is in _tenon.script.
"""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tenon.script import main  # noqa: E402

sys.exit(main())
