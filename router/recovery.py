"""From what the store kept to a running contact centre: after a clean stop or a kill, the same."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from router import commands as c
from router.assignment import assign, sign_in
from router.bookkeeping import agent_event, connected, requeued
from router.capacity import EVERYTHING
from router.chat import Chat
from router.dispatch import Dispatch
from router.estimate import HANDLING_WINDOW
from router.ledger import Ledger
from router.model import Agent, Capacity, Contact, Event, QueueSettings, Skill, Work
from router.store import Answer, Entry, Store

# Commands under way at once while contacts are put back; well below any ring's bound.
RESTORE_WINDOW = 1_000


async def load(
    store: Store,
    configured: Sequence[QueueSettings],
    skills: Sequence[Skill],
    capacity: Capacity,
) -> Ledger:
    """The ledger as it was when the last commit was made; `capacity` is the configured one.

    A queue that left the configuration stays as long as somebody waits in it, a skill for ever.
    """
    stored = await store.put_queues(configured)
    live = await store.live_contacts()
    needed = {queue.id for queue in configured} | {contact.queue for contact in live}
    queues = {n: queue for n, queue in stored.items() if queue.id in needed}
    ledger = Ledger(queues, await store.put_skills(skills), capacity)
    for agent in await store.agents():
        ledger.put_agent(agent)
    for contact in live:
        ledger.put_contact(contact)
    for queue_id, handling in ledger.handling.items():
        for call in await store.last_calls(queue_id, HANDLING_WINDOW):
            handling.talked(call.talk_us or 0)
            if call.wrap_up_us is not None:
                handling.wrapped_up(call.wrap_up_us)
    return ledger


async def load_chat(store: Store) -> Chat:
    """The conversations of the live contacts."""
    chat = Chat()
    chat.restore(await store.live_messages())
    return chat


def everything(ledger: Ledger) -> Entry:
    """All that was loaded, as one entry that shows it."""
    return Entry(contacts=list(ledger.live.values()), agents=list(ledger.agents.values()))


def take_back(ledger: Ledger, at_us: int) -> Entry:
    """What a restart ends: offers (their contacts wait again) and sessions of agents.

    Agents in a call are left for `restore`; everybody else has to sign in again.
    """
    entry = Entry()
    for contact in tuple(ledger.live.values()):
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
            offline = ledger.put_agent(_signed_out(agent, at_us))
            entry.agents.append(offline)
            entry.events.append(agent_event(offline, at_us))
    return entry


async def restore(ledger: Ledger, dispatch: Dispatch, *, heartbeat_timeout_us: int) -> None:
    """Tell the matcher everything it must know: queues, calls with their agents, who waits."""
    await dispatch.order(c.Configure(heartbeat_timeout_us=heartbeat_timeout_us))
    waiting = [contact for contact in ledger.live.values() if contact.state == "waiting"]
    for number, queue in ledger.queues.items():
        # A contact that was accepted stays accepted, even if the limit was lowered since.
        here = sum(contact.queue == queue.id for contact in waiting)
        await dispatch.order(queue_put(number, queue, max(queue.max_waiting, here)))
    for agent_id, contacts in _in_hand(ledger).items():
        await _resume(ledger, dispatch, ledger.agent(agent_id), contacts)
    await _enqueue_all(ledger, dispatch, waiting)
    for number, queue in ledger.queues.items():
        await dispatch.order(queue_put(number, queue, queue.max_waiting))


async def _resume(
    ledger: Ledger, dispatch: Dispatch, agent: Agent, contacts: Iterable[Contact]
) -> None:
    """Put an agent back with the contacts in hand; who took no more takes no more."""
    reason = agent.reason if agent.state == "busy" else None
    await dispatch.order(sign_in(ledger, agent, capacity=EVERYTHING))
    for contact in contacts:
        await dispatch.order(
            c.RestoreConnected(
                agent=agent.number,
                arrival=ledger.arrival(contact),
                connected_us=contact.connected_us,
            )
        )
    if reason is not None:
        await dispatch.order(c.AgentNotReady(agent=agent.number, reason=reason))
    await dispatch.order(assign(ledger, agent))


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
    )


async def _enqueue_all(ledger: Ledger, dispatch: Dispatch, waiting: Iterable[Contact]) -> None:
    under_way: deque[Answer] = deque()
    for contact in waiting:
        command = c.enqueue(ledger.arrival(contact))
        while len(under_way) >= RESTORE_WINDOW:
            await under_way.popleft().wait()
        under_way.append(dispatch.send(command))
    for answer in under_way:
        await answer.wait()


def _in_hand(ledger: Ledger) -> dict[str, list[Contact]]:
    """The connected contacts of each agent, in the order in which they were offered."""
    found: dict[str, list[Contact]] = {}
    for contact in ledger.live.values():
        if contact.state == "connected" and contact.agent is not None:
            found.setdefault(contact.agent, []).append(contact)
    for contacts in found.values():
        contacts.sort(key=lambda contact: contact.accepted_us or 0)
    return found


def _work(contact: Contact) -> Work:
    return Work(contact=contact.id, channel=contact.channel)


def _signed_out(agent: Agent, at_us: int) -> Agent:
    return replace(
        agent,
        state="offline",
        reason="restart",
        since_us=at_us,
        work=(),
    )
