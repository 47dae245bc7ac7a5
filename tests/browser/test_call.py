"""Two people in a call: what each page really decodes, not what it says."""

from __future__ import annotations

from media import pattern
from media.pattern import Owner
from stack.cast import CALL_STARTS_S, Cast
from stack.waiting import eventually


def test_both_see_and_hear_each_other_in_720p(cast: Cast) -> None:
    visitor, agent = cast.call()
    for person, other in ((visitor, "agent"), (agent, "visitor")):
        camera = person.decodes(f"{other}:camera", width=1280, height=720, frames=30)
        assert (camera.width, camera.height) == (1280, 720)
        person.hears(f"{other}:microphone")
    cast.end(visitor, agent)


def test_the_agent_knows_who_asks_and_what(cast: Cast) -> None:
    agent = cast.agent()
    visitor = cast.visitor()
    visitor.sees("name")
    visitor.find("topic-general").check(force=True)
    visitor.find("name").fill("Grace")
    visitor.find("question").fill("The red light blinks.")
    visitor.click("join")
    agent.sees("offer")
    assert "Grace" in agent.find("offer-name").inner_text()
    agent.page.get_by_text("The red light blinks.").wait_for()
    agent.click("reject")
    agent.sees("explanation")
    assert agent.find("explanation").get_attribute("data-reason") == "rejected_offer"
    visitor.page.locator('[data-testid="waiting"][data-position="1"]').wait_for()
    visitor.click("leave")
    visitor.sees("ended")


def test_screen_share_is_an_extra_picture(cast: Cast) -> None:
    visitor, agent = cast.call()
    for sharer, watcher, name in ((visitor, agent, "visitor"), (agent, visitor, "agent")):
        sharer.click("toggle-share")
        watcher.sees("remote-screen")
        watcher.decodes(f"{name}:screen", width=1280, height=720, frames=10)

        def green(watcher=watcher) -> bool:
            picture = watcher.picture("remote-screen")
            return picture is not None and pattern.is_fake_screen(picture)

        eventually(green, "the shared screen")
        # The face stays beside it.
        watcher.decodes(f"{name}:camera", width=1280, height=720, frames=10)
        sharer.click("toggle-share")
        watcher.find("remote-screen").wait_for(state="detached")
        watcher.watches(Owner.VISITOR if name == "visitor" else Owner.AGENT)
    cast.end(visitor, agent)


def test_chat_arrives_in_order_and_outlives_a_reload(cast: Cast) -> None:
    visitor, agent = cast.call()
    visitor.click("toggle-chat")
    agent.click("toggle-chat")
    said = ["你好, can you see it?", "Yes.", "<b>not bold</b>", "Good."]
    for turn, text in enumerate(said):
        writer = (visitor, agent)[turn % 2]
        writer.find("chat-input").fill(text)
        writer.click("chat-send")
        for person in (visitor, agent):
            person.page.get_by_test_id("chat-message").nth(turn).wait_for()
    visitor.page.reload()
    visitor.sees("call")
    visitor.click("toggle-chat")
    for person in (visitor, agent):
        texts = person.page.locator('[data-testid="chat-message"] p')
        eventually(lambda texts=texts: texts.all_inner_texts() == said, "the whole conversation")
    contact = cast.end(visitor, agent)
    stored = cast.server.get(f"/contacts/{contact}/messages")
    assert [(message["role"], message["text"]) for message in stored] == [
        (("visitor", "agent")[turn % 2], text) for turn, text in enumerate(said)
    ]


def test_a_reloaded_page_returns_into_the_call(cast: Cast) -> None:
    visitor, agent = cast.call()
    for person, other, owner in (
        (visitor, agent, Owner.VISITOR),
        (agent, visitor, Owner.AGENT),
    ):
        person.page.reload()
        person.sees("call")
        person.watches(Owner.AGENT if owner is Owner.VISITOR else Owner.VISITOR)
        other.watches(owner, within_s=CALL_STARTS_S)
    cast.end(visitor, agent)


def test_mute_and_hold_stop_what_the_other_gets(cast: Cast) -> None:
    visitor, agent = cast.call()
    agent.hears("visitor:microphone")
    visitor.click("toggle-microphone")

    def packets(source: str) -> int:
        received = agent.received().get(source)
        return received.packets if received else 0

    _stands_still(lambda: packets("visitor:microphone"))
    visitor.click("toggle-microphone")
    agent.hears("visitor:microphone")

    agent.click("toggle-hold")
    visitor.sees("on-hold")
    _stands_still(lambda: visitor.received()["agent:camera"].packets)
    agent.click("toggle-hold")
    visitor.find("on-hold").wait_for(state="detached")
    visitor.watches(Owner.AGENT)
    cast.end(visitor, agent)


def test_the_call_survives_a_change_of_network(cast: Cast) -> None:
    visitor, agent = cast.call()
    before = visitor.page.evaluate("window.mediacore.call.pc.localDescription.sdp")
    visitor.page.evaluate("window.dispatchEvent(new Event('online'))")

    def restarted() -> bool:
        now = visitor.page.evaluate("window.mediacore.call.pc.localDescription.sdp")
        return _ufrag(str(now)) != _ufrag(str(before))

    eventually(restarted, "new ICE credentials")
    visitor.decodes("agent:camera", width=1280, height=720, frames=30)
    agent.decodes("visitor:camera", width=1280, height=720, frames=30)
    cast.end(visitor, agent)


def _ufrag(sdp: str) -> str:
    return next(line for line in sdp.splitlines() if line.startswith("a=ice-ufrag:"))


def _stands_still(count) -> None:
    """Wait until a counter has the same value in twenty looks, a second or more."""
    seen: list[int] = []

    def still() -> bool:
        seen.append(count())
        return len(seen) > 20 and len(set(seen[-20:])) == 1

    eventually(still, "no more packets")
