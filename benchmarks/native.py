"""The native code as it ships, for benchmarks of Python: import it before anything that uses it.

`NATIVE` names the extension that was built with the release profile; a checkout's own is built for
tests, with most checks on. Without it that one is measured.
"""

from __future__ import annotations

import importlib.util
import os
import sys

# Before anybody imports it, also in the processes that a case starts.
if _path := os.environ.get("NATIVE"):
    _spec = importlib.util.spec_from_file_location("mediacore._native", _path)
    assert _spec is not None, f"{_path} is no extension"
    assert _spec.loader is not None
    _native = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_native)
    sys.modules["mediacore._native"] = _native
