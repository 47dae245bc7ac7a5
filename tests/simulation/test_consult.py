"""An agent asks a colleague about a call: hands over, confers, or goes on alone."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from router import Actor
from router.errors import WrongState
from router.model import Allowance, Capacity
from simulation.invariants import check
from simulation.office import CHIEF, Office, opened
from simulation.test_transfer import in_hand, told

ANNA = Actor("agent", "anna")


async def asked(office: Office) -> tuple[str, str]:
    """A call of Anna's, and the consultation about it, which Bert has answered."""
    await office.staff("anna", queues=["sales"])
    call = await office.arrive()
    await office.answer(call)
    await office.staff("bert", queues=["support"])
    consult = await office.centre.consult(call, queue_id="support", by=ANNA)
    assert office.state(consult.id) == ("offered", "bert")
    assert await office.answer(consult.id) == "bert"
    return call, consult.id


async def test_the_colleague_takes_over(office: Office) -> None:
    call, consult = await asked(office)
    one = office.centre.contact(consult)
    assert (one.kind, one.about, one.channel) == ("consult", call, "video")
    assert office.centre.contact(call).consult == consult
    await office.centre.set_hold(call, True)
    await anyio.sleep(10)
    await office.centre.hand_over(call, by=ANNA)
    assert (in_hand(office, "anna"), in_hand(office, "bert")) == ([(call, True)], [(call, False)])
    assert office.state(call) == ("connected", "bert")
    assert office.state(consult) == ("completed", "bert")
    one = office.centre.contact(call)
    assert ([leg.agent for leg in one.legs], one.consult) == (["anna"], None)
    assert (one.holds, one.held_us, one.held_since_us) == (1, 10_000_000, None)
    await anyio.sleep(5)
    await office.centre.hang_up(call, by="visitor")
    assert office.centre.contact(call).talk_us == 5_000_000
    await anyio.sleep(31)
    assert in_hand(office, "anna") == in_hand(office, "bert") == []
    assert office.centre.contact(call).legs[0].wrap_up_us == 30_000_000
    words = await told(office, call)
    assert words[4:] == [
        "Anna asked a colleague of Support at 00:00:03.",
        "Anna handed over to Bert at 00:00:13, after 11 s of talk.",
        "Ended at 00:00:18 by the visitor, after 5 s of talk with Bert.",
    ]
    assert "移交给 Bert" in (await told(office, call, "zh"))[5]
    check(await office.log())
    # The customer counts in the queue they came to, and the colleague's help nowhere.
    sales, support = (office.centre.queue(queue).day for queue in ("sales", "support"))
    assert (sales.answered, sales.handled, sales.talk_us) == (1, 2, 16_000_000)
    assert (support.answered, support.handled, support.talk_us) == (0, 0, 0)


async def test_who_asks_is_not_asked(office: Office) -> None:
    two_calls = Capacity(video=Allowance(slots=2))
    await office.assign("anna", capacity=two_calls)
    await office.staff("anna")
    call = await office.arrive()
    await office.answer(call)
    consult = (await office.centre.consult(call, queue_id="sales", by=ANNA)).id
    await anyio.sleep(3600)
    assert office.state(consult) == ("waiting", None), "anna has a slot free, and asks herself"
    assert (await told(office, consult))[0].endswith("It is not offered to Anna, who asks.")
    assert "发起咨询的坐席 Anna 不参与分配" in (await told(office, consult, "zh"))[0]
    await office.staff("bert")
    assert office.state(consult) == ("offered", "bert")
    await office.answer(consult)
    await office.centre.hand_over(call, by=ANNA)
    await office.centre.hang_up(call, by="visitor")
    check(await office.log())


async def test_a_chat_is_asked_about_in_a_chat(office: Office) -> None:
    await office.staff("anna")
    chat = await office.arrive(channel="chat")
    await office.answer(chat)
    one = await office.centre.consult(chat, queue_id="support", by=ANNA)
    assert (one.state, one.channel) == ("waiting", "chat"), "anna has chat slots free, but asks"
    assert office.centre.contact(chat).holds == 0, "who writes is not put on hold"
    await office.staff("bert")
    assert await office.answer(one.id) == "bert"
    with pytest.raises(WrongState, match="handed over"):
        await office.centre.confer(chat, by=ANNA)
    await office.centre.hand_over(chat, by=ANNA)
    assert office.state(chat) == ("connected", "bert")
    assert office.state(one.id) == ("completed", "bert")
    assert "Anna handed over to Bert" in (await told(office, chat))[-1]
    with pytest.raises(WrongState):
        await office.centre.consult(one.id, queue_id="support", by=Actor("agent", "bert"))
    await office.centre.hang_up(chat, by="visitor")
    check(await office.log())


