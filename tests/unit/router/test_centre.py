"""The contact centre with its native thread and a SQLite file."""

from __future__ import annotations

import anyio
import pytest

from router import Actor, Assignment, Customer, QueueSettings, Sender
from router.errors import (
    Draining,
    IdempotencyConflict,
    Invalid,
    QueueFull,
    UnknownAgent,
    UnknownContact,
    UnknownQueue,
    UnknownSkill,
    WrongState,
)
from unit.router.running import QUEUES, running

VISITOR = Sender("visitor", "v1", "Vera")
SAM = Actor("supervisor", "sam")


async def test_one_contact_from_arrival_to_wrap_up(url: str) -> None:
    async with running(url) as centre:
        await centre.sign_in("anna", "Anna")
        await centre.ready("anna")
        arrived = await centre.enqueue("support", customer=Customer("Vera", {"order": "17"}))
        offered = centre.contact(arrived.id)
        assert (offered.state, offered.agent) == ("offered", "anna")
        await centre.accept(offered.id, "anna", offered.epoch or 0)
        await centre.connected(offered.id)
        await centre.hang_up(offered.id, by="visitor")
        await centre.set_notes(offered.id, "anna", "wants an invoice")
        assert centre.agent("anna").state == "wrap_up"
        await centre.wrap_up_done("anna", offered.id)
        assert centre.agent("anna").state == "ready"
        log = await centre.events()
        assert [event.seq for event in log] == list(range(1, len(log) + 1))
        assert [event.type for event in log if event.contact == arrived.id] == [
            "contact.enqueued",
            "reservation.created",
            "contact.offered",
            "reservation.accepted",
            "contact.connected",
            "contact.completed",
            "agent.wrapup_started",
            "contact.notes_changed",
            "agent.wrapup_ended",
        ]
    async with running(url) as centre:
        with pytest.raises(UnknownContact):
            centre.contact(arrived.id)
        ended = await centre.find_contact(arrived.id)
        assert (ended.state, ended.notes, ended.ended_by) == (
            "completed",
            "wants an invoice",
            "visitor",
        )
        assert ended.customer == Customer("Vera", {"order": "17"})
        assert [contact.id for contact in await centre.list_contacts(state="completed")] == [
            arrived.id
        ]


async def test_many_at_once_all_get_in(url: str) -> None:
    async with running(url) as centre, anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(centre.enqueue, "sales")
    async with running(url) as centre:
        waiting = centre.contacts()
        assert len({contact.number for contact in waiting}) == len(waiting) == 100


async def test_a_place_is_pushed(url: str) -> None:
    async with running(url) as centre:
        with centre.subscribe() as events:
            contact = await centre.enqueue("sales")
            async for event in events:
                if event.type == "contact.position":
                    break
        assert (event.seq, event.contact) == (0, contact.id)
        told = {"position": 1, "estimated_wait_s": None, "estimated_wait_p90_s": None}
        assert event.data == told
        assert centre.contact(contact.id).position == 1


