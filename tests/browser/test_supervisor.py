"""A supervisor watches a running call, unseen and unheard."""

from __future__ import annotations

from media.pattern import Owner
from stack.cast import Cast


def test_watching_is_noticed_by_nobody(cast: Cast) -> None:
    visitor, agent = cast.call()
    contact = str(agent.page.evaluate("window.mediacore.call.contact"))
    supervisor = cast.supervisor()
    row = supervisor.page.locator(f'[data-testid="call-row"][data-contact="{contact}"]')
    row.get_by_test_id("watch").click()
    supervisor.sees("watch-view")
    supervisor.watches(Owner.VISITOR, "watch-visitor")
    supervisor.watches(Owner.AGENT, "watch-agent")
    supervisor.hears("visitor:microphone")
    supervisor.hears("agent:microphone")
    sent = supervisor.page.evaluate(
        "window.mediacore.call.pc.getSenders().filter(({track}) => track).length"
    )
    assert sent == 0
    for person in (visitor, agent):
        roles = person.page.evaluate("window.mediacore.call.remote.map(({role}) => role)")
        assert "supervisor" not in roles
        assert "Eve" not in person.page.content()
    participants = cast.server.get("/board")["calls"][0]["participants"]
    assert {person["role"] for person in participants} == {"visitor", "agent"}
    supervisor.click("watch-stop")
    supervisor.sees("board")
    visitor.watches(Owner.AGENT)
    cast.end(visitor, agent)


def test_the_board_is_live(cast: Cast) -> None:
    supervisor = cast.supervisor()
    waiting = supervisor.find("queue-row-general").get_by_test_id("queue-waiting")
    waiting.get_by_text("0").wait_for()
    visitor = cast.visitor("general")
    visitor.sees("waiting")
    waiting.get_by_text("1").wait_for()
    visitor.click("leave")
    waiting.get_by_text("0").wait_for()


def test_skills_are_read_on_the_board_and_on_the_offer(cast: Cast) -> None:
    agent, supervisor = cast.agent("Mei"), cast.supervisor()
    (mei,) = (one["id"] for one in cast.server.get("/agents") if one["name"] == "Mei")
    with cast.server.api() as api:
        api.put(f"/agents/{mei}/assignment", json={"skills": {"german": 5}}).raise_for_status()
        row = supervisor.find(f"agent-row-{mei}")
        row.get_by_test_id("agent-skills").get_by_text("German 5").wait_for()
        created = api.post("/contacts", json={"queue": "general", "requires": {"german": 3}})
        agent.sees("offer")
        assert "German 3 or more" in agent.find("facts").inner_text()
        api.delete(f"/contacts/{created.json()['contact']['id']}").raise_for_status()
