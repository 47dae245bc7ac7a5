"""The one place where routing and media meet: opens all parts, wires them, closes them in order.

contact accepted -> room opens, capture starts (policy, consent) -> both have media -> connected ->
contact ended -> room closes, recording is made. Everybody hears of it through the feed.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import anyio

from control_api import directory, limits
from control_api.auth import Keys
from control_api.calls import Calls
from control_api.journal import Journal
from control_api.limits import Buckets
from control_api.media_sessions import MediaSessions
from control_api.metrics import Metrics
from control_api.recording_policy import RecordingDesk
from control_api.roomless import Roomless
from control_api.views import Views
from control_api.voicemails import Voicemails
from control_api.ws.feed import Feed
from control_api.ws.hub import Hub
from control_api.ws.messages import ServerDraining
from control_api.ws.presence import Presence
from mediacore import opening_hours
from mediacore.config import CalendarSettings, QueueSettings, Settings
from mediacore.engine import MediaEngine
from mediacore.errors import EventsLost, MediaError
from mediacore.recording import Recorder
from mediacore.time_zone import time_zone
from router import model
from router.capacity import by_slots
from router.centre import ContactCentre
from router.errors import RouterError
from router.matcher import Matcher
from router.model import Channel, Contact, Event
from router.store import open_store

EVENTS_PAGE = 500
"""Events read at once from the log when the feed has to catch up."""

HANG_UP_LIMIT_S = 10.0
"""How long the end of the last calls may take at shutdown."""

FINISH_LIMIT_S = 60.0
"""How long a shutdown waits for recordings being made; what is left is made at the next start."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """Everything the HTTP and WebSocket handlers work with."""

    settings: Settings
    keys: Keys
    centre: ContactCentre
    engine: MediaEngine
    recordings: RecordingDesk
    calls: Calls
    roomless: Roomless
    views: Views
    hub: Hub
    feed: Feed
    presence: Presence
    media_sessions: MediaSessions
    metrics: Metrics
    arrivals: Buckets
    voicemails: Voicemails

    async def call_back(self, contact: Contact) -> None:
        """An agent has accepted a customer who does not hold the line: their link is to be sent,
        unless the agent phones them."""
        if not contact.phoned and self.hub.visitor(contact.id) is None:
            self.presence.expect([contact])
            try:
                await self.centre.append_event("callback.due", contact_id=contact.id)
            except RouterError as error:
                _log.error("callback of contact %s is not told: %s", contact.id, error.code)

    async def drain(self, grace_s: float, at_once: anyio.Event) -> None:
        """Take no new contacts; let calls end for `grace_s` or until `at_once`; end the rest;
        have their recordings made. Who waits keeps the place for the next start, and what has no
        room goes on then."""
        self.centre.drain()
        self.hub.broadcast(ServerDraining())
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_cancel_when, at_once, tasks.cancel_scope)
            with anyio.move_on_after(grace_s):
                await self.calls.wait_until_none()
            tasks.cancel_scope.cancel()
        for call in self.calls:
            try:
                await self.centre.hang_up(call.contact, by="server")
            except RouterError as error:
                _log.info("contact %s did not have to be ended: %s", call.contact, error.code)
        with anyio.move_on_after(HANG_UP_LIMIT_S):
            await self.calls.wait_until_none()
        with anyio.move_on_after(FINISH_LIMIT_S):
            await self.recordings.wait_until_finished()


async def _cancel_when(event: anyio.Event, scope: anyio.CancelScope) -> None:
    await event.wait()
    scope.cancel()


@asynccontextmanager
async def open_services(
    settings: Settings, *, matcher: Matcher | None = None, engine: MediaEngine | None = None
) -> AsyncIterator[Services]:
    """All parts of one server, running. `matcher` and `engine` are given by tests only."""
    queues = queues_settings(settings)
    journal = Journal(settings.journal)
    async with (
        open_store(settings.store.url) as store,
        engine or MediaEngine(settings.media) as media,
        ContactCentre(
            store,
            matcher or journal.matcher(large_floor=settings.routing.large_floor),
            queues=queues,
            skills=[directory.named(skill) for skill in settings.skills],
            directory=directory.directory(settings),
            heartbeat_timeout_s=settings.routing.heartbeat_timeout_s,
            giver_return_s=settings.routing.giver_return_s,
            zone=time_zone(settings.routing.time_zone),
            capacity=by_slots(cast("dict[Channel, int]", settings.routing.capacity)),
        ) as centre,
        anyio.create_task_group() as tasks,
    ):
        recorder = Recorder(media, Path(settings.recording.directory))
        enabled = settings.recording.enabled
        recordings = RecordingDesk(
            recorder,
            {queue.id: queue.recording if enabled else "off" for queue in settings.queues},
            tasks,
            centre.append_event,
        )
        calls = Calls(centre, media, recordings)
        views = Views(
            centre,
            {queue.id: queue for queue in settings.queues},
            directory.names(settings),
            recordings,
            time_zone(settings.routing.time_zone),
        )
        hub = Hub()
        timeouts_s = {queue.id: queue.offer_timeout_s for queue in settings.queues}
        services = Services(
            settings=settings,
            keys=Keys(settings.keys.api_key, settings.keys.token_secret),
            centre=centre,
            engine=media,
            recordings=recordings,
            calls=calls,
            roomless=Roomless(centre, lambda contact: hub.visitor(contact) is not None),
            views=views,
            hub=hub,
            feed=Feed(hub, centre, calls, views, recordings, timeouts_s),
            presence=Presence(
                centre,
                calls,
                tasks,
                grace_s=settings.routing.visitor_grace_s,
                callback_grace_s=settings.routing.callback_grace_s,
            ),
            media_sessions=MediaSessions(calls),
            metrics=Metrics(centre, media, calls, hub, recordings, journal.figures),
            arrivals=Buckets(limits.CONTACTS_PER_S, limits.CONTACTS_BURST),
            voicemails=Voicemails(Path(settings.recording.voicemail_directory)),
        )
        await services.voicemails.recover()
        subscribed = anyio.Event()
        tasks.start_soon(_follow_contacts, services, subscribed)
        tasks.start_soon(_follow_media, services)
        tasks.start_soon(services.feed.keep_boards)
        tasks.start_soon(services.metrics.watch_loop)
        tasks.start_soon(journal.keep, centre.names())
        await subscribed.wait()
        await centre.end_orphans()
        contacts, waiting = centre.returned()
        keep = {contact.id for contact in contacts}.union(waiting)
        tasks.start_soon(_recover_recordings, recorder, keep)
        await calls.resume(contacts)
        services.presence.expect(contacts)
        services.presence.expect_visitors(waiting)
        try:
            yield services
        finally:
            tasks.cancel_scope.cancel()


def queues_settings(settings: Settings) -> list[model.QueueSettings]:
    """The configured queues as routing knows them."""
    calendars = {one.id: _calendar(settings, one) for one in settings.calendars}
    return [_queue(settings, queue, calendars) for queue in settings.queues]


def _calendar(settings: Settings, calendar: CalendarSettings) -> model.Calendar:
    mon, tue, wed, thu, fri, sat, sun = opening_hours.week(calendar.hours)
    return model.Calendar(
        time_zone=calendar.time_zone or settings.routing.time_zone,
        week=(mon, tue, wed, thu, fri, sat, sun),
        holidays={day: opening_hours.day_ranges(texts) for day, texts in calendar.holidays.items()},
    )


def _queue(
    settings: Settings, queue: QueueSettings, calendars: Mapping[str, model.Calendar]
) -> model.QueueSettings:
    return model.QueueSettings(
        id=queue.id,
        name={"en": queue.name_en, "zh": queue.name_zh},
        offer_timeout_s=queue.offer_timeout_s,
        wrap_up_s=queue.wrap_up_s,
        max_waiting=queue.max_waiting,
        consent_required=settings.recording.enabled and queue.recording == "consent",
        strategy=queue.strategy,
        priority_worth_s=queue.priority_worth_s,
        urgency=queue.urgency,
        service_level_s=queue.service_level_s,
        short_abandon_s=queue.short_abandon_s,
        seed=queue.seed,
        requires=queue.requires,
        relax=directory.steps(queue.relax),
        widen_after_s=queue.widen_after_s,
        calendar=None if queue.calendar is None else calendars[queue.calendar],
        when_closed=queue.when_closed,
        at_closing=queue.at_closing,
        when_full=queue.when_full,
        when_unstaffed=queue.when_unstaffed,
        unstaffed_grace_s=queue.unstaffed_grace_s,
        max_wait_s=queue.max_wait_s,
        when_max_wait=queue.when_max_wait,
        callback=queue.callback,
    )


async def _recover_recordings(recorder: Recorder, keep: set[str]) -> None:
    for recording in await recorder.recover(keep):
        _log.info("recording %s was left by a crash and is finished now", recording.name)


async def _follow_contacts(services: Services, subscribed: anyio.Event) -> None:
    """Every committed event, in order and without a gap, also when this falls far behind."""
    newest = 0
    while True:
        with services.centre.subscribe() as events:
            subscribed.set()
            if newest:
                while missed := await services.centre.events(newest, EVENTS_PAGE):
                    for event in missed:
                        newest = event.seq
                        await _follow(services, event)
            async for event in events:
                if event.type == "stream.closed":
                    _log.error("the feed fell behind and reads on from the log")
                    break
                if event.seq and event.seq <= newest:
                    continue
                newest = event.seq or newest
                await _follow(services, event)
            else:
                return


_LEAVES_ITS_AGENT = ("contact.completed", "contact.requeued", "contact.transferred")


_NOT_TAKEN = ("reservation.rejected", "reservation.timed_out")


async def _follow(services: Services, event: Event) -> None:
    contact = _contact_of(services, event)
    services.metrics.count(event, contact)
    if contact is not None:
        try:
            await services.calls.follow(contact, event.type)
        except MediaError as error:
            _log.error("%s of contact %s: %s", event.type, contact.id, error)
        await services.roomless.follow(contact, event.type)
        if contact.consult is not None and event.type in _LEAVES_ITS_AGENT:
            # Handed over, its consultation has ended already.
            await services.centre.end_consult(contact.id, by="server")
        if event.type in _NOT_TAKEN and contact.about is not None and event.agent is not None:
            await services.centre.end_declined(contact.id, event.agent)
        if event.type == "contact.enqueued" and services.hub.visitor(contact.id) is None:
            services.presence.expect([contact])
        elif event.type == "reservation.accepted" and contact.kind == "callback":
            await services.call_back(contact)
        elif event.type == "callback.requested" or not contact.live:
            services.presence.back(contact.id)
    services.feed.follow(event)


def _contact_of(services: Services, event: Event) -> Contact | None:
    if event.contact is None or event.type == "contact.position":
        return None
    try:
        return services.centre.contact(event.contact)
    except RouterError:
        return None


async def _follow_media(services: Services) -> None:
    """Everything the media engine says; after a gap the tracks are told anew."""
    while True:
        try:
            with services.engine.subscribe() as events:
                for call in services.calls:
                    services.feed.tracks_changed(call)
                async for event in events:
                    services.metrics.count_media(event)
                    await services.calls.follow_media(event)
                return
        except EventsLost as error:
            _log.error("media events were lost: %s", error)