async def test_every_refusal_has_its_type(url: str) -> None:
    queues = [*QUEUES, QueueSettings(id="tiny", max_waiting=1)]
    async with running(url, queues) as centre:
        with pytest.raises(UnknownQueue):
            await centre.enqueue("nowhere")
        with pytest.raises(Invalid, match="priority"):
            await centre.enqueue("sales", priority=100)
        with pytest.raises(Invalid, match="name has 0 to 100"):
            await centre.enqueue("sales", customer=Customer("x" * 101))
        for attributes in ({"key": "v" * 501}, {"": "v"}, {str(n): "v" for n in range(21)}):
            with pytest.raises(Invalid, match="attributes"):
                await centre.enqueue("sales", customer=Customer("x", attributes))
        for unstorable in ("\0", "\ud83d"):
            with pytest.raises(Invalid, match="no text"):
                await centre.enqueue("sales", customer=Customer(unstorable))
        with pytest.raises(UnknownSkill, match="did you mean german"):
            await centre.enqueue("sales", requires={"germn": 1})
        with pytest.raises(Invalid, match="0 to 10"):
            await centre.enqueue("sales", requires={"german": 11})
        with pytest.raises(Invalid, match="the most is 16"):
            await centre.enqueue("sales", requires={str(n): 1 for n in range(17)})
        contact = await centre.enqueue("tiny")
        with pytest.raises(QueueFull):
            await centre.enqueue("tiny")
        with pytest.raises(WrongState):
            await centre.connected(contact.id)
        with pytest.raises(WrongState):
            await centre.hang_up(contact.id, by="visitor")
        with pytest.raises(UnknownContact):
            await centre.abandon("c_nobody")
        with pytest.raises(UnknownAgent):
            await centre.ready("nobody")
        with pytest.raises(Invalid, match="id"):
            await centre.sign_in("a b", "Anna")
        with pytest.raises(UnknownQueue):
            await centre.sign_in("anna", "Anna", ["nowhere"])
        for wrong, error, field in (
            (Assignment(queues=("nowhere",)), UnknownQueue, "queues"),
            (Assignment(skills={"klingon": 1}), UnknownSkill, "skills.klingon"),
            (Assignment(skills={"german": 0}), Invalid, "skills.german"),
            (Assignment(skills={str(n): 1 for n in range(65)}), Invalid, "skills"),
            (Assignment(weight=101), Invalid, "weight"),
            (Assignment(rank=-1), Invalid, "rank"),
        ):
            with pytest.raises(error) as refused:
                await centre.assign("anna", wrong, by=SAM)
            assert refused.value.field == field
        with pytest.raises(Invalid, match="id"):
            await centre.assign("a b", Assignment(), by=SAM)
        assert centre.agents() == []
        with pytest.raises(WrongState):
            await centre.set_consent(contact.id, True)
        await centre.sign_in("anna", "Anna")
        with pytest.raises(Invalid, match="reason"):
            await centre.not_ready("anna", "signed_in")
        with pytest.raises(WrongState):
            await centre.set_notes(contact.id, "anna", "not hers")
        with pytest.raises(Invalid, match="event"):
            await centre.append_event("contact.completed")
        with pytest.raises(Invalid, match="no JSON"):
            await centre.append_event("call.noted", data={"unstorable": object()})
        # Nobody else suffered.
        assert centre.contact(contact.id).state == "waiting"


async def test_draining_takes_nobody_new_but_lets_calls_end(url: str) -> None:
    async with running(url) as centre:
        await centre.sign_in("anna", "Anna")
        contact = await centre.enqueue("sales")
        centre.drain()
        assert centre.draining
        with pytest.raises(Draining):
            await centre.enqueue("sales")
        await centre.ready("anna")
        await centre.accept(contact.id, "anna", centre.contact(contact.id).epoch or 0)
        await centre.connected(contact.id)
        await centre.hang_up(contact.id, by="anna")
        assert centre.contact(contact.id).state == "completed"


async def test_the_same_key_gives_the_same_contact(url: str) -> None:
    vera = Customer("Vera")
    async with running(url) as centre:
        numbers: list[int] = []

        async def arrive() -> None:
            contact = await centre.enqueue("sales", customer=vera, idempotency_key="k1")
            numbers.append(contact.number)

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(arrive)
        assert len(set(numbers)) == 1
        assert len(centre.contacts()) == 1
        with pytest.raises(IdempotencyConflict):
            await centre.enqueue("sales", customer=Customer("Wera"), idempotency_key="k1")
        with pytest.raises(IdempotencyConflict, match="another channel"):
            await centre.enqueue("sales", channel="chat", customer=vera, idempotency_key="k1")
        with pytest.raises(IdempotencyConflict, match="another requires"):
            await centre.enqueue(
                "sales", customer=vera, requires={"german": 1}, idempotency_key="k1"
            )
        await centre.abandon(centre.contacts()[0].id)
    async with running(url) as centre:
        again = await centre.enqueue("sales", customer=vera, idempotency_key="k1")
        assert (again.number, again.state) == (numbers[0], "abandoned")


