"""What /metrics tells Prometheus. Base units; `_total` on counters only; labels from fixed sets.

Counts of events come from the feed, states are read when somebody asks.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import anyio
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from control_api.calls import Calls
from control_api.recording_policy import RecordingDesk
from control_api.ws.hub import Hub
from mediacore.engine import MediaEngine
from mediacore.events import CaptureGap, MediaEvent
from router.centre import ContactCentre
from router.figures import QueueStatus
from router.journal import JournalFigures
from router.model import Contact, Event

# A series of creation times beside each counter says nothing here.
disable_created_metrics()  # type: ignore[no-untyped-call]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

WAIT_BUCKETS_S: Final = (1, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 3600)
TALK_BUCKETS_S: Final = (10, 30, 60, 120, 300, 600, 1200, 2400, 3600, 7200)
HOLD_BUCKETS_S: Final = (5, 10, 30, 60, 120, 300, 600, 1200)
LAG_BUCKETS_S: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)

LAG_PERIOD_S: Final = 0.5
"""How often the event loop's lag is measured."""

AGENT_STATES: Final = ("offline", "not_ready", "ready", "reserved", "busy", "wrap_up")
OFFER_OUTCOMES: Final = ("accepted", "rejected", "timed_out", "rescinded")
ROLES: Final = ("visitor", "agent", "supervisor")

# The media engine's own numbers: its name, ours, what it says.
MEDIA: Final = (
    ("sessions", "sessions", "Media sessions now"),
    ("rooms", "rooms", "Rooms now"),
    ("tracks", "tracks", "Published tracks now"),
    ("datagrams_received_total", "datagrams_received", "Datagrams taken by a session"),
    ("datagrams_sent_total", "datagrams_sent", "Datagrams sent"),
    ("received_bytes_total", "received_bytes", "Bytes of the datagrams taken"),
    ("sent_bytes_total", "sent_bytes", "Bytes of the datagrams sent"),
    ("datagrams_unknown_total", "datagrams_unknown", "Datagrams of strangers, dropped"),
    ("datagram_errors_total", "datagram_errors", "Senseless datagrams of known peers, dropped"),
    ("media_packets_received_total", "packets_received", "Media packets publishers sent"),
    ("media_packets_forwarded_total", "packets_forwarded", "Media packets given to receivers"),
    ("keyframe_requests_total", "keyframe_requests", "Keyframes asked of publishers"),
    ("offers_refused_total", "offers_refused", "SDP offers refused"),
    ("datagrams_unsent_total", "datagrams_unsent", "Datagrams the system's socket had no room for"),
    ("commands_total", "commands", "Commands carried out"),
    ("events_waiting", "events_waiting", "Events that wait for the engine"),
)

# The journal's figures: its name, ours, what it says.
JOURNAL: Final = (
    ("journal_commands_total", "journal_commands", "Commands of the matcher that were recorded"),
    ("journal_bytes_total", "journal_bytes", "Bytes of the journal that were written"),
    ("journal_lost_total", "journal_lost", "Commands after the journal of the run had to end"),
)


# A queue's figure: its name, what it says, where it is.
QUEUE_FIGURES: Final[tuple[tuple[str, str, Callable[[QueueStatus], float | None]], ...]] = (
    ("longest_wait_seconds", "How long the first of those waits", lambda q: q.longest_wait_s),
    ("agents_ready", "Agents who could take a contact of the queue", lambda q: q.ready),
    ("agents_staffed", "Agents of the queue who are not away", lambda q: q.staffed),
    (
        "service_level_ratio",
        "Answered in time, of the offered less the short abandons, in 15 minutes",
        lambda q: q.recent.service_level,
    ),
    (
        "service_level_of_answered_ratio",
        "Answered in time, of the answered, in 15 minutes",
        lambda q: q.recent.service_level_of_answered,
    ),
    ("abandon_ratio", "Abandoned, of the offered, in 15 minutes", lambda q: q.recent.abandon_ratio),
    (
        "answer_speed_seconds",
        "Mean wait of the answered, in 15 minutes",
        lambda q: q.recent.asa_s,
    ),
    ("handling_seconds", "Mean talk and wrap-up, in 15 minutes", lambda q: q.recent.aht_s),
)


