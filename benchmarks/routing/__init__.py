"""Benchmarks of the Python side of routing, with the native code as it ships."""

import benchmarks.native  # noqa: F401