async def test_a_contact_needs_what_it_says_and_what_its_queue_says(url: str) -> None:
    strict = QueueSettings(id="strict", requires={"german": 3, "french": 3})
    async with running(url, [*QUEUES, strict]) as centre:
        needs = {"german": 5, "french": 3}
        contact = await centre.enqueue("strict", requires={"german": 5})
        assert contact.requires == needs
        assert (await centre.enqueue("sales")).requires == {}
        assert (await centre.events())[0].data["requires"] == needs
        await centre.sign_in("anna", "Anna", ["strict"])
        await centre.ready("anna")  # without any skill
        assert centre.contact(contact.id).state == "waiting"
    async with running(url, [*QUEUES, strict]) as centre:
        assert centre.contact(contact.id).requires == needs
        await centre.sign_in("anna", "Anna", ["strict"])
        await centre.ready("anna")
        assert centre.contact(contact.id).state == "waiting"


async def test_an_assignment_is_the_same_after_a_restart(url: str) -> None:
    given = Assignment(queues=("support",), skills={"german": 3}, weight=7, rank=2)
    async with running(url) as centre:
        await centre.assign("anna", given, by=SAM)
        await centre.sign_in("bert", "Bert", ["sales"])
    async with running(url) as centre:
        assert centre.agent("anna").assignment == given
        assert centre.agent("bert").assignment is None
        assert (await centre.sign_in("anna", "Anna")).queues == ("support",)
        await centre.ready("anna")
        contact = await centre.enqueue("support", requires={"german": 3})
        assert centre.contact(contact.id).agent == "anna"
    # What left the configuration goes on for who has it, but is given to nobody any more.
    async with running(url, [QUEUES[0]], skills=[]) as centre:
        assert (await centre.sign_in("anna", "Anna")).queues == ("support",)
        assert centre.contact(contact.id).state == "waiting"
        await centre.ready("anna")
        assert centre.contact(contact.id).agent == "anna"
        with pytest.raises(UnknownSkill, match="none is configured"):
            await centre.assign("anna", Assignment(skills=given.skills), by=SAM)


async def test_a_message_is_stored_once_and_in_order(url: str) -> None:
    async with running(url) as centre:
        contact = await centre.enqueue("sales")
        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(centre.send_chat, contact.id, VISITOR, "hello", "m1")
        for n in range(2, 5):
            await centre.send_chat(contact.id, VISITOR, f"line {n}", f"m{n}")
        # Another sender's ids are another sender's.
        await centre.send_chat(contact.id, Sender("agent", "anna", "Anna"), "hi", "m1")
    async with running(url) as centre:
        repeated = await centre.send_chat(contact.id, VISITOR, "hello", "m1")
        assert repeated.seq == 1
        await centre.send_chat(contact.id, VISITOR, "bye", "m5")
        await centre.abandon(contact.id)
        assert (await centre.send_chat(contact.id, VISITOR, "bye", "m5")).seq == 6
        with pytest.raises(WrongState):
            await centre.send_chat(contact.id, VISITOR, "too late", "m6")
        with pytest.raises(Invalid):
            await centre.send_chat(contact.id, VISITOR, "x" * 4_001, "m7")
        messages = await centre.messages(contact.id)
        assert [(message.seq, message.text) for message in messages] == [
            (1, "hello"),
            (2, "line 2"),
            (3, "line 3"),
            (4, "line 4"),
            (5, "hi"),
            (6, "bye"),
        ]
        told = [
            event.data["seq"] for event in await centre.events() if event.type == "chat.message"
        ]
        assert told == [1, 2, 3, 4, 5, 6]


async def test_consent_is_asked_given_and_withdrawn(url: str) -> None:
    async with running(url) as centre:
        contact = await centre.enqueue("support")
        assert contact.consent == "required"
        assert (await centre.set_consent(contact.id, True)).consent == "granted"
        await centre.set_consent(contact.id, True)
        assert (await centre.set_consent(contact.id, False)).consent == "refused"
        told = [
            event.data["consent"]
            for event in await centre.events()
            if event.type == "consent.changed"
        ]
        assert told == ["granted", "refused"]


async def test_what_customers_type_is_in_no_repr(url: str) -> None:
    secret = "Grünwald-4711"
    async with running(url) as centre:
        contact = await centre.enqueue("sales", customer=Customer(secret, {"card": secret}))
        message = await centre.send_chat(contact.id, VISITOR, secret, "m1")
        events = await centre.events()
        assert any(secret in str(event.data) for event in events)
        shown = repr((contact, message, events, centre.board()))
        assert secret not in shown