class Metrics:
    """One registry for one server. `count` and `count_media` are fed, `text` is asked."""

    def __init__(
        self,
        centre: ContactCentre,
        engine: MediaEngine,
        calls: Calls,
        hub: Hub,
        recordings: RecordingDesk,
        journal: Callable[[], JournalFigures | None],
    ) -> None:
        self._registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)
        self._registry.register(_States(centre, engine, calls, hub, recordings, journal))
        self._arrived = self._counter("contacts_arrived", "Contacts that came", "queue")
        self._ended = self._counter("contacts_ended", "Contacts that ended", "queue", "outcome")
        self._requeued = self._counter(
            "contacts_requeued", "Contacts that went back to their place", "queue", "reason"
        )
        self._transferred = self._counter(
            "contacts_transferred", "Contacts moved on from a queue by somebody", "queue", "to"
        )
        self._offers = self._counter(
            "offers", "Offers to agents, by what became of them", "queue", "outcome"
        )
        self._gaps = self._counter(
            "capture_gap_packets", "Packets missing in recordings because the disk was too slow"
        )
        self._refusals = self._counter("refusals", "Requests and messages refused", "code")
        self._messages = self._counter("chat_messages", "Chat messages")
        self._wait = self._histogram(
            "wait_seconds",
            "From arrival, or the end of the talk before, to acceptance",
            WAIT_BUCKETS_S,
        )
        self._talk = self._histogram(
            "talk_seconds", "Length of an agent's talk with a contact", TALK_BUCKETS_S
        )
        self._hold = self._histogram("hold_seconds", "Length of holds", HOLD_BUCKETS_S)
        self._lag = Histogram(
            "mediacore_event_loop_lag_seconds",
            "How late the event loop comes to a timer",
            buckets=LAG_BUCKETS_S,
            registry=self._registry,
        )

    def count(self, event: Event, contact: Contact | None) -> None:
        """One committed event of the contact centre."""
        if event.type == "chat.message":
            self._messages.inc()
        if contact is None:
            return
        queue = contact.queue
        match event.type:
            case "contact.enqueued":
                self._arrived.labels(queue).inc()
            case "contact.completed":
                self._ended.labels(queue, "completed").inc()
                self._talk.labels(queue).observe(event.data["talk_us"] / 1e6)
            case "contact.transferred":
                before = event.data["before"]
                self._transferred.labels(before, event.data["queue"]).inc()
                if event.agent is not None:
                    self._talk.labels(before).observe(event.data["talk_us"] / 1e6)
            case "contact.resumed":
                self._hold.labels(queue).observe(event.data["held_us"] / 1e6)
            case "contact.abandoned":
                self._ended.labels(queue, "abandoned").inc()
            case "contact.dismissed":
                self._ended.labels(queue, "dismissed").inc()
            case "contact.message_left":
                self._ended.labels(queue, "message").inc()
            case "contact.requeued":
                self._requeued.labels(queue, event.data["reason"]).inc()
            case "reservation.accepted":
                self._offers.labels(queue, "accepted").inc()
                self._wait.labels(queue).observe((event.at_us - contact.wait_began_us) / 1e6)
            case "reservation.rejected" | "reservation.timed_out" | "reservation.rescinded":
                self._offers.labels(queue, event.type.removeprefix("reservation.")).inc()
            case _:
                pass

    def count_media(self, event: MediaEvent) -> None:
        """One event of the media engine."""
        if isinstance(event, CaptureGap):
            self._gaps.inc(event.packets)

    def count_refusal(self, code: str) -> None:
        """One error told to a client; its code is one of control_api.problems.KINDS."""
        self._refusals.labels(code).inc()

    async def watch_loop(self) -> None:
        """Measure how late timers come, for ever."""
        while True:
            due = anyio.current_time() + LAG_PERIOD_S
            await anyio.sleep_until(due)
            self._lag.observe(max(0.0, anyio.current_time() - due))

    def text(self) -> bytes:
        """The page that Prometheus reads."""
        return generate_latest(self._registry)

    def _counter(self, name: str, help: str, *labels: str) -> Counter:
        return Counter(f"mediacore_{name}", help, labels, registry=self._registry)

    def _histogram(self, name: str, help: str, buckets: Iterable[float]) -> Histogram:
        return Histogram(
            f"mediacore_{name}",
            help,
            ["queue"],
            buckets=tuple(buckets),
            registry=self._registry,
        )


