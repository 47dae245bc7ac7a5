"""A visitor whom nobody can serve now: told so, called back, or heard by a message."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from media.pattern import Owner
from stack.cast import Cast, choose_topic
from stack.participant import Participant
from stack.playback import play
from stack.server import Server
from stack.waiting import eventually


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


def test_a_message_is_spoken_and_heard(cast: Cast, tmp_path: Path) -> None:
    visitor = cast.visitor()
    choose_topic(visitor, "night", "Ada")
    visitor.click("join")
    visitor.click("voice-record")
    stop = visitor.sees("voice-stop")
    stop.get_by_text("0:08").wait_for()  # the whole of what the microphone says
    stop.click()
    visitor.sees("voice-preview")
    visitor.click("message-send")
    assert visitor.sees("ended").get_attribute("data-state") == "message"

    supervisor = cast.supervisor()
    supervisor.click("voicemail-play")
    sound = supervisor.find("voicemail")
    eventually(lambda: sound.evaluate("one => one.currentTime > 0.5"), "the message playing")
    assert 7 < sound.evaluate("one => one.duration") < 12
    row = supervisor.page.get_by_test_id("left-message").filter(has=sound)
    contact = row.get_attribute("data-contact")
    with cast.server.api() as api:
        file = tmp_path / "left.webm"
        file.write_bytes(api.get(f"/contacts/{contact}/voicemail").raise_for_status().content)
    (spoken,) = play(file).audios
    assert spoken.likeness(Owner.VISITOR) > 0.6


def test_who_can_not_speak_writes(cast: Cast) -> None:
    visitor = cast.visitor(devices="refused", language="zh")
    choose_topic(visitor, "night", "Ada")
    visitor.find("channel-chat").check(force=True)
    visitor.click("join")
    visitor.click("voice-record")
    visitor.page.get_by_text("无法使用麦克风").wait_for()
    visitor.find("message-text").fill("请给我写信。")
    visitor.click("message-send")
    assert visitor.sees("ended").get_attribute("data-state") == "message"


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


def asked_for(server: Server) -> str:
    """A contact whose customer is to be phoned, as an integrator makes it; the visitor's token."""
    customer = {"name": "Grace", "attributes": {"question": "Where is my parcel?", "order": "4711"}}
    body = {"queue": "desk", "channel": "callback", "callback": {"to": "+49 (0)30 1234"}}
    with server.api() as integrator:
        answer = integrator.post("/contacts", json={**body, "customer": customer})
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["token"])


def on_the_phone(cast: Cast, agent: Participant) -> str:
    """The agent has accepted; the visitor's token."""
    token = asked_for(cast.server)
    assert "+49 (0)30 1234" in agent.sees("offer").inner_text()
    agent.click("accept")
    agent.sees("phone-pane")
    return token


def test_an_agent_phones_a_customer_and_wraps_up(cast: Cast) -> None:
    agent = cast.agent()
    token = on_the_phone(cast, agent)
    number = agent.find("phone-number")
    assert number.inner_text() == "+49 (0)30 1234"
    assert number.get_attribute("href") == "tel:+49301234"
    agent.context.grant_permissions(["clipboard-read", "clipboard-write"])
    agent.click("phone-copy")
    agent.sees("toast")
    assert agent.page.evaluate("navigator.clipboard.readText()") == "+49 (0)30 1234"
    agent.sees("elapsed")
    assert "Where is my parcel?" in agent.find("facts-question").inner_text()
    for absent in ("tab-chat", "toggle-hold", "call"):
        assert agent.find(absent).count() == 0, absent

    visitor = cast.visitor()
    visitor.page.goto(f"{cast.server.url}/#token={token}")
    assert "we are phoning you" in visitor.sees("called-back").inner_text()

    supervisor = cast.supervisor()
    supervisor.find("total-calls").filter(has_text="1").wait_for()

    agent.page.reload()
    agent.sees("phone-pane")
    agent.click("tab-notes")
    agent.find("notes").fill("Arrives on Monday.")
    agent.click("hang-up")
    visitor.sees("ended")
    agent.sees("wrap-up")
    agent.click("wrap-up-done")
    agent.sees("desk")


def test_a_colleague_is_asked_about_a_customer_on_the_phone(cast: Cast) -> None:
    agent = cast.agent()
    on_the_phone(cast, agent)
    colleague = cast.agent("Mei")
    agent.click("transfer")
    row = agent.page.locator('[data-testid="colleague"]', has_text="Mei")
    row.get_by_role("button", name="Ask Mei first").click()
    colleague.sees("offer")
    colleague.click("accept")
    colleague.sees("chat-pane")
    colleague.find("chat-input").fill("Offer a refund.")
    colleague.click("chat-send")
    agent.sees("consultation").locator("p", has_text="Offer a refund.").wait_for()
    agent.click("hand-over")
    colleague.sees("phone-pane")
    colleague.click("hang-up")
    colleague.click("wrap-up-done")
    agent.click("wrap-up-done")


def test_a_customer_is_phoned_in_chinese(cast: Cast) -> None:
    agent = cast.agent(language="zh")
    on_the_phone(cast, agent)
    assert "结束通话" in agent.find("phone-pane").inner_text()
    agent.click("hang-up")
    agent.click("wrap-up-done")
