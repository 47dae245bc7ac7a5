"""A contact that is meant for one agent: held for them a while, then anybody's."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import Any

import anyio
import pytest

from router import Customer, QueueSettings
from router.affinity import Affinity
from router.errors import Invalid, RouterError, UnknownAgent
from router.explain import Reader, explain
from router.model import Callback, RelaxStep
from router.wanted import Wanted
from simulation.office import Office, opened

VERA = Customer(name="Vera", key="crm-1")


async def meant(office: Office, queue: str = "sales", **affinity: Any) -> str:
    contact = await office.centre.enqueue(queue, wanted=Wanted(affinity=Affinity(**affinity)))
    await anyio.sleep(1)
    return contact.id


async def busy(office: Office, agent: str) -> str:
    """The agent, the only one who is ready, is in a call."""
    contact = await office.arrive()
    assert await office.answer(contact) == agent
    return contact


async def test_it_goes_to_the_agent_even_if_others_are_ready_longer(office: Office) -> None:
    await office.staff("anna", "bert", "carl")
    assert office.state(await meant(office, agent="carl")) == ("offered", "carl")


async def test_it_is_held_and_then_anybodys(office: Office) -> None:
    await office.staff("anna")
    await busy(office, "anna")
    await office.staff("bert")
    contact = await meant(office, agent="anna", hold_s=30)
    assert office.state(contact) == ("waiting", None)
    await anyio.sleep(28)
    assert office.state(contact) == ("waiting", None)
    await anyio.sleep(2)
    assert office.state(contact) == ("offered", "bert")


async def test_the_agent_takes_it_when_free(office: Office) -> None:
    await office.staff("anna")
    first = await busy(office, "anna")
    await office.staff("bert")
    contact = await meant(office, agent="anna", hold_s=60)
    await office.centre.hang_up(first, by="agent")
    await office.centre.wrap_up_done("anna", first)
    assert office.state(contact) == ("offered", "anna")
    assert office.agent_state("bert")[0] == "ready"


async def test_who_comes_later_does_not_wait_behind_it(office: Office) -> None:
    await office.staff("anna")
    await busy(office, "anna")
    await office.staff("bert")
    held, plain = await meant(office, agent="anna"), await office.arrive()
    assert office.state(held) == ("waiting", None)
    assert office.state(plain) == ("offered", "bert")


@pytest.mark.parametrize("elsewhere", [False, True])
async def test_it_is_not_held_for_who_is_not_there(office: Office, elsewhere: bool) -> None:
    await office.assign("anna", queues=["support"])
    if elsewhere:
        await office.staff("anna")
    await office.staff("bert")
    contact = await meant(office, agent="anna")
    assert office.state(contact) == ("offered", "bert")
    assert office.centre.contact(contact).meant_for == "anna"


async def test_the_hold_composes_with_the_queues_steps() -> None:
    relax = (RelaxStep(after_s=20, lower_levels=2), RelaxStep(after_s=40, queue="support"))
    queues = (
        QueueSettings(id="sales", requires={"german": 5}, relax=relax),
        QueueSettings(id="support"),
    )
    async with opened(queues=queues) as office:
        await office.sign_in("anna")
        contact = await meant(office, agent="anna", hold_s=30)
        found = office.centre.contact(contact)
        assert found.requires == {"german": 5, "agent:anna": 1}
        assert [(one.after_us, one.requires, one.queue) for one in found.relax] == [
            (20_000_000, {"german": 3, "agent:anna": 1}, "sales"),
            (30_000_000, {"german": 3}, "sales"),
            (40_000_000, {"german": 3}, "support"),
        ]


async def test_a_hold_outlives_a_restart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    async with opened(url) as office:
        await office.sign_in("anna")
        contact = await meant(office, agent="anna", hold_s=60)
    async with opened(url) as office:
        await office.staff("bert")
        assert office.state(contact) == ("waiting", None)
        await office.staff("anna")
        assert office.state(contact) == ("offered", "anna")
        await office.centre.not_ready("anna")
        await anyio.sleep(60)
        assert office.state(contact) == ("offered", "bert")


async def test_a_callback_is_held_from_when_it_is_due() -> None:
    async with opened(queues=(QueueSettings(id="sales", callback=True),)) as office:
        await office.staff("bert")
        await office.sign_in("anna")
        contact = await office.centre.enqueue(
            "sales",
            callback=Callback(at_us=office.matcher.now_us() + 3_600_000_000),
            wanted=Wanted(affinity=Affinity(agent="anna", hold_s=60)),
        )
        await anyio.sleep(3_601)
        assert office.state(contact.id) == ("waiting", None)
        await anyio.sleep(60)
        assert office.state(contact.id) == ("offered", "bert")


async def test_the_last_agent_is_found_by_the_customers_key(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/day.db"
    wanted = Wanted(affinity=Affinity(last_agent=True))
    async with opened(url) as office:
        await office.staff("anna", "bert")
        first = await office.centre.enqueue("sales", customer=VERA, wanted=wanted)
        assert office.state(first.id) == ("offered", "anna")  # nobody has served her before
        assert first.meant_for is None
        await office.answer(first.id)
        await office.centre.hang_up(first.id, by="visitor")
        await office.centre.wrap_up_done("anna", first.id)
        again = await office.centre.enqueue("sales", customer=VERA, wanted=wanted)
        assert office.state(again.id) == ("offered", "anna")  # bert has been ready for longer
        other = await office.centre.enqueue("sales", customer=Customer(key="x"), wanted=wanted)
        assert office.state(other.id) == ("offered", "bert")
        await office.centre.leave(again.id)  # she is not served by whom it only rang at
    async with opened(url) as office:
        assert await office.store.last_agent("crm-1") == "anna"
        assert await office.store.last_agent("crm-2") is None


async def test_a_request_that_comes_again_is_the_same_whoever_is_there(office: Office) -> None:
    await office.sign_in("anna")
    wanted = Wanted(affinity=Affinity(agent="anna"))
    first = await office.centre.enqueue("sales", idempotency_key="k", wanted=wanted)
    await office.centre.sign_out("anna")
    again = await office.centre.enqueue("sales", idempotency_key="k", wanted=wanted)
    assert again.id == first.id


@pytest.mark.parametrize(
    ("affinity", "error", "field", "detail"),
    [
        ({"agent": "ana"}, UnknownAgent, "affinity.agent", "did you mean anna?"),
        ({}, Invalid, "affinity", "names an agent, or last_agent"),
        ({"agent": "anna", "last_agent": True}, Invalid, "affinity", "names an agent, or"),
        ({"last_agent": True}, Invalid, "affinity.last_agent", "customer.key"),
        ({"agent": "anna", "hold_s": 0.5}, Invalid, "affinity.hold_s", "1 to 86400, not 0.5"),
        ({"agent": "anna", "hold_s": 1e9}, Invalid, "affinity.hold_s", "1 to 86400"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(
    office: Office, affinity: dict[str, Any], error: type[RouterError], field: str, detail: str
) -> None:
    await office.sign_in("anna")
    with pytest.raises(error) as refused:
        await meant(office, **affinity)
    assert refused.value.field == field
    assert detail in refused.value.detail


async def test_it_is_explained(office: Office) -> None:
    async def told(contact: str, language: Any) -> list[str]:
        reader = Reader(language, UTC, agent=str.title, queue=str.title, skill=str.title)
        events = [event for event in await office.log() if event.contact == contact]
        return [one.text for one in explain(office.centre.contact(contact), events, reader)]

    await office.staff("anna")
    await busy(office, "anna")
    await office.staff("bert")
    contact = await meant(office, agent="anna", hold_s=30)
    await anyio.sleep(30)
    assert await told(contact, "en") == [
        "Arrived at 00:00:03 in Sales. It is meant for Anna, and held for them.",
        "At 00:00:33, after waiting 30 s, it is no longer held for Anna.",
        "Offered to Bert at 00:00:33 after waiting 30 s: the only ready agent of Sales.",
    ]
    assert (await told(contact, "zh"))[:2] == [
        "00:00:03 进入“Sales”队列。指定坐席 Anna 接待，先为其保留。",
        "00:00:33 在等待 30 秒后，不再为坐席 Anna 保留。",
    ]
    absent = await meant(office, agent="anna", queue="support")
    assert (await told(absent, "en"))[0].endswith("Anna, and held for them.")
    await office.centre.sign_out("anna", force=True)
    assert (await told(await meant(office, agent="anna"), "en"))[0] == (
        "Arrived at 00:00:35 in Sales. It was meant for Anna, who was not signed in there."
    )
