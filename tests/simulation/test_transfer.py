"""A contact is given to another queue: from its place, from an offer, from a call."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import anyio
import pytest

from router import Actor
from router.errors import Invalid, QueueClosed, UnknownAgent, UnknownQueue, WrongState
from router.explain import Reader, explain
from router.model import Allowance, Calendar, Capacity, Contact, Event, QueueSettings, RelaxStep
from router.sentences import Language
from simulation.invariants import check
from simulation.office import CHIEF, Office, opened

ANNA = Actor("agent", "anna")


def in_hand(office: Office, agent: str) -> list[tuple[str, bool]]:
    """Contact, and whether it is wrapped up, of all that the agent has in hand."""
    work = office.centre.agent(agent).work
    return [(one.contact, one.wrap_up_ends_us is not None) for one in work]


async def told(office: Office, contact_id: str, language: Language = "en") -> list[str]:
    """The contact's story in words."""
    contact: Contact = await office.centre.find_contact(contact_id)
    events: list[Event] = await office.centre.contact_events(contact_id)
    reader = Reader(language, UTC, str.title, str.title, str.title)
    return [sentence.text for sentence in explain(contact, events, reader)]


async def test_from_a_call_to_whoever_serves_the_other_queue(office: Office) -> None:
    await office.staff("anna", queues=["sales"])
    contact = await office.arrive()
    await office.answer(contact)
    later = await office.arrive("support")
    await anyio.sleep(60)
    await office.centre.transfer(contact, queue_id="support", by=ANNA)
    assert in_hand(office, "anna") == [(contact, True)]
    assert office.agent_state("anna")[0] == "wrap_up"
    assert office.state(contact) == ("waiting", None)
    await office.staff("bert", queues=["support"])
    assert office.state(contact) == ("offered", "bert"), "it came before the other one"
    assert office.state(later)[0] == "waiting"
    await office.answer(contact)
    await office.centre.wrap_up_done("anna", contact)
    assert (in_hand(office, "anna"), office.agent_state("anna")) == ([], ("ready", None))
    await anyio.sleep(20)
    await office.centre.hang_up(contact, by="visitor")
    await office.centre.wrap_up_done("bert", contact)
    one = office.centre.contact(contact)
    (leg,) = one.legs
    assert (leg.agent, leg.queue, leg.talk_us) == ("anna", "sales", 61_000_000)
    assert leg.wrap_up_us is not None
    assert (one.agent, one.talk_us, one.wrap_up_us) == ("bert", 20_000_000, 0)
    assert await office.story(contact) == [
        "contact.enqueued",
        "reservation.created",
        "contact.offered",
        "reservation.accepted",
        "contact.connected",
        "contact.transferred",
        "agent.wrapup_started",
        "reservation.created",
        "contact.offered",
        "reservation.accepted",
        "contact.connected",
        "agent.wrapup_ended",
        "contact.completed",
        "agent.wrapup_started",
        "agent.wrapup_ended",
    ]
    transferred, offered = (await told(office, contact))[4:6]
    assert transferred == (
        "Anna transferred it to Support at 00:01:03, after 1 min 1 s of talk; "
        "it waits at the place of its arrival."
    )
    assert offered == (
        "Offered to Bert at 00:01:03 after waiting 0 s: the only ready agent of Support."
    )
    await office.centre.abandon(later)
    check(await office.log())


async def test_a_wrap_up_may_outlast_the_contact(office: Office) -> None:
    await office.staff("anna", queues=["sales"])
    contact = await office.arrive()
    await office.answer(contact)
    await office.centre.transfer(contact, queue_id="support", by=ANNA)
    await office.centre.abandon(contact)
    assert in_hand(office, "anna") == [(contact, True)]
    await office.centre.set_notes(contact, "anna", "asked for support")
    await anyio.sleep(31)
    assert in_hand(office, "anna") == []
    one = office.centre.contact(contact)
    assert (one.state, one.notes, one.wrap_up_us) == ("abandoned", "asked for support", None)
    assert one.legs[0].wrap_up_us == 30_000_000
    with pytest.raises(WrongState):
        await office.centre.set_notes(contact, "anna", "too late")
    check(await office.log())


