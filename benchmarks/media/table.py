"""The figures of a run as a table to be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

FILE = Path("benchmarks/results/sfu.md")
COLUMNS = (
    "us_per_packet",
    "pps",
    "loss_pct",
    "latency_p50_ms",
    "latency_p99_ms",
    "kb_per_session",
    "max_pps",
    "joins_per_cpu_s",
    "us_per_session_s",
    "generator_pct",
    "load",
    "steal_pct",
)


def write(lines: Sequence[dict[str, Any]]) -> None:
    """Replace FILE by what was measured now."""
    rows = [("case", "server", *COLUMNS), ("---",) * (2 + len(COLUMNS))]
    for line in lines:
        cells = (_shown(line.get(column)) for column in COLUMNS)
        rows.append((line["case"], line["server"], *cells))
    text = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(
        "What `make bench-sfu` measured last; of three windows min / median / max.\n\n" + text
    )


def _shown(figure: Any) -> str:
    if figure is None:
        return ""
    if isinstance(figure, dict):
        return " / ".join(f"{figure[name]:g}" for name in ("min", "median", "max"))
    return f"{figure:g}"
