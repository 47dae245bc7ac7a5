"""A server that is gone from one moment to the next, and its successor on the same file."""

from __future__ import annotations

import shutil
from pathlib import Path

from router import Actor, ContactCentre, QueueSettings, Sender
from unit.router.running import QUEUES, running, until


def copied(url: str) -> str:
    """The store as a kill would leave it right now: the files, without any closing."""
    source = Path(url.removeprefix("sqlite:///"))
    target = source.parent.with_name("after-the-kill")
    shutil.copytree(source.parent, target)
    return f"sqlite:///{target / source.name}"


async def in_call(centre: ContactCentre, agent: str) -> str:
    """A contact that talks with the agent."""
    await centre.sign_in(agent, agent.title())
    contact = await centre.enqueue("support", priority=99)
    await centre.ready(agent)
    await centre.accept(contact.id, agent, centre.contact(contact.id).epoch or 0)
    await centre.connected(contact.id)
    return contact.id


def order(centre: ContactCentre) -> list[str]:
    """Who waits in sales, by position."""
    waiting = [contact for contact in centre.contacts() if contact.position is not None]
    return [c.id for c in sorted(waiting, key=lambda c: c.position or 0)]


async def test_everybody_waits_in_the_old_order(url: str) -> None:
    async with running(url) as centre:
        for priority in (0, 5, 0, 9, 5, 0, 0, 1, 9, 0):
            await centre.enqueue("sales", priority=priority)
        arrived = {contact.id: contact for contact in centre.contacts()}
        expected = sorted(arrived.values(), key=lambda c: (-c.priority, c.arrived_us, c.number))
        successor = copied(url)
    async with running(successor) as centre:
        await until(centre, lambda: len(order(centre)) == 10)
        assert order(centre) == [contact.id for contact in expected]
        for contact in centre.contacts():
            assert contact.arrived_us == arrived[contact.id].arrived_us
        # Nothing happened to them that the log should tell.
        assert [event.type for event in await centre.events()] == ["contact.enqueued"] * 10


async def test_an_offer_is_taken_back_and_a_call_goes_on(url: str) -> None:
    async with running(url) as centre:
        talking = await in_call(centre, "anna")
        await centre.sign_in("bert", "Bert", ["sales"])
        await centre.ready("bert")
        offered = await centre.enqueue("sales")
        assert centre.contact(offered.id).state == "offered"
        await centre.send_chat(talking, Sender("visitor", "v1", "Vera"), "hello", "m1")
        before = len(await centre.events())
        successor = copied(url)
    async with running(successor) as centre:
        assert centre.contact(talking).state == "connected"
        anna = centre.agent("anna")
        assert (anna.state, anna.holds(talking)) == ("busy", True)
        assert centre.contact(offered.id).state == "waiting"
        assert centre.agent("bert").state == "offline"
        assert centre.agent("bert").reason == "restart"
        after = [
            (event.type, event.contact or event.agent) for event in await centre.events(before)
        ]
        assert ("reservation.rescinded", offered.id) in after
        assert ("contact.requeued", offered.id) in after
        assert ("agent.state_changed", "bert") in after
        assert ("contact.connected", talking) not in after
        # The pages come back: the call goes on, and its end is a normal one.
        assert (await centre.sign_in("anna", "Anna")).state == "busy"
        await centre.send_chat(talking, Sender("visitor", "v1", "Vera"), "still there", "m2")
        await centre.hang_up(talking, by="visitor")
        assert centre.agent("anna").state == "wrap_up"
        assert [message.seq for message in await centre.messages(talking)] == [1, 2]


async def test_a_wrap_up_ends_with_the_server(url: str) -> None:
    async with running(url) as centre:
        contact = await in_call(centre, "anna")
        await centre.hang_up(contact, by="visitor")
        assert centre.agent("anna").state == "wrap_up"
        successor = copied(url)
    async with running(successor) as centre:
        assert (await centre.find_contact(contact)).state == "completed"
        assert (centre.agent("anna").state, centre.agent("anna").work) == ("offline", ())


async def test_a_queue_that_was_removed_still_serves_who_waits_in_it(url: str) -> None:
    async with running(url) as centre:
        contact = await centre.enqueue("sales")
    async with running(url, [QUEUES[1]]) as centre:
        assert [status.id for status in centre.queues()] == ["support"]
        await centre.sign_in("anna", "Anna")
        await centre.ready("anna")
        assert centre.contact(contact.id).agent == "anna"


async def test_the_day_goes_on(url: str) -> None:
    fewest = [QueueSettings(id="sales", strategy="fewest_contacts", wrap_up_s=0)]

    async def served(centre: ContactCentre, agent: str) -> str:
        contact = await centre.enqueue("sales")
        await centre.accept(contact.id, agent, centre.contact(contact.id).epoch or 0)
        return contact.id

    async with running(url, fewest) as centre:
        for agent in ("anna", "bert"):
            await centre.sign_in(agent, agent.title())
        await centre.ready("anna")
        for _ in range(2):
            await centre.hang_up(await served(centre, "anna"), by="agent")
        # One more goes on from Anna to Bert: both have served it.
        passed_on = await served(centre, "anna")
        await centre.ready("bert")
        by = Actor("agent", "anna")
        await centre.transfer(passed_on, by=by, agent_id="bert")
        await centre.accept(passed_on, "bert", centre.contact(passed_on).epoch or 0)
        await centre.hang_up(passed_on, by="agent")
        successor = copied(url)
    async with running(successor, fewest) as centre:
        for agent in ("anna", "bert"):
            await centre.sign_in(agent, agent.title())
            await centre.ready(agent)
        contacts = [await centre.enqueue("sales") for _ in range(2)]
        # Anna is idle longer, but has had three of today's contacts, and Bert one.
        agents = [centre.contact(contact.id).agent for contact in contacts]
        assert agents == ["bert", "anna"]
        figures = centre.board().figures
        assert (figures["anna"].contacts, figures["bert"].contacts) == (3, 1)


async def test_a_lowered_limit_loses_nobody(url: str) -> None:
    async with running(url) as centre:
        for _ in range(3):
            await centre.enqueue("sales")
    lowered = type(QUEUES[0])(id="sales", max_waiting=1)
    async with running(url, [lowered]) as centre:
        assert [contact.state for contact in centre.contacts()] == ["waiting"] * 3


async def test_an_accepted_contact_is_taken_as_connected(url: str) -> None:
    async with running(url) as centre:
        await centre.sign_in("anna", "Anna")
        await centre.ready("anna")
        contact = await centre.enqueue("sales")
        await centre.accept(contact.id, "anna", centre.contact(contact.id).epoch or 0)
        successor = copied(url)
    async with running(successor) as centre:
        assert centre.contact(contact.id).state == "connected"
        assert centre.agent("anna").holds(contact.id)
        assert (await centre.events())[-3].type == "contact.connected"