async def test_from_its_place_and_from_an_offer(office: Office) -> None:
    contact = await office.arrive()
    await office.centre.transfer(contact, queue_id="support", by=CHIEF)
    with pytest.raises(WrongState, match="already"):
        await office.centre.transfer(contact, queue_id="support", by=CHIEF)
    await office.staff("anna")
    assert office.state(contact) == ("offered", "anna")
    with pytest.raises(WrongState):
        await office.centre.transfer(contact, queue_id="sales", by=ANNA)
    await office.sign_in("bert", ["sales"])
    await office.centre.not_ready("bert")
    await office.assign("anna", queues=("support",))
    await office.centre.transfer(contact, queue_id="sales", by=CHIEF)
    assert office.state(contact) == ("waiting", None)
    assert (in_hand(office, "anna"), office.agent_state("anna")) == ([], ("ready", None))
    assert office.centre.contact(contact).legs == ()
    assert (await told(office, contact))[1] == (
        "At 00:00:01 a supervisor moved it to Support; it waits at the place of its arrival."
    )
    assert (await told(office, contact, "zh"))[1] == (
        "00:00:01 班长将来访转到“Support”队列，按到达时间排队。"
    )
    await office.centre.abandon(contact)
    check(await office.log())


async def test_what_the_queue_before_required_falls_away() -> None:
    step = RelaxStep(after_s=30, drop=("french",))
    queues = (
        QueueSettings(id="sales", requires={"german": 3}, wrap_up_s=0),
        QueueSettings(id="support", requires={"french": 2}, relax=(step,)),
    )
    async with opened(queues=queues) as office:
        await office.assign("anna", skills={"german": 5})
        await office.staff("anna")
        contact = await office.arrive(french=0)
        await office.centre.transfer(contact, queue_id="support", by=CHIEF)
        assert office.centre.contact(contact).needs == {"french": 0}
        await office.centre.abandon(contact)
        other = await office.arrive()
        await office.answer(other)
        await anyio.sleep(40)
        await office.centre.transfer(other, queue_id="support", by=ANNA)
        assert in_hand(office, "anna") != [(other, True)], "nothing to wrap up"
        one = office.centre.contact(other)
        assert (one.relaxed, one.needs) == (1, {}), "it has waited long enough for that"


async def test_a_queue_that_lets_nobody_wait_refuses() -> None:
    never = Calendar(week=((), (), (), (), (), (), ()))
    queues = (
        QueueSettings(id="sales"),
        QueueSettings(id="support", calendar=never),
        QueueSettings(id="night", calendar=never, when_closed="wait"),
    )
    async with opened(queues=queues) as office:
        contact = await office.arrive()
        with pytest.raises(QueueClosed):
            await office.centre.transfer(contact, queue_id="support", by=CHIEF)
        with pytest.raises(UnknownQueue):
            await office.centre.transfer(contact, queue_id="returns", by=CHIEF)
        assert office.centre.contact(contact).queue == "sales"


async def test_an_agent_may_get_the_same_chat_again_beside_its_wrap_up(office: Office) -> None:
    await office.staff("anna")
    chat = await office.arrive(channel="chat")
    await office.answer(chat)
    await anyio.sleep(5)
    await office.centre.transfer(chat, queue_id="support", by=ANNA)
    assert in_hand(office, "anna") == [(chat, True), (chat, False)]
    await office.answer(chat)
    await anyio.sleep(5)
    await office.centre.hang_up(chat, by="visitor")
    assert in_hand(office, "anna") == [(chat, True)]
    await anyio.sleep(31)
    one = office.centre.contact(chat)
    assert one.legs[0].wrap_up_us == 5_000_000
    assert (one.talk_us, one.wrap_up_us) == (5_000_000, 30_000_000)
    assert in_hand(office, "anna") == []
    check(await office.log())