async def test_three_in_one_call_and_back(office: Office) -> None:
    call, consult = await asked(office)
    await office.centre.confer(call, by=ANNA)
    assert office.centre.contact(consult).conference
    assert (await told(office, call))[-1] == "Bert joined the call with Anna at 00:00:03."
    await office.centre.end_consult(call, by="agent")
    assert office.state(consult)[0] == "completed"
    assert (in_hand(office, "anna"), in_hand(office, "bert")) == (
        [(call, False)],
        [(consult, True)],
    )
    assert office.centre.contact(call).consult is None
    with pytest.raises(WrongState):
        await office.centre.hand_over(call, by=ANNA)
    await office.centre.hang_up(call, by="agent")
    check(await office.log())


async def test_a_colleague_who_is_lost_leaves_the_call_too(office: Office) -> None:
    call, consult = await asked(office)
    await office.centre.confer(call, by=ANNA)
    office.close_page("bert")
    await anyio.sleep(30)
    one = office.centre.contact(consult)
    assert (one.state, one.conference) == ("waiting", False), "whoever comes next is asked anew"
    assert office.state(call) == ("connected", "anna")
    await office.centre.end_consult(call, by="agent")
    await office.centre.hang_up(call, by="visitor")
    check(await office.log())


async def test_who_is_asked_and_by_whom(office: Office) -> None:
    await office.staff("anna", queues=["sales"])
    call = await office.arrive()
    await office.answer(call)
    with pytest.raises(WrongState):
        await office.centre.consult(call, queue_id="support", by=CHIEF)
    await office.sign_in("bert", ["support"])
    consult = await office.centre.consult(call, agent_id="bert", by=ANNA)
    with pytest.raises(WrongState):
        await office.centre.consult(call, queue_id="support", by=ANNA)
    with pytest.raises(WrongState, match="answered"):
        await office.centre.confer(call, by=ANNA)
    await office.staff("carl", queues=["support"])
    assert office.state(consult.id) == ("waiting", None), "it is for bert alone"
    await office.centre.ready("bert")
    assert office.state(consult.id) == ("offered", "bert")
    await office.centre.end_consult(call, by="agent")
    assert office.state(consult.id)[0] == "abandoned"
    assert office.centre.contact(call).consult is None


async def test_a_restart_keeps_a_consultation_and_ends_one_without_a_call(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        call, consult = await asked(office)
        await office.centre.confer(call, by=ANNA)
    async with opened(url) as office:
        await office.centre.end_orphans()
        assert office.state(call) == ("connected", "anna")
        assert office.state(consult) == ("connected", "bert")
        assert office.centre.contact(consult).conference
        await office.centre.hang_up(call, by="visitor")
    async with opened(url) as office:
        assert office.state(consult)[0] == "connected"
        await office.centre.end_orphans()
        assert office.state(consult)[0] == "completed"
        check(await office.log())


async def test_a_hold_ends_with_the_consultation_that_began_it(office: Office) -> None:
    call, consult = await asked(office)
    assert office.centre.contact(call).held_since_us is not None
    await anyio.sleep(10)
    await office.centre.hang_up(consult, by="agent")
    one = office.centre.contact(call)
    assert (one.consult, one.held_since_us) == (None, None)
    assert (one.holds, one.held_us) == (1, 10_000_000)
    assert office.state(call) == ("connected", "anna")
    await office.centre.hang_up(call, by="agent")
    check(await office.log())


async def test_a_hold_of_the_agent_stays_after_a_consultation(office: Office) -> None:
    await office.staff("anna", queues=["sales"])
    call = await office.arrive()
    await office.answer(call)
    await office.centre.set_hold(call, True)
    await anyio.sleep(1)
    consult = await office.centre.consult(call, queue_id="support", by=ANNA)
    await office.centre.leave(consult.id, by="server")
    one = office.centre.contact(call)
    assert (one.consult, one.holds) == (None, 1)
    assert one.held_since_us is not None


async def test_a_colleague_asked_in_person_who_declines_ends_it(office: Office) -> None:
    await office.staff("anna", queues=["sales"])
    call = await office.arrive()
    await office.answer(call)
    await office.staff("bert", queues=["support"])
    consult = await office.centre.consult(call, agent_id="bert", by=ANNA)
    epoch = office.centre.contact(consult.id).epoch
    assert epoch is not None
    await office.centre.reject(consult.id, "bert", epoch)
    await office.centre.end_declined(consult.id, "anna")
    assert office.state(consult.id)[0] == "waiting", "it was for Bert"
    await office.centre.end_declined(consult.id, "bert")
    assert office.state(consult.id)[0] == "abandoned"
    one = office.centre.contact(call)
    assert (one.consult, one.held_since_us) == (None, None)
    await office.centre.hang_up(call, by="agent")
    check(await office.log())
