"""The pages themselves: devices that fail, languages, small screens, a second tab."""

from __future__ import annotations

from typing import Literal

import pytest

from stack.cast import Cast, choose_topic
from stack.participant import Participant
from stack.waiting import eventually

PHONE = {"width": 360, "height": 740}


@pytest.mark.parametrize("devices", ["refused", "missing"])
def test_without_a_camera_the_page_says_why_and_offers_a_test_picture(
    cast: Cast, devices: Literal["refused", "missing"]
) -> None:
    agent = cast.agent()
    visitor = cast.visitor(devices=devices)
    choose_topic(visitor, "general", "Ada")
    visitor.click("join")
    problem = visitor.sees("device-problem")
    assert problem.get_attribute("data-problem") == devices
    assert len(problem.inner_text()) > 40
    visitor.click("devices-simulate")
    visitor.click("join")
    agent.sees("offer")
    agent.click("accept")
    agent.decodes("visitor:camera", width=1280, height=720, frames=20)
    agent.hears("visitor:microphone")
    cast.end(visitor, agent)


def test_a_visitor_says_more_exactly_what_it_is_about(cast: Cast) -> None:
    agent = cast.agent()
    visitor = cast.visitor()
    choose_topic(visitor, "general", "Ada")
    assert visitor.find("issue").count() == 0
    choose_topic(visitor, "brief", "Ada")
    visitor.find("issue").select_option("line-down")
    visitor.find("channel-chat").check(force=True)
    visitor.click("join")
    visitor.sees("waiting")
    assert "No line" in agent.sees("offer").inner_text()
    agent.click("accept")
    visitor.sees("chat-pane")
    agent.click("hang-up")
    visitor.sees("ended")


def test_a_visitor_sees_place_and_wait_and_returns_to_it_by_reload(cast: Cast) -> None:
    first = cast.visitor("general")
    first.sees("waiting")
    second = cast.visitor("general", "Grace")
    second.page.locator('[data-testid="waiting"][data-position="2"]').wait_for()
    eventually(lambda: second.find("estimate").inner_text(), "an estimate")
    second.page.reload()
    second.page.locator('[data-testid="waiting"][data-position="2"]').wait_for()
    first.click("leave")
    first.sees("ended")
    second.page.locator('[data-testid="waiting"][data-position="1"]').wait_for()
    second.click("leave")
    second.sees("ended")


def test_an_offer_nobody_answers_comes_back_to_its_place(cast: Cast) -> None:
    agent = cast.agent()
    visitor = cast.visitor("brief")
    agent.sees("offer")
    agent.sees("explanation")
    assert agent.find("explanation").get_attribute("data-reason") == "missed_offer"
    visitor.page.locator('[data-testid="waiting"][data-position="1"]').wait_for()
    visitor.click("leave")
    visitor.sees("ended")


def test_a_second_page_of_the_same_agent_is_refused(cast: Cast) -> None:
    agent = cast.agent()
    link = cast.server.link("agent", _subject(agent), "Bo 1")
    tab = agent.new_page()
    tab.goto(link)
    tab.get_by_test_id("refusal").wait_for()
    assert agent.find("agent-state").get_attribute("data-state") == "ready"
    tab.get_by_test_id("take-over").click()
    tab.get_by_test_id("desk").wait_for()
    agent.sees("refusal")


def _subject(agent: Participant) -> str:
    return str(
        agent.page.evaluate(
            "JSON.parse(atob(sessionStorage['mediacore.token.agent'].split('.')[1]"
            ".replaceAll('-', '+').replaceAll('_', '/'))).sub"
        )
    )


def test_chinese(cast: Cast) -> None:
    visitor = cast.visitor(language="zh")
    visitor.page.locator("main").get_by_text("队列 general").wait_for()
    assert visitor.page.evaluate("document.documentElement.lang").startswith("zh")
    agent = cast.agent(language="zh", ready=False)
    assert _mostly_chinese(agent.page.inner_text("main"))
    supervisor = cast.supervisor(language="zh")
    assert _mostly_chinese(supervisor.page.inner_text("main h2"))
    visitor.click("language-en")
    eventually(lambda: visitor.page.evaluate("document.documentElement.lang") == "en", "English")


def _mostly_chinese(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return sum("一" <= letter <= "鿿" for letter in letters) > len(letters) / 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_scrolls_sideways_on_a_phone(cast: Cast, language: str) -> None:
    visitor = cast.visitor(language=language, **PHONE)
    visitor.sees("topic-general")
    _fits(visitor)
    agent = cast.agent(language=language, ready=False, **PHONE)
    _fits(agent)
    agent.click("go-ready")
    choose_topic(visitor, "general", "A visitor with a rather long name, and a second one")
    visitor.click("join")
    agent.sees("offer")
    _fits(agent)
    _fits(visitor)
    agent.click("accept")
    visitor.sees("call")
    agent.sees("call")
    _fits(agent)
    _fits(visitor)
    supervisor = cast.supervisor(language=language, **PHONE)
    _fits(supervisor)
    cast.end(visitor, agent)
    _fits(agent)
    _fits(visitor)


def _fits(person: Participant) -> None:
    wide = person.page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert wide[0] <= wide[1], wide


def test_everything_is_reached_by_keyboard(cast: Cast) -> None:
    agent = cast.agent()
    visitor = cast.visitor()
    visitor.sees("topic-general")
    keyboard = visitor.page.keyboard
    _tab_to(visitor, "topic-general")
    keyboard.press("Space")
    _tab_to(visitor, "name")
    keyboard.type("Ada")
    keyboard.press("Enter")
    agent.sees("offer")
    agent.page.keyboard.press("a")
    visitor.sees("call")
    agent.sees("call")
    visitor.page.keyboard.press("Shift+X")
    visitor.sees("ended")


def _tab_to(person: Participant, testid: str) -> None:
    for _ in range(30):
        focused = person.page.evaluate("document.activeElement.dataset.testid ?? ''")
        if focused == testid:
            return
        person.page.keyboard.press("Tab")
    raise AssertionError(f"{testid} is not reached by the Tab key")