async def test_who_gave_it_away_does_not_get_it_back_at_once(office: Office) -> None:
    await office.staff("anna")
    await office.sign_in("bert", ["support"])
    chat = await office.arrive(channel="chat")
    await office.answer(chat)
    await anyio.sleep(60)
    await office.centre.transfer(chat, queue_id="support", by=ANNA)
    assert office.centre.contact(chat).needs == {"agent:anna": 0}
    assert office.state(chat) == ("waiting", None), "anna has slots free, but gave it away"
    assert (await told(office, chat))[-1].endswith(
        "It is not offered to Anna, who gave it away, for the time being."
    )
    await office.centre.ready("bert")
    assert office.state(chat) == ("offered", "bert")
    await office.answer(chat)
    await office.centre.transfer(chat, queue_id="sales", by=Actor("agent", "bert"))
    assert office.state(chat) == ("offered", "anna"), "it was not anna who gave it away this time"
    await office.answer(chat)
    await office.centre.transfer(chat, queue_id="support", by=CHIEF)
    await office.answer(chat)  # by bert, though it was somebody else's order
    await office.centre.transfer(chat, agent_id="anna", by=Actor("agent", "bert"))
    assert office.centre.contact(chat).needs == {"agent:anna": 1, "agent:bert": 0}
    await office.centre.abandon(chat)
    check(await office.log())


async def test_after_a_while_it_may_come_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        await office.staff("anna")
        await office.sign_in("bert", ["support"])
        contact = await office.arrive()
        await office.answer(contact)
        await anyio.sleep(600)
        await office.centre.transfer(contact, queue_id="support", by=ANNA)
        await anyio.sleep(299)
    async with opened(url) as office:
        await office.staff("anna")
        assert office.state(contact) == ("waiting", None), "a restart does not forget it"
        await anyio.sleep(2)
        assert office.state(contact) == ("offered", "anna")
        words = await told(office, contact)
        assert words[-2] == ("At 00:15:02, after waiting 15 min 1 s, it may come back to Anna.")
        assert "转出的坐席 Anna 恢复参与分配" in (await told(office, contact, "zh"))[-2]
        await office.centre.abandon(contact)
        check(await office.log())


async def test_who_is_alone_gets_it_back_at_once(office: Office) -> None:
    await office.staff("anna")
    await office.sign_in("bert", ["sales"])
    await office.assign("carl", capacity=Capacity(chat=Allowance(slots=0)))
    await office.sign_in("carl", ["support"])
    chat = await office.arrive(channel="chat")
    await office.answer(chat)
    await office.centre.transfer(chat, queue_id="support", by=ANNA)
    assert office.state(chat) == ("offered", "anna"), "neither bert nor carl could have it"
    await office.centre.abandon(chat)
    check(await office.log())


async def test_a_restart_keeps_where_it_is_and_who_had_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        await office.staff("anna", queues=["sales"])
        waiting, talking = await office.arrive(), await office.arrive()
        await office.answer(waiting)
        await office.centre.set_hold(waiting, True)
        await anyio.sleep(10)
        await office.centre.transfer(waiting, queue_id="support", by=ANNA)
        await office.centre.wrap_up_done("anna", waiting)
        await office.answer(talking)
        await office.centre.transfer(talking, queue_id="support", by=ANNA)
        await office.staff("bert", queues=["support"])
        await office.answer(waiting)
        await office.centre.set_hold(waiting, True)
        held_since_us = office.centre.contact(waiting).held_since_us
    async with opened(url) as office:
        one, other = office.centre.contact(waiting), office.centre.contact(talking)
        assert (one.state, one.agent, one.holds, one.held_us) == (
            "connected",
            "bert",
            2,
            10_000_000,
        )
        assert one.held_since_us == held_since_us
        assert [leg.agent for leg in one.legs] == ["anna"]
        assert (other.state, other.queue, other.asked) == ("waiting", "support", "sales")
        assert [leg.agent for leg in other.legs] == ["anna"]
        assert in_hand(office, "anna") == [], "a restart ends wrap-ups"
        await office.centre.hang_up(waiting, by="visitor")
        await office.centre.abandon(other.id)
        check(await office.log())


