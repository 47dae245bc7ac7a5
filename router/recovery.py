"""From what the store kept to a running contact centre: after a clean stop or a kill, the same.

1. `load`: queues, agents, who is with an agent.
2. `put_back`: everybody who waits, to the matcher, in pages; the matcher works while the next one
   is read.
3. `take_back`: what a restart ends goes to the log.
4. `restore`: calls to their agents, contacts whose offer ended to their old place.
"""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from msgspec.structs import replace

from router import commands as c
from router import shift
from router.assignment import sign_in
from router.bookkeeping import agent_event, connected, requeued
from router.capacity import NOTHING
from router.chat import Chat
from router.dispatch import Dispatch
from router.figures import MINUTE_US, RECENT_S, Tally
from router.ledger import Ledger, longest_wait
from router.model import Agent, Capacity, Contact, Event, QueueSettings, Skill, Work
from router.places import waited_s
from router.prediction import WINDOW, Wait
from router.returned import Returned
from router.store import (
    Answer,
    Demand,
    Entry,
    Store,
    read_demand,
)

# Commands under way at once while contacts are put back; well below any ring's bound.
RESTORE_WINDOW = 1_000
# Waiting contacts read and put back in one go: a share of a second's work.
PAGE_BOUND = 20_000
# A contact that was accepted stays accepted, even if its queue's limit was lowered since.
NO_LIMIT = 2**32 - 1


async def load(
    store: Store,
    configured: Sequence[QueueSettings],
    skills: Sequence[Skill],
    capacity: Capacity,
) -> Ledger:
    """The ledger as it was when the last commit was made, but for those who wait; `capacity` is the
    configured one.

    A queue that left the configuration stays as long as somebody waits in it, a skill for ever.
    """
    stored = await store.put_queues(configured)
    wanted = {queue.id for queue in configured}
    needed = wanted | await store.queues_in_use({one.id for one in stored.values()} - wanted)
    queues = {n: queue for n, queue in stored.items() if queue.id in needed}
    ledger = Ledger(queues, await store.put_skills(skills), capacity)
    for agent in await store.agents():
        ledger.put_agent(agent)
    for contact in await store.contacts_not_in_line():
        ledger.put_contact(contact)
    await _learn(store, ledger)
    return ledger


async def _learn(store: Store, ledger: Ledger) -> None:
    """What the last contacts of each queue taught: handling, patience, and how true it came what
    they were told."""
    for queue in ledger.queues.values():
        experience = ledger.predictor.experience[queue.id]
        completed = await store.last_ended(queue.id, "completed", WINDOW)
        for call in completed:
            experience.talked((call.talk_us or 0) / 1e6)
            if call.wrap_up_us is not None:
                experience.wrapped_up(call.wrap_up_us / 1e6)
        talking = [one for one in ledger.live.changed if one.queue == queue.id and one.accepted_us]
        abandoned = await store.last_ended(queue.id, "abandoned", WINDOW)
        decided = sorted(completed + talking + abandoned, key=_decided_us)
        for contact in decided[-WINDOW:]:
            experience.waited(waited_s(contact), left=contact.state == "abandoned")
        answered = [contact.id for contact in completed + talking]
        correction = ledger.predictor.corrections[queue.id]
        for event in await store.events_of(answered, "reservation.accepted"):
            if (told := event.data.get("foretold")) is not None:
                wait = Wait(told["mean_s"], told["deviation_s"] ** 2)
                correction.learn(wait, told["waited_s"], event.at_us / 1e6)


def _decided_us(contact: Contact) -> int:
    """When it was answered, or left."""
    return contact.accepted_us or contact.ended_us or contact.arrived_us


async def put_back(
    store: Store, ledger: Ledger, dispatch: Dispatch
) -> tuple[list[Returned], list[Answer]]:
    """Open the queues and have everybody wait again, in the ledger and in the matcher.

    Nobody is signed in, so nobody is offered anything meanwhile. Returns who they are, and what is
    to be waited for.
    """
    everybody = []
    answers = [
        dispatch.send(queue_put(number, queue, NO_LIMIT)) for number, queue in ledger.queues.items()
    ]
    kinds: dict[str, c.Enqueue] = {}
    last = 0
    with _everything_stays():
        while rows := await store.waiting(after=last, limit=PAGE_BOUND):
            ledger.live.add_rows(rows)
            page = Returned.of(rows)
            answers.append(dispatch.put_back(_returning(ledger, page, kinds)))
            everybody.append(page)
            last = page.number[-1]
    return everybody, answers


