"""Datagrams from people who were not invited, before, during and after somebody joins."""

from __future__ import annotations

from stack import strangers
from stack.cast import CALL_STARTS_S, Cast
from stack.waiting import eventually


def test_strangers_on_the_media_port_disturb_nobody(cast: Cast) -> None:
    port = cast.server.media_port
    strangers.pester(port)
    agent = cast.agent()
    visitor = cast.visitor("general")
    agent.sees("offer")
    agent.click("accept")

    def joined() -> bool:
        strangers.pester(port, times=1)
        pages = (visitor, agent)
        return all(
            page.page.evaluate("window.mediacore.call?.pc?.connectionState") == "connected"
            for page in pages
        )

    eventually(joined, "the call, among strangers", within_s=CALL_STARTS_S)
    strangers.pester(port, times=50)
    before = cast.server.metric("mediacore_media_datagrams_unknown_total")
    for person, other in ((visitor, "agent"), (agent, "visitor")):
        strangers.pester(port)
        person.decodes(f"{other}:camera", width=1280, height=720, frames=60)
        person.hears(f"{other}:microphone")
    assert cast.server.metric("mediacore_media_datagrams_unknown_total") > before
    # Nobody had to reconnect for that.
    for person in (visitor, agent):
        assert person.find("call-reconnecting").count() == 0
    cast.end(visitor, agent)
