"""A call is given to another queue, whose agent goes on with it."""

from __future__ import annotations

from media.pattern import Owner
from stack.cast import CALL_STARTS_S, Cast


def test_the_visitor_goes_on_with_another_agent(cast: Cast) -> None:
    visitor, agent = cast.call("general")
    other = cast.agent("Mei")
    agent.click("transfer")
    agent.click("transfer-to-support")
    agent.sees("wrap-up")
    other.sees("offer")
    other.click("accept")
    other.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
    other.hears("visitor:microphone")
    visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    visitor.hears("agent:microphone")
    agent.click("wrap-up-done")
    agent.sees("desk")
    contact = cast.end(visitor, other)
    legs = cast.server.get(f"/contacts/{contact}")["legs"]
    assert [leg["agent"]["name"] for leg in legs] == [
        agent.page.locator(".agent-name").inner_text()
    ]


def test_in_chinese_with_a_reason_to_reject(cast: Cast) -> None:
    agent = cast.agent(language="zh")
    visitor = cast.visitor("general")
    agent.sees("offer")
    agent.find("reject-reason").select_option("language")
    agent.click("reject")
    agent.sees("explanation")
    contact = cast.server.get("/contacts", state="waiting")[0]["id"]
    told = cast.server.get(f"/contacts/{contact}/explain", lang="zh")[-1]["text"]
    assert "语言不通" in told
    visitor.click("leave")
    visitor.sees("ended")