@contextmanager
def _everything_stays() -> Iterator[None]:
    """What is loaded is no garbage; looking for some again and again takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _returning(ledger: Ledger, page: Returned, known: dict[str, c.Enqueue]) -> c.Returning:
    """The page as the matcher reads it; `known` keeps the kinds from one page to the next."""
    for demand in set(page.demands) - known.keys():
        known[demand] = _sought(ledger, read_demand(demand))
    return c.Returning(
        kinds=[known[demand] for demand in page.demands],
        kind=page.kind,
        contact=page.number,
        priority=page.priority,
        arrived_us=page.arrived_us,
        relaxed=page.relaxed,
    )


def _sought(ledger: Ledger, demand: Demand) -> c.Enqueue:
    """What contacts with this demand have in common."""
    return c.Enqueue(
        contact=0,
        queue=ledger.entrance(demand.queue, demand.entered),
        channel=demand.channel,
        priority=0,
        arrived_us=0,
        requires=ledger.levels(demand.requires),
        relax=ledger.relaxations(demand.entered or demand.queue, demand.relax),
        max_wait=longest_wait(demand.max_wait),
        last_agent=ledger.agent_number(demand.last_agent),
        answered=demand.answered,
    )


async def load_chat(store: Store) -> Chat:
    """The conversations of the live contacts."""
    chat = Chat()
    chat.restore(await store.live_messages())
    return chat


def take_back(ledger: Ledger, at_us: int, seen_us: int) -> Entry:
    """What a restart ends: offers (their contacts wait again) and sessions of agents, who were at
    work until `seen_us`, as far as anybody knows. Both in microseconds since the Unix epoch.

    Agents in a call are left for `restore`; everybody else has to sign in again.
    """
    entry = Entry()
    for contact in tuple(ledger.live.changed):
        if contact.state == "offered":
            data = {"epoch": contact.epoch, "reason": "restart"}
            entry.events.append(
                Event(
                    at_us=at_us,
                    type="reservation.rescinded",
                    contact=contact.id,
                    agent=contact.agent,
                    data=data,
                )
            )
            back = requeued(ledger, contact, at_us, "restart")
            entry.events += back.events
            entry.contacts += back.contacts
        elif contact.state == "accepted":
            # The matcher restores calls only as connected; both sides join anew anyway.
            begun = connected(ledger, contact, at_us)
            entry.events += begun.events
            entry.contacts += begun.contacts
    in_hand = _in_hand(ledger)
    for agent in tuple(ledger.agents.values()):
        if held := in_hand.get(agent.id):
            ledger.put_agent(replace(agent, work=tuple(map(_work, held))))
        elif agent.signed_in:
            offline = ledger.put_agent(_signed_out(ledger, agent, at_us, seen_us))
            entry.agents.append(offline)
            entry.events.append(agent_event(offline, at_us))
    return entry


async def days_of_queues(store: Store, ledger: Ledger, now_us: int) -> tuple[c.QueueDay, ...]:
    """What ended in each queue of the ledger since its day began, and in the last minutes."""
    days = await store.tallies_since(ledger.day_us // MINUTE_US)
    recent: dict[str, list[c.RecentSlice]] = {}
    for one in await store.slices_since((now_us - round(RECENT_S * 1e6)) // MINUTE_US + 1):
        recent.setdefault(one.queue, []).append(c.RecentSlice(one.minute, one.tally))
    return tuple(
        c.QueueDay(number, days.get(queue.id, Tally()), tuple(recent.get(queue.id, ())))
        for number, queue in ledger.queues.items()
        if queue.id in days or queue.id in recent
    )


def _day_of(agent: Agent, at_us: int, day_us: int) -> c.AgentDay:
    day = shift.counted(agent, at_us, day_us)
    return c.AgentDay(
        agent=agent.number,
        contacts=day.contacts,
        available_us=day.available_us,
        occupied_us=day.occupied_us,
        stopped_us=shift.stopped_us(day),
    )


async def restore(
    ledger: Ledger,
    dispatch: Dispatch,
    loaded: Iterable[int],
    queues: tuple[c.QueueDay, ...],
    clock: Callable[[], int],
    *,
    heartbeat_timeout_us: int,
) -> set[str]:
    """Tell the matcher of the day so far, of `queues` and agents, and of those whom `load`
    found by these numbers: agents with what they have in hand, contacts whose offer ended,
    customers who are called back.

    Returns the agents, who are offered nothing before they are assigned anew: until their pages are
    back, nobody would answer.
    """
    now_us = clock()
    days = (_day_of(agent, now_us, ledger.day_us) for agent in ledger.agents.values())
    # Who wasn't here today is forgotten, as at midnight.
    agents = tuple(day for day in days if day != c.AgentDay(day.agent, 0, 0, 0))
    commands: list[c.Command] = [
        c.Configure(heartbeat_timeout_us=heartbeat_timeout_us),
        c.DayResumed(queues, agents),
    ]
    in_hand = _in_hand(ledger)
    for agent_id, contacts in in_hand.items():
        commands += _resume(ledger, ledger.agent(agent_id), contacts)
    for contact in (ledger.live[number] for number in loaded):
        if contact.state in ("waiting", "deferred"):
            commands.append(c.enqueue(ledger.arrival(contact)))
    for number, queue in ledger.queues.items():
        commands.append(queue_put(number, queue, queue.max_waiting))
    under_way: deque[Answer] = deque()
    for command in commands:
        while len(under_way) >= RESTORE_WINDOW:
            await under_way.popleft().wait()
        under_way.append(dispatch.send(command))
    for answer in under_way:
        await answer.wait()
    return set(in_hand)


def _resume(ledger: Ledger, agent: Agent, contacts: Iterable[Contact]) -> Iterator[c.Command]:
    """What puts an agent back with the contacts in hand; who took no more takes no more."""
    yield sign_in(ledger, agent, capacity=NOTHING)
    for contact in contacts:
        yield (
            c.RestoreConnected(
                agent=agent.number,
                arrival=ledger.arrival(contact),
                connected_us=contact.connected_us,
            )
        )
    if agent.state == "busy" and agent.reason is not None:
        yield c.AgentNotReady(agent=agent.number, reason=agent.reason)


def queue_put(number: int, queue: QueueSettings, max_waiting: int) -> c.QueuePut:
    worth_s = queue.priority_worth_s
    return c.QueuePut(
        queue=number,
        offer_timeout_us=round(queue.offer_timeout_s * 1e6),
        wrap_up_us=round(queue.wrap_up_s * 1e6),
        max_waiting=max_waiting,
        strategy=queue.strategy,
        seed=queue.seed,
        priority_worth_us=None if worth_s is None else round(worth_s * 1e6),
        slope=queue.urgency,
        service_level_us=round(queue.service_level_s * 1e6),
        short_abandon_us=round(queue.short_abandon_s * 1e6),
    )


def _in_hand(ledger: Ledger) -> dict[str, list[Contact]]:
    """The connected contacts of each agent, in the order in which they were offered."""
    found: dict[str, list[Contact]] = {}
    for contact in ledger.live.changed:
        if contact.state == "connected" and contact.agent is not None:
            found.setdefault(contact.agent, []).append(contact)
    for contacts in found.values():
        contacts.sort(key=lambda contact: contact.accepted_us or 0)
    return found


def _work(contact: Contact) -> Work:
    return Work(contact=contact.id, channel=contact.channel)


def _signed_out(ledger: Ledger, agent: Agent, at_us: int, seen_us: int) -> Agent:
    worked = shift.counted(agent, seen_us, ledger.day_us)
    return replace(
        agent,
        shift=replace(worked, engaged=False),
        state="offline",
        reason="restart",
        since_us=at_us,
        work=(),
    )
