"""Several contacts at once, by channel: what an agent has in hand, and what is kept of it."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from router import Allowance, Capacity
from router.errors import Invalid
from simulation.invariants import check
from simulation.office import Office, opened


def in_hand(office: Office, agent: str = "anna") -> list[tuple[str, str, bool]]:
    """Contact, channel and whether it is wrapped up, of all that the agent has in hand."""
    work = office.centre.agent(agent).work
    return [(one.contact, one.channel, one.wrap_up_ends_us is not None) for one in work]


async def test_one_call_beside_three_chats(office: Office) -> None:
    await office.staff("anna")
    call = await office.arrive()
    await office.answer(call)
    chats = [await office.arrive(channel="chat") for _ in range(4)]
    for chat in chats[:3]:
        await office.answer(chat)
    second = await office.arrive()
    assert in_hand(office) == [
        (call, "video", False),
        *((chat, "chat", False) for chat in chats[:3]),
    ]
    assert (office.state(chats[3])[0], office.state(second)[0]) == ("waiting", "waiting")
    # A wrap-up keeps its slot until it ends; then the one who waits for it is offered at once.
    await office.centre.hang_up(chats[0], by="agent")
    assert in_hand(office)[-1] == (chats[0], "chat", True)
    assert office.state(chats[3])[0] == "waiting"
    await office.centre.wrap_up_done("anna", chats[0])
    assert office.state(chats[3]) == ("offered", "anna")
    assert [contact for contact, *_ in in_hand(office)] == [call, *chats[1:]]
    assert not office.centre.agent("anna").holds(chats[0])


async def test_two_wrap_ups_end_each_in_its_time(office: Office) -> None:
    await office.staff("anna")
    call, chat = await office.arrive(), await office.arrive(channel="chat")
    await office.answer(call)
    await office.answer(chat)
    await office.centre.hang_up(call, by="visitor")
    await anyio.sleep(10)
    await office.centre.hang_up(chat, by="visitor")
    assert office.agent_state("anna")[0] == "wrap_up"
    ends_us = [one.wrap_up_ends_us for one in office.centre.agent("anna").work]
    assert ends_us[1] - ends_us[0] == 10_000_000  # type: ignore[operator]
    await anyio.sleep(21)
    assert in_hand(office) == [(chat, "chat", True)]
    await anyio.sleep(10)
    assert (office.agent_state("anna"), in_hand(office)) == (("ready", None), [])
    for contact in (call, chat):
        assert office.centre.contact(contact).wrap_up_us == 30_000_000


async def test_an_offer_that_ends_leaves_the_call_in_hand(office: Office) -> None:
    await office.staff("anna")
    call = await office.arrive()
    await office.answer(call)
    for ending in ("abandoned", "timed out"):
        chat = await office.arrive(channel="chat")
        assert office.agent_state("anna") == ("reserved", None)
        assert office.centre.agent("anna").holds(chat)
        if ending == "abandoned":
            await office.centre.abandon(chat)
            assert office.agent_state("anna") == ("busy", None)
        else:
            await anyio.sleep(25)
            assert office.agent_state("anna") == ("busy", "missed_offer")
        assert in_hand(office) == [(call, "video", False)]


async def test_what_an_agent_who_is_lost_had_in_hand_goes_back(office: Office) -> None:
    await office.staff("anna")
    call, chat = await office.arrive(), await office.arrive(channel="chat")
    await office.answer(call)
    await office.answer(chat)
    office.close_page("anna")
    await anyio.sleep(30)
    assert (office.agent_state("anna")[0], in_hand(office)) == ("offline", [])
    assert [office.state(contact)[0] for contact in (call, chat)] == ["waiting", "waiting"]


async def test_an_assignment_says_how_many_and_what_blocks(office: Office) -> None:
    blocking = Allowance(1, ("chat", "voice", "callback"))
    await office.assign("anna", capacity=Capacity(video=blocking, chat=Allowance(2)))
    await office.staff("anna")
    first, call = await office.arrive(channel="chat"), await office.arrive()
    await office.answer(first)
    await office.answer(call)
    second = await office.arrive(channel="chat")
    assert office.state(second)[0] == "waiting", "no new chat beside a call"
    await office.assign("anna", capacity=Capacity(chat=Allowance(2)))
    assert office.state(second) == ("offered", "anna"), "by default a call blocks no chat"


@pytest.mark.parametrize(
    ("capacity", "field"),
    [
        (Capacity(chat=Allowance(33)), "capacity.chat.slots"),
        (Capacity(video=Allowance(-1)), "capacity.video.slots"),
        (Capacity(voice=Allowance(1, ("fax",))), "capacity.voice.blocks"),  # type: ignore[arg-type]
    ],
)
async def test_a_capacity_that_cannot_be(office: Office, capacity: Capacity, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await office.assign("anna", capacity=capacity)
    assert refused.value.field == field
    assert office.centre.agents() == []


async def test_a_channel_that_is_none(office: Office) -> None:
    with pytest.raises(Invalid, match="voice, video, chat, callback") as refused:
        await office.arrive(channel="fax")  # type: ignore[arg-type]
    assert refused.value.field == "channel"


async def test_a_restart_brings_all_of_them_back(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        await office.staff("anna")
        chat, call = await office.arrive(channel="chat"), await office.arrive()
        await office.answer(chat)
        await office.answer(call)
        ended = await office.arrive(channel="chat")
        await office.answer(ended)
        await office.centre.hang_up(ended, by="agent")
        # Neither a smaller capacity nor a blocked channel costs what is in hand.
        await office.assign("anna", capacity=Capacity(chat=Allowance(1, ("video",))))
        await office.centre.not_ready("anna", "meeting")
    async with opened(url) as office:
        await office.sign_in("anna")
        assert in_hand(office) == [(chat, "chat", False), (call, "video", False)]
        assert office.agent_state("anna") == ("busy", "meeting")
        await office.centre.hang_up(chat, by="agent")
        await office.centre.wrap_up_done("anna", chat)
        await office.centre.hang_up(call, by="agent")
        await office.centre.wrap_up_done("anna", call)
        assert (office.agent_state("anna"), in_hand(office)) == (("not_ready", "meeting"), [])
        check(await office.log())


async def test_an_offer_beside_a_call_goes_back_with_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        await office.staff("anna")
        call = await office.arrive()
        await office.answer(call)
        chat = await office.arrive(channel="chat")
        assert office.state(chat) == ("offered", "anna")
    async with opened(url) as office:
        assert office.state(chat) == ("waiting", None), "her page isn't back"
        assert "contact.requeued" in await office.story(chat)
        await office.centre.heartbeat("anna")
        assert office.state(chat) == ("offered", "anna")
        assert in_hand(office) == [(call, "video", False), (chat, "chat", False)]
