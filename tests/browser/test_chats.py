"""Visitors who write: alone, and beside a call that goes on."""

from __future__ import annotations

from media.pattern import Owner
from stack.cast import Cast, choose_topic
from stack.participant import Participant
from stack.waiting import eventually


def chatting(cast: Cast, name: str) -> Participant:
    """A visitor in the queue for a chat, in a browser without camera and microphone."""
    visitor = cast.visitor(devices="missing")
    choose_topic(visitor, "general", name)
    visitor.find("channel-chat").check(force=True)
    visitor.click("join")
    visitor.sees("waiting")
    return visitor


def says(writer: Participant, reader: Participant, text: str) -> None:
    writer.find("chat-input").fill(text)
    writer.click("chat-send")
    reader.page.locator('[data-testid="chat-message"] p', has_text=text).wait_for()


def item(channel: str, state: str) -> str:
    """Where a contact stands in the agent's list."""
    return f'[data-testid="work-item"][data-channel="{channel}"][data-state="{state}"]'


def test_an_agent_in_a_call_takes_a_chat_and_finishes_both(cast: Cast) -> None:
    caller, agent = cast.call()
    writer = chatting(cast, "Grace")
    agent.sees("offer")
    assert "Grace" in agent.find("offer-name").inner_text()
    agent.watches(Owner.VISITOR)
    agent.page.keyboard.press("a")
    agent.sees("chat-pane")
    writer.sees("chat-pane")
    says(writer, agent, "Do you have a minute?")
    says(agent, writer, "For you, two.")

    # The call went on; what is written meanwhile is counted.
    caller.watches(Owner.AGENT)
    agent.page.locator(item("video", "connected")).click()
    agent.watches(Owner.VISITOR)
    writer.find("chat-input").fill("Are you there?")
    writer.click("chat-send")
    agent.sees("work-unread")
    assert agent.find("work-unread").inner_text() == "1"

    agent.click("hang-up")
    caller.sees("ended")
    agent.sees("wrap-up")
    agent.page.locator(item("chat", "connected")).click()
    agent.sees("chat-pane")
    agent.page.locator(item("video", "wrap_up")).wait_for()
    says(agent, writer, "Now I am.")
    agent.page.reload()
    agent.sees("chat-pane")
    texts = agent.page.locator('[data-testid="chat-message"] p')
    said = ["Do you have a minute?", "For you, two.", "Are you there?", "Now I am."]
    eventually(lambda: texts.all_inner_texts() == said, "the whole conversation")
    agent.click("hang-up")
    writer.sees("ended")
    agent.click("wrap-up-done")
    agent.sees("desk", within_s=20)  # the other wrap-up ends in its own time


def test_a_colleague_is_asked_in_a_chat_and_takes_it_over(cast: Cast) -> None:
    agent = cast.agent()
    visitor = chatting(cast, "Ada")
    agent.sees("offer")
    agent.click("accept")
    says(visitor, agent, "Is my parcel there?")
    colleague = cast.agent("Mei")
    agent.click("transfer")
    row = agent.page.locator('[data-testid="colleague"][data-state="ready"]', has_text="Mei")
    row.get_by_role("button", name="Ask Mei first").click()
    colleague.sees("offer")
    colleague.click("accept")
    colleague.sees("chat-pane")

    asking = agent.sees("consultation")
    asking.get_by_test_id("chat-input").fill("Do you know the depot?")
    asking.get_by_test_id("chat-send").click()
    colleague.page.locator('[data-testid="chat-message"] p', has_text="depot").wait_for()
    colleague.find("chat-input").fill("I do.")
    colleague.click("chat-send")
    asking.locator("p", has_text="I do.").wait_for()
    own = ".bubble.is-own p"
    eventually(lambda: asking.locator(own).all_inner_texts() == ["Do you know the depot?"], "own")
    assert colleague.page.locator(own).all_inner_texts() == ["I do."]
    agent.page.reload()
    texts = agent.find("consultation").locator('[data-testid="chat-message"] p')
    said = ["Do you know the depot?", "I do."]
    eventually(lambda: texts.all_inner_texts() == said, "what was written to the colleague")

    agent.click("hand-over")
    agent.sees("wrap-up")
    says(visitor, colleague, "Hello?")
    says(colleague, visitor, "It is with me now.")
    parcel = colleague.page.locator('[data-testid="chat-message"] p', has_text="parcel")
    parcel.wait_for()
    assert "depot" not in visitor.find("chat").inner_text()
    colleague.click("hang-up")
    visitor.sees("ended")
    colleague.click("wrap-up-done")
    agent.click("wrap-up-done")
    agent.sees("desk")


def test_a_chat_asks_for_no_camera(cast: Cast) -> None:
    agent = cast.agent()
    visitor = chatting(cast, "Ada")
    assert visitor.find("device-problem").count() == 0
    agent.sees("offer")
    agent.click("accept")
    says(visitor, agent, "hello")
    assert agent.page.evaluate("window.mediacore.call") is None
    visitor.click("hang-up")
    visitor.sees("ended")
    agent.click("wrap-up-done")
    agent.sees("desk")
