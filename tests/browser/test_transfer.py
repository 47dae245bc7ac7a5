"""A call is given to another queue, whose agent goes on with it."""

from __future__ import annotations

from media.pattern import Owner
from stack.cast import CALL_STARTS_S, Cast
from stack.participant import Participant


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


def test_the_visitor_goes_on_with_a_colleague_chosen_by_name(cast: Cast) -> None:
    visitor, agent = cast.call("general")
    other = cast.agent("Mei")
    agent.click("transfer")
    agent.sees("transfer-dialog")
    row = agent.page.locator('[data-testid="colleague"][data-state="ready"]', has_text="Mei")
    row.get_by_role("button", name="Transfer to Mei").click()
    agent.sees("wrap-up")
    other.sees("offer")
    other.click("accept")
    other.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
    visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    agent.click("wrap-up-done")
    agent.sees("desk")
    cast.end(visitor, other)


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


def consulted(cast: Cast) -> tuple[Participant, Participant, Participant]:
    """A visitor on hold, the agent, and a colleague who has answered the agent's question."""
    visitor, agent = cast.call("general")
    colleague = cast.agent("Mei")
    agent.click("transfer")
    agent.click("consult-support")
    visitor.sees("on-hold")
    ink = "one => getComputedStyle(one).color"
    assert agent.find("consultation").evaluate(ink) == agent.page.locator("body").evaluate(ink)
    colleague.sees("offer")
    colleague.click("accept")
    agent.watches(Owner.AGENT, "colleague-video", within_s=CALL_STARTS_S)
    colleague.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    return visitor, agent, colleague


def test_a_colleague_is_asked_and_takes_over(cast: Cast) -> None:
    visitor, agent, colleague = consulted(cast)
    agent.click("hand-over")
    agent.sees("wrap-up")
    colleague.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
    colleague.hears("visitor:microphone")
    visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    visitor.hears("agent:microphone")
    agent.click("wrap-up-done")
    agent.sees("desk")
    contact = cast.end(visitor, colleague)
    assert cast.server.get(f"/contacts/{contact}")["holds"] == 1


def test_a_colleague_who_does_not_answer_is_told_of_and_the_visitor_is_back(cast: Cast) -> None:
    visitor, agent = cast.call("general")
    colleague = cast.agent("Mei")
    mei = next(
        one["id"]
        for one in cast.server.get("/agents")
        if one["name"] == "Mei" and one["state"] == "ready"
    )
    with cast.server.api() as api:
        # Where it rings for three seconds.
        brief = api.put(f"/agents/{mei}/assignment", json={"queues": ["brief"]})
        brief.raise_for_status()
    agent.click("transfer")
    agent.page.get_by_role("button", name="Ask Mei first").click()
    visitor.sees("on-hold")
    agent.find("toast").get_by_text("Nobody answered").wait_for()
    agent.find("consultation").wait_for(state="detached")
    visitor.find("on-hold").wait_for(state="detached")
    visitor.watches(Owner.AGENT)
    colleague.page.locator('[data-testid="explanation"][data-reason="missed_offer"]').wait_for()
    assert agent.find("work-item").count() == 0, "the call, and nothing else"
    cast.end(visitor, agent)


def test_three_in_one_call_and_back_to_two(cast: Cast) -> None:
    visitor, agent, colleague = consulted(cast)
    agent.click("confer")
    colleague.watches(Owner.VISITOR, within_s=CALL_STARTS_S)
    colleague.hears("visitor:microphone")
    for person in (visitor, agent, colleague):
        person.watches(Owner.AGENT, "third-video", within_s=CALL_STARTS_S)
    agent.click("consult-end")
    colleague.sees("wrap-up")
    colleague.click("wrap-up-done")
    agent.find("third-video").wait_for(state="detached")
    visitor.find("third-video").wait_for(state="detached")
    cast.end(visitor, agent)