class _States(Collector):
    """What is now, read at the moment of asking."""

    def __init__(
        self,
        centre: ContactCentre,
        engine: MediaEngine,
        calls: Calls,
        hub: Hub,
        recordings: RecordingDesk,
        journal: Callable[[], JournalFigures | None],
    ) -> None:
        self._centre = centre
        self._engine = engine
        self._calls = calls
        self._hub = hub
        self._recordings = recordings
        self._journal = journal

    def describe(self) -> Iterable[Metric]:
        """Nothing can be read yet at registration."""
        return ()

    def collect(self) -> Iterator[Metric]:
        board = self._centre.board()
        contacts = GaugeMetricFamily(
            "mediacore_contacts", "Contacts now, by queue and state", labels=["queue", "state"]
        )
        for queue in board.queues:
            for state, count in queue.contacts.items():
                contacts.add_metric([queue.id, state], count)
        yield contacts
        agents = GaugeMetricFamily("mediacore_agents", "Agents now, by state", labels=["state"])
        agent_states = Tally(agent.state for agent in board.agents)
        for agent_state in AGENT_STATES:
            agents.add_metric([agent_state], agent_states[agent_state])
        yield agents
        yield from _figures(board.queues)
        yield GaugeMetricFamily("mediacore_calls", "Calls now", len(list(self._calls)))
        sockets = GaugeMetricFamily(
            "mediacore_websockets", "Connected pages, by role", labels=["role"]
        )
        for role in ROLES:
            sockets.add_metric([role], self._hub.of_role(role))
        yield sockets
        recordings = CounterMetricFamily(
            "mediacore_recordings", "Recordings, by outcome", labels=["outcome"]
        )
        recordings.add_metric(["ready"], self._recordings.finished_total)
        recordings.add_metric(["failed"], self._recordings.failed_total)
        yield recordings
        yield GaugeMetricFamily(
            "mediacore_draining", "1 while the server goes down", float(self._centre.draining)
        )
        yield from self._journalled()
        yield from self._media()

    def _journalled(self) -> Iterator[Metric]:
        if (figures := self._journal()) is not None:
            for name, ours, help in JOURNAL:
                yield CounterMetricFamily(f"mediacore_{ours}", help, getattr(figures, name))

    def _media(self) -> Iterator[Metric]:
        known = self._engine.metrics()
        for theirs, ours, help in MEDIA:
            if theirs not in known:
                continue
            name = f"mediacore_media_{ours}"
            if theirs.endswith("_total"):
                yield CounterMetricFamily(name, help, known[theirs])
            else:
                yield GaugeMetricFamily(name, help, known[theirs])


def _figures(queues: Iterable[QueueStatus]) -> Iterator[Metric]:
    """Of each queue now and in the last 15 minutes; what has no denominator is left out."""
    for name, help, read in QUEUE_FIGURES:
        gauge = GaugeMetricFamily(f"mediacore_{name}", help, labels=["queue"])
        for queue in queues:
            if (value := read(queue)) is not None:
                gauge.add_metric([queue.id], value)
        yield gauge
