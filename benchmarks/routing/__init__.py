"""Benchmarks of the Python side of routing."""
