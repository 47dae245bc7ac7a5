"""What can be wrong with opening hours, and with what becomes of visitors who can't be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mediacore import opening_hours
from mediacore.config_fault import Fault, nearest, shown
from mediacore.settings import CalendarSettings, QueueSettings, Settings
from mediacore.toml_lines import Key

_TREATMENTS = ("when_full", "when_closed", "at_closing", "when_unstaffed", "when_max_wait")
_OVERFLOW = "queue:"

ZoneFaults = Callable[[tuple[Key, ...], str], Iterator[Fault]]


def calendars(settings: Settings, zone_faults: ZoneFaults) -> Iterator[Fault]:
    """Of the tables [[calendars]]."""
    seen: set[str] = set()
    for number, calendar in enumerate(settings.calendars):
        place: tuple[Key, ...] = ("calendars", number)
        if calendar.id in seen:
            right = "give each of the calendars an id of its own"
            yield Fault((*place, "id"), f"{shown(calendar.id)} is there twice", right)
        seen.add(calendar.id)
        if calendar.time_zone is not None:
            yield from zone_faults((*place, "time_zone"), calendar.time_zone)
        yield from _hours(place, calendar)
        for day, ranges in calendar.holidays.items():
            try:
                opening_hours.check_date(day)
            except ValueError:
                right = 'name a date, as "2026-12-24"'
                yield Fault((*place, "holidays", day), f"{shown(day)} is no date", right)
            yield from _ranges((*place, "holidays", day), ranges)


def _hours(place: tuple[Key, ...], calendar: CalendarSettings) -> Iterator[Fault]:
    known: set[int] = set()
    for span, ranges in calendar.hours.items():
        try:
            days = set(opening_hours.days(span))
        except ValueError as error:
            right = "name a day from mon to sun, or two of them as mon-fri"
            yield Fault((*place, "hours", span), str(error), right)
            continue
        if both := days & known:
            day = opening_hours.DAYS[min(both)]
            right = "give the hours of a day once"
            yield Fault((*place, "hours", span), f"{day} is there twice", right)
        known |= days
        yield from _ranges((*place, "hours", span), ranges)


def _ranges(place: tuple[Key, ...], ranges: tuple[str, ...]) -> Iterator[Fault]:
    try:
        opening_hours.day_ranges(ranges)
    except ValueError as error:
        yield Fault(place, str(error), 'set it to ranges in one day, as ["09:00-12:00"]')


def queues(settings: Settings) -> Iterator[Fault]:
    """Of what queues do with visitors whom they can't serve."""
    known = [queue.id for queue in settings.queues]
    calendars = {calendar.id: calendar for calendar in settings.calendars}
    for number, queue in enumerate(settings.queues):
        place: tuple[Key, ...] = ("queues", number)
        if queue.calendar is not None and queue.calendar not in calendars:
            right = nearest(queue.calendar, sorted(calendars))
            right = right if calendars else "give it a table [[calendars]]"
            problem = f"there is no calendar {shown(queue.calendar)}"
            yield Fault((*place, "calendar"), problem, right)
        for name in _TREATMENTS:
            target = _target(queue, name)
            if target is not None and target not in known:
                right = nearest(target, sorted(known))
                yield Fault((*place, name), f"there is no queue {shown(target)}", right)
        calendar = calendars.get(queue.calendar or "")
        hopeful = queue.when_closed in ("wait", "callback")
        if hopeful and calendar is not None and not _ever_opens(calendar):
            problem = f"calendar {calendar.id} never opens: nobody would ever be served"
            right = 'give the calendar hours, or set it to "refuse", "message" or a queue'
            yield Fault((*place, "when_closed"), problem, right)
        last_s = queue.relax[-1].after_s if queue.relax else 0.0
        if queue.max_wait_s is not None and queue.max_wait_s <= last_s:
            problem = f"{queue.max_wait_s:g} is too early"
            right = f"the last step of relax is at {last_s:g}; set it to more"
            yield Fault((*place, "max_wait_s"), problem, right)
    yield from _loops(settings.queues)


def _ever_opens(calendar: CalendarSettings) -> bool:
    return any((*calendar.hours.values(), *calendar.holidays.values()))


def _loops(queues: tuple[QueueSettings, ...]) -> Iterator[Fault]:
    """Overflows that come back to where they began: whoever went round would never be served."""
    names = [name for name in _TREATMENTS if name != "when_max_wait"]
    leads = {
        queue.id: [(name, target) for name in names if (target := _target(queue, name))]
        for queue in queues
    }
    for number, queue in enumerate(queues):
        if (target := _target(queue, "when_max_wait")) == queue.id:
            yield Fault(
                ("queues", number, "when_max_wait"),
                f"{shown(target)} is this queue itself",
                "name another queue",
            )
        for name, target in leads[queue.id]:
            way = _way(target, queue.id, leads, set())
            if way is not None:
                way_text = " -> ".join([queue.id, *way])
                yield Fault(
                    ("queues", number, name),
                    f"a loop of overflows: {way_text}",
                    'end it with "refuse", or another treatment that is no queue',
                )


def _way(
    start: str, goal: str, leads: dict[str, list[tuple[str, str]]], seen: set[str]
) -> list[str] | None:
    """The queues from `start` to `goal` along overflows."""
    if start == goal:
        return [goal]
    seen.add(start)
    for _, target in leads.get(start, ()):
        if target not in seen and (rest := _way(target, goal, leads, seen)) is not None:
            return [start, *rest]
    return None


def _target(queue: QueueSettings, name: str) -> str | None:
    treatment: str = getattr(queue, name)
    return treatment.removeprefix(_OVERFLOW) if treatment.startswith(_OVERFLOW) else None
