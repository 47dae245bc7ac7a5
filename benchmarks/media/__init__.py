"""Benchmarks of media: what each forwarded packet costs the server, with the native code as it
ships."""

import benchmarks.native  # noqa: F401
