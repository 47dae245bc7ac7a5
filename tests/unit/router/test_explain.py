"""Decisions in sentences: each strategy, each way back, each end, in both languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

import pytest

from router import decisions as d
from router.explain import Reader, explain
from router.model import Contact, Event, Strategy
from router.sentences import SENTENCES, Language

NAMES = {
    "en": {"mei": "Mei", "support": "Support", "german": "German", "billing": "Billing"},
    "zh": {"mei": "梅", "support": "技术支持", "german": "德语", "billing": "账单"},
}
BERLIN = ZoneInfo("Europe/Berlin")


def at(clock: str) -> int:
    """A moment of 3 July 2026, UTC."""
    return round(datetime.fromisoformat(f"2026-07-03T{clock}+00:00").timestamp() * 1e6)


ARRIVED_US = at("10:01:36")


def told(
    type: str,
    clock: str,
    data: dict[str, Any],
    language: Language = "en",
    zone: tzinfo = UTC,
    requires: dict[str, int] | None = None,
    priority: int = 0,
) -> str:
    """What the event comes to, of a contact that has been offered to Mei."""
    contact = Contact(
        number=1,
        id="c_1",
        queue="support",
        priority=priority,
        arrived_us=ARRIVED_US,
        requires=requires or {},
    )
    name = NAMES[language].__getitem__
    reader = Reader(language, zone, name, name, name)
    before = Event(seq=1, at_us=ARRIVED_US, type="reservation.ignored", agent="mei")
    (one,) = explain(contact, [before, Event(seq=2, at_us=at(clock), type=type, data=data)], reader)
    assert (one.seq, one.at_us) == (2, at(clock))
    return one.text


def offered(strategy: Strategy = "longest_idle", compared: int = 0, **more: Any) -> dict[str, Any]:
    decision = {
        "strategy": strategy,
        "candidates": 4,
        "compared": compared,
        "idle_since_us": at("09:58:02"),
        "waited_us": 35_400_000,
        **more,
    }
    return {"epoch": 1, "expires_us": 0, "decision": decision}


def test_an_offer_by_skill_and_wait() -> None:
    text = told("reservation.created", "10:02:11", offered(), requires={"german": 3})
    assert text == (
        "Offered to Mei at 10:02:11 after waiting 35 s: of 4 ready agents of Support, Mei had been "
        "ready the longest (since 09:58:02) among those with German at 3 or more."
    )
    text = told("reservation.created", "10:02:11", offered(), "zh", requires={"german": 3})
    assert text == (
        "10:02:11 在等待 35 秒后分配给 梅：“技术支持”的 4 名就绪坐席中，"
        "在具备德语 3 级及以上的坐席里 梅 就绪时间最长（自 09:58:02 起）。"
    )


@pytest.mark.parametrize(
    ("strategy", "compared", "en", "zh"),
    [
        ("longest_idle", 0, "had been ready the longest (since 09:58:02)", "就绪时间最长"),
        ("round_robin", 7, "had gone the longest without an offer", "距上次分配的时间最久"),
        ("round_robin", 0, "had had no offer since signing in", "签入后尚未分配过来访"),
        ("least_occupied", 9, "had been busy the least of late", "近期最不繁忙"),
        ("least_occupied", -(2**63), "had not been busy since signing in", "尚未接待过来访"),
        ("fewest_contacts", 2, "the fewest contacts today since signing in (2)", "最少（2 次）"),
        ("best_skill", 13, "had the highest levels in what is needed (13 together)", "13 级"),
        ("weighted", 2_500_000, "the fewest contacts for the weight (2.50 a point)", "2.50 次"),
        ("top_down", 1, "had the lowest rank (1)", "顺位最靠前（1）"),
        ("random", 42, "was drawn by lot", "由随机抽取选中"),
    ],
)
def test_what_each_strategy_compared(strategy: Strategy, compared: int, en: str, zh: str) -> None:
    data = offered(strategy, compared)
    assert told("reservation.created", "10:02:11", data).endswith(f"{en}.")
    assert zh in told("reservation.created", "10:02:11", data, "zh")


def test_every_strategy_has_its_words() -> None:
    assert set(get_args(Strategy)) <= set(SENTENCES)


def test_the_only_agent_was_compared_with_nobody() -> None:
    alone = offered(candidates=1)
    text = told("reservation.created", "10:02:11", alone)
    assert text.endswith("after waiting 35 s: the only ready agent of Support.")
    needs = {"german": 3, "billing": 1}
    text = told("reservation.created", "10:02:11", alone, requires=needs)
    assert text.endswith("with German at 3 or more and Billing at 1 or more.")


def test_a_log_from_before_there_were_strategies() -> None:
    data = offered()
    del data["decision"]["compared"]
    assert "ready the longest (since 09:58:02)" in told("reservation.created", "10:02:11", data)


def test_times_are_those_of_the_wall_with_the_date_where_it_is_another() -> None:
    early = offered(idle_since_us=at("00:00:00") - 3_600_000_000)
    text = told("reservation.created", "23:30:00", early, zone=BERLIN)
    assert "at 2026-07-04 01:30:00" in text
    assert "since 01:00:00" in text


@pytest.mark.parametrize(
    ("requires", "priority", "text"),
    [
        ({}, 0, "Arrived at 10:01:36 in Support."),
        ({"german": 3}, 0, "Arrived at 10:01:36 in Support; needs German at 3 or more."),
        ({}, 5, "Arrived at 10:01:36 in Support with priority 5."),
        (
            {"german": 3},
            5,
            "Arrived at 10:01:36 in Support with priority 5; needs German at 3 or more.",
        ),
    ],
)
def test_an_arrival(requires: dict[str, int], priority: int, text: str) -> None:
    said = told("contact.enqueued", "10:01:36", {}, requires=requires, priority=priority)
    assert said == text


BACK = "back to the old place in Support."


@pytest.mark.parametrize(
    ("type", "data", "text"),
    [
        ("reservation.accepted", {}, "Mei accepted at 10:05:41."),
        ("contact.requeued", {"reason": "rejected"}, f"Mei declined at 10:05:41; {BACK}"),
        (
            "contact.requeued",
            {"reason": "timed_out"},
            f"Mei did not answer until 10:05:41; {BACK}",
        ),
        (
            "contact.requeued",
            {"reason": "agent_lost"},
            f"Mei's page was lost, noticed at 10:05:41; {BACK}",
        ),
        ("contact.connected", {}, "The call with Mei began at 10:05:41."),
        (
            "contact.completed",
            {"talk_us": 3_725_000_000, "by": "visitor"},
            "Ended at 10:05:41 by the visitor, after 1 h 2 min of talk with Mei.",
        ),
        (
            "contact.completed",
            {"talk_us": 125_000_000, "by": None},
            "Ended at 10:05:41 by the server, after 2 min 5 s of talk with Mei.",
        ),
        (
            "contact.abandoned",
            {"phase": "waiting", "by": "visitor_gone"},
            "Ended at 10:05:41 because the visitor's page was gone, after waiting 4 min 5 s.",
        ),
        (
            "contact.abandoned",
            {"phase": "offered", "by": "visitor"},
            "Ended at 10:05:41 by the visitor while it rang at Mei, after waiting 4 min 5 s.",
        ),
    ],
)
def test_what_became_of_it(type: str, data: dict[str, Any], text: str) -> None:
    assert told(type, "10:05:41", data) == text
    assert "梅" in (chinese := told(type, "10:05:41", data, "zh")) or "访客" in chinese


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            {"step": 1, "queue": "support", "requires": {"german": 2}},
            "At 10:02:06, after waiting 30 s, German at 2 or more is enough.",
        ),
        (
            {"step": 2, "queue": "support", "requires": {}},
            "At 10:02:06, after waiting 30 s, no skill is needed any more.",
        ),
        (
            {"step": 3, "queue": "mei", "requires": {"german": 2}},
            "Moved on to Mei at 10:02:06 after waiting 30 s; needs German at 2 or more.",
        ),
        (
            {"step": 3, "queue": "mei", "requires": {}},
            "Moved on to Mei at 10:02:06 after waiting 30 s; no skill is needed there.",
        ),
    ],
)
def test_what_waiting_made_easier(data: dict[str, Any], text: str) -> None:
    assert told("contact.relaxed", "10:02:06", data, requires={"german": 5}) == text


def test_what_comes_after_a_step_is_told_by_what_is_needed_then() -> None:
    contact = Contact(
        number=1,
        id="c_1",
        queue="billing",
        entered="support",
        priority=0,
        arrived_us=ARRIVED_US,
        requires={"german": 5},
    )
    name = NAMES["en"].__getitem__
    moved = {"step": 1, "queue": "billing", "requires": {}}
    events = [
        Event(at_us=ARRIVED_US, type="contact.enqueued"),
        Event(at_us=at("10:02:06"), type="contact.relaxed", data=moved),
        Event(at_us=at("10:02:07"), type="reservation.created", agent="mei", data=offered()),
    ]
    texts = [one.text for one in explain(contact, events, Reader("en", UTC, name, name, name))]
    assert texts[0] == "Arrived at 10:01:36 in Support; needs German at 5 or more."
    assert "of 4 ready agents of Billing, Mei had been ready" in texts[2]
    assert "German" not in texts[2]


@pytest.mark.parametrize(
    "reason", [*get_args(get_type_hints(d.ContactRequeued)["reason"]), "restart"]
)
def test_every_way_back_has_its_words(reason: str) -> None:
    assert told("contact.requeued", "10:05:41", {"reason": reason}).endswith(BACK)
    assert told("contact.requeued", "10:05:41", {"reason": reason}, "zh").endswith("原来的位置。")


@pytest.mark.parametrize("key", SENTENCES)
def test_both_languages_say_the_same(key: str) -> None:
    en, zh = SENTENCES[key]["en"], SENTENCES[key]["zh"]
    assert set(re.findall(r"{\w+}", en)) == set(re.findall(r"{\w+}", zh))


def test_what_decides_nothing_is_left_out() -> None:
    contact = Contact(number=1, id="c_1", queue="support", priority=0, arrived_us=0)
    reader = Reader("en", UTC, str, str, str)
    events = [
        Event(at_us=0, type=type, contact="c_1", data={"reason": "rejected"})
        for type in ("reservation.rejected", "consent.changed", "recording.started", "later.news")
    ]
    assert explain(contact, events, reader) == []


@pytest.mark.parametrize(
    ("type", "data", "en", "zh"),
    [
        ("contact.moved", {"queue": "billing"}, "Taken to Billing at 10:05:00", "转入“账单”队列"),
        (
            "callback.requested",
            {"at_us": None, "by": "visitor"},
            "a callback was asked for; the place in Support is kept",
            "申请回拨",
        ),
        (
            "contact.deferred",
            {"until_us": at("16:00:00")},
            "Not in line before 16:00:00.",
            "16:00:00 之前不参与排队",
        ),
        ("contact.due", {"queue": "support"}, "In line at 10:05:00", "回到“技术支持”队列"),
        (
            "contact.overdue",
            {"offers": ["callback"]},
            "it had waited 3 min 24 s, the most that Support allows",
            "最长等待时间",
        ),
        (
            "contact.dismissed",
            {"reason": "max_wait"},
            "Sent away at 10:05:00 after waiting 3 min 24 s",
            "系统结束排队",
        ),
        (
            "contact.unstaffed",
            {"queue": "support"},
            "nobody was left who serves Support",
            "已无坐席",
        ),
        ("contact.message_left", {"queue": "support"}, "A message was left for Support", "留言"),
    ],
)
def test_whom_a_queue_could_not_serve(type: str, data: dict[str, Any], en: str, zh: str) -> None:
    assert en in told(type, "10:05:00", data)
    assert zh in told(type, "10:05:00", data, "zh")


def test_every_reason_to_send_somebody_away_has_its_words() -> None:
    for reason in get_args(get_type_hints(d.ContactDismissed)["reason"]):
        assert f"dismissed.{reason}" in SENTENCES


def test_a_queue_that_could_not_take_it_is_named() -> None:
    data = {"queue": "billing", "priority": 0, "arrived_us": ARRIVED_US, "asked": "support"}
    assert told("contact.enqueued", "10:01:36", data) == (
        "Arrived at 10:01:36 in Billing. It was meant for Support, which could not take it."
    )
