"""A visitor whom nobody can serve now: told so, called back, or heard by a message."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stack.cast import Cast, choose_topic
from stack.server import Server


class WithHours(Server):
    """Its queue `desk` takes callbacks, `night` is closed and takes messages."""

    def configuration(self) -> str:
        names = 'name_en = "{0}"\nname_zh = "队列 {0}"\nrecording = "off"\n'
        return (
            super().configuration()
            + '[[calendars]]\nid = "never"\n'
            + '[[queues]]\nid = "desk"\ncallback = true\n'
            + names.format("Desk")
            + '[[queues]]\nid = "night"\ncalendar = "never"\nwhen_closed = "message"\n'
            + names.format("Night")
        )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with WithHours(tmp_path_factory.mktemp("server")) as running:
        yield running


def test_a_closed_topic_takes_a_message(cast: Cast) -> None:
    visitor = cast.visitor()
    choose_topic(visitor, "night", "Ada")
    visitor.page.get_by_text("Closed").first.wait_for()
    visitor.click("join")
    visitor.sees("other-ways")
    visitor.find("message-text").fill("Please write to me.")
    visitor.click("message-send")
    assert visitor.sees("ended").get_attribute("data-state") == "message"
    supervisor = cast.supervisor()
    assert "Please write to me." in supervisor.sees("left-message").inner_text()


def test_who_asks_to_be_called_back_may_go_and_is_let_in_when_it_is_their_turn(
    cast: Cast,
) -> None:
    visitor = cast.visitor("desk")
    visitor.sees("waiting")
    visitor.find("callback-to").fill("+49 30 123")
    visitor.click("callback")
    visitor.sees("called-back")
    link = visitor.page.url
    visitor.page.goto("about:blank")
    agent = cast.agent(ready=False)
    agent.click("go-ready")
    agent.sees("offer")
    agent.page.get_by_text("+49 30 123").wait_for()
    agent.click("accept")
    visitor.page.goto(link)
    agent.hears("visitor:microphone")
    cast.end(visitor, agent)


def test_in_chinese(cast: Cast) -> None:
    visitor = cast.visitor("desk", language="zh")
    visitor.sees("waiting")
    visitor.find("callback-to").fill("13800138000")
    visitor.click("callback")
    assert "我们会回拨给您" in visitor.sees("called-back").inner_text()
    visitor.click("leave")
    visitor.sees("ended")