async def test_how_often_and_how_long_it_was_held(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    with pytest.raises(WrongState):
        await office.centre.set_hold(contact, True)
    await office.answer(contact)
    for span_s in (10, 5):
        await office.centre.set_hold(contact, True)
        await office.centre.set_hold(contact, True)
        await anyio.sleep(span_s)
        await office.centre.set_hold(contact, False)
        await anyio.sleep(1)
    await office.centre.set_hold(contact, True)
    await anyio.sleep(3)
    await office.centre.hang_up(contact, by="visitor")
    one = office.centre.contact(contact)
    assert (one.holds, one.held_us, one.held_since_us) == (3, 18_000_000, None)
    story = await office.story(contact)
    assert (story.count("contact.held"), story.count("contact.resumed")) == (3, 3)
    assert story.index("contact.completed") == story.index("agent.wrapup_started") - 1


async def test_why_an_offer_is_declined(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    offered = office.centre.contact(contact)
    assert offered.epoch is not None
    await office.centre.reject(contact, "anna", offered.epoch, "language")
    (rejected,) = [e for e in await office.log() if e.type == "reservation.rejected"]
    assert rejected.data["reason"] == "language"
    assert (await told(office, contact))[-1] == (
        "Anna declined at 00:00:02: does not speak the language; back to the old place in Sales."
    )
    assert "语言不通" in (await told(office, contact, "zh"))[-1]


async def test_a_supervisors_order_takes_the_offer_back(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.centre.direct("anna", ready=False, by=CHIEF)
    assert (await told(office, contact))[-1] == (
        "At 00:00:02 a supervisor set Anna to not ready; back to the old place in Sales."
    )
    await office.centre.direct("anna", ready=True, by=CHIEF)
    await office.centre.sign_out("anna", by=CHIEF)
    assert (await told(office, contact, "zh"))[-1] == (
        "00:00:02 班长将 Anna 签出，来访回到“Sales”队列原来的位置。"
    )


async def test_a_supervisors_order_during_a_call_is_told(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    await office.centre.direct("anna", ready=False, by=CHIEF)
    at = (await office.log())[-1].at_us // 1_000_000 % 60
    assert (await told(office, contact))[-1] == (
        f"At 00:00:{at:02} a supervisor made Anna not ready for further contacts; this one went on."
    )
    await office.centre.direct("anna", ready=True, by=CHIEF)
    assert (await told(office, contact, "zh"))[-1] == f"00:00:{at:02} 班长将 Anna 设为就绪。"
    await office.centre.hang_up(contact, by="agent")
    await office.centre.direct("anna", ready=False, by=CHIEF)
    assert (await office.log())[-1].contact is None, "nobody is talked to by then"


async def test_to_one_agent_who_is_waited_for_a_while(office: Office) -> None:
    await office.staff("anna")
    contact = await office.arrive()
    await office.answer(contact)
    with pytest.raises(UnknownAgent):
        await office.centre.transfer(contact, agent_id="bert", by=ANNA)
    with pytest.raises(WrongState):
        await office.centre.transfer(contact, agent_id="anna", by=ANNA)
    await office.sign_in("bert", ["support"])
    await anyio.sleep(90)
    await office.centre.transfer(contact, agent_id="bert", by=ANNA)
    assert office.centre.contact(contact).queue == "support", "bert serves no other"
    await office.staff("carl")
    assert office.state(contact) == ("waiting", None), "it is held for bert, who is away"
    assert (await told(office, contact))[-1].endswith("It is meant for Bert, and held for them.")
    await office.centre.ready("bert")
    assert office.state(contact) == ("offered", "bert")
    await anyio.sleep(21)
    assert office.state(contact) == ("waiting", None)
    await anyio.sleep(40)
    assert office.state(contact)[0] == "offered", "after a minute it is anybody's"
    assert office.state(contact)[1] != "bert"
    await office.centre.abandon(contact)
    check(await office.log())


async def test_to_an_agent_who_is_not_there(office: Office) -> None:
    await office.sign_in("bert", ["support"])
    contact = await office.arrive()
    with pytest.raises(WrongState):
        await office.centre.transfer(contact, agent_id="bert", queue_id="sales", by=CHIEF)
    with pytest.raises(Invalid):
        await office.centre.transfer(contact, by=CHIEF)
    await office.centre.transfer(contact, agent_id="bert", by=CHIEF)
    await office.centre.ready("bert")
    assert office.state(contact) == ("offered", "bert")
    await office.centre.transfer(contact, queue_id="sales", by=CHIEF)
    one = office.centre.contact(contact)
    assert (one.state, one.meant_for, one.needs) == ("waiting", None, {})
