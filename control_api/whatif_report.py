"""What `mediacore whatif` tells: as it was, simulated as it was, simulated as it would be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from router.whatif import Figures, QueueFigures


class Column(NamedTuple):
    """One figure of the table."""

    title: str
    of: Callable[[QueueFigures], float | None]
    form: str
    scale: float = 1.0

    def shown(self, value: float | None, sign: str = "") -> str:
        if value is None:
            return "-"
        scaled = value * self.scale
        return format(round(scaled) if self.form == "d" else scaled, sign + self.form)

    def difference(self, before: QueueFigures, after: QueueFigures) -> str:
        one, other = self.of(before), self.of(after)
        return self.shown(None if one is None or other is None else other - one, "+")


def columns(within_s: float) -> list[Column]:
    """The table's columns; docs/guides/what-if.md says what they are."""
    return [
        Column("contacts", lambda it: it.contacts, "d"),
        Column("refused", lambda it: it.turned_away, "d"),
        Column("answered", lambda it: it.answered, "d"),
        Column("abandoned", lambda it: it.abandoned, "d"),
        Column("overflowed", lambda it: it.overflowed, "d"),
        Column("ASA s", lambda it: it.asa_s, ".1f"),
        Column("P50 s", lambda it: it.wait_p50_s, ".1f"),
        Column("P90 s", lambda it: it.wait_p90_s, ".1f"),
        Column(f"in {within_s:g} s %", lambda it: it.service_level, ".1f", 100.0),
        Column("agents", lambda it: it.agents, "d"),
        Column("busy %", lambda it: it.occupancy, ".1f", 100.0),
        Column("spread", lambda it: it.occupancy_spread, ".1f", 100.0),
    ]


class Report(NamedTuple):
    """A run as it was, simulated as it was, and simulated as it would be."""

    run: str
    recorded: Figures
    unchanged: Figures
    changed: Figures

    def fidelity(self) -> dict[str, float | None]:
        """How far the simulation of what was is from what was: differences of the totals."""
        was, simulated = self.recorded.total, self.unchanged.total

        def off(one: float | None, other: float | None) -> float | None:
            return None if one is None or other is None else one - other

        return {
            "asa_s": off(simulated.asa_s, was.asa_s),
            "service_level": off(simulated.service_level, was.service_level),
            "answered": float(simulated.answered - was.answered),
        }

    def builtins(self, names: Mapping[int, str]) -> dict[str, Any]:
        """For machines, with the queues' ids."""
        told = {"run": self.run, "fidelity": self.fidelity()}
        for kind in ("recorded", "unchanged", "changed"):
            figures = told[kind] = msgspec.to_builtins(getattr(self, kind))
            for queue in figures["queues"]:
                queue["queue"] = names.get(queue["queue"], str(queue["queue"]))
            del figures["total"]["queue"]
        return told

    def text(self, names: Mapping[int, str], span_us: tuple[int, int], within_s: float) -> str:
        """For people."""
        first, last = (
            datetime.fromtimestamp(us / 1e6, UTC).strftime("%Y-%m-%d %H:%M") for us in span_us
        )
        return "\n".join(
            [
                f"Run {self.run}, {first} to {last} (UTC)",
                *self._trust(),
                "",
                *self._table(names, within_s),
            ]
        )

    def _trust(self) -> list[str]:
        was, simulated = self.recorded.total, self.unchanged.total

        def pair(one: float | None, other: float | None, form: str) -> str:
            shown = ["-" if value is None else format(value, form) for value in (one, other)]
            return f"{shown[0]} (recorded {shown[1]})"

        asa = pair(simulated.asa_s, was.asa_s, ".1f")
        level = pair(simulated.service_level, was.service_level, ".1%")
        lines = [f"Simulated with nothing changed: ASA {asa} s, service level {level}"]
        if (drawn := self.changed.drawn) is not None:
            lines.append(
                f"Drawn for the change, as it isn't recorded: {drawn.answers} answers to offers, "
                f"{drawn.calls} calls, {drawn.wrap_ups} wrap-ups, {drawn.abandons} who left"
            )
        return lines

    def _table(self, names: Mapping[int, str], within_s: float) -> list[str]:
        of = columns(within_s)

        def row(title: str, cells: list[str]) -> str:
            widths = [max(len(column.title), 8) for column in of]
            aligned = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
            return f"{title:<12}" + "  ".join(aligned)

        before = {queue.queue: queue for queue in self.unchanged.queues}
        after = {queue.queue: queue for queue in self.changed.queues}
        blocks = [
            (names.get(number, str(number)), before[number], after[number])
            for number in sorted(before.keys() & after.keys())
        ]
        if len(blocks) > 1:
            blocks.append(("all queues", self.unchanged.total, self.changed.total))
        lines = [row("", [column.title for column in of])]
        for name, one, other in blocks:
            lines += [
                name,
                row("  unchanged", [column.shown(column.of(one)) for column in of]),
                row("  changed", [column.shown(column.of(other)) for column in of]),
                row("  difference", [column.difference(one, other) for column in of]),
            ]
        return lines
