"""A supervisor watches a running call, unseen and unheard."""

from __future__ import annotations

from media.pattern import Owner
from stack.cast import CALL_STARTS_S, Cast


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


def test_a_supervisor_moves_who_waits_and_who_talks(cast: Cast) -> None:
    visitor, agent = cast.call("general")
    supervisor = cast.supervisor()
    with cast.server.api() as api:
        made = api.post("/contacts", json={"queue": "private", "customer": {"name": "Grace"}})
        waiting = made.json()["contact"]["id"]
        row = supervisor.page.locator(f'[data-testid="contact-row"][data-contact="{waiting}"]')
        # By keyboard alone: the dialog is left, opened again, and the queue chosen in it.
        row.get_by_role("button", name="Move Grace").press("Enter")
        supervisor.sees("transfer-dialog")
        supervisor.page.keyboard.press("Escape")
        supervisor.find("transfer-dialog").wait_for(state="detached")
        row.get_by_test_id("move").press("Enter")
        supervisor.find("move-to-support").press("Enter")
        supervisor.find("transfer-dialog").wait_for(state="detached")
        row.get_by_text("Support").wait_for()

        # While the dialog is open the contact ends: the refusal is read in the dialog.
        row.get_by_test_id("move").click()
        choice = supervisor.find("move-to-brief")
        choice.wait_for()
        api.delete(f"/contacts/{waiting}").raise_for_status()
        choice.click()
        supervisor.find("transfer-problem").get_by_text("the contact is over").wait_for()
        supervisor.page.keyboard.press("Escape")

    other = cast.agent("Mei")
    supervisor.find("call-row").get_by_test_id("move").click()
    row = supervisor.page.locator('[data-testid="colleague"][data-state="ready"]', has_text="Mei")
    row.get_by_role("button", name="Move to Mei").click()
    agent.sees("wrap-up")
    other.sees("offer")
    other.click("accept")
    visitor.watches(Owner.AGENT, within_s=CALL_STARTS_S)
    agent.click("wrap-up-done")
    cast.end(visitor, other)


def test_moving_fits_a_telephone_and_speaks_chinese(cast: Cast) -> None:
    supervisor = cast.supervisor(language="zh", width=390)
    name = "Wolfeschlegelsteinhausenbergerdorff"
    with cast.server.api() as api:
        made = api.post("/contacts", json={"queue": "general", "customer": {"name": name}})
        supervisor.page.get_by_role("button", name=f"转移 {name}").click()
        supervisor.find("move-to-support").wait_for()
        dialog = supervisor.find("transfer-dialog")
        assert dialog.evaluate("one => one.scrollWidth <= one.clientWidth"), "nothing is cut off"
        assert supervisor.page.evaluate("document.body.scrollWidth") <= 390
        supervisor.page.get_by_role("button", name="转移到 队列 support").click()
        dialog.wait_for(state="detached")
        contact = made.json()["contact"]["id"]
        assert cast.server.get(f"/contacts/{contact}")["queue"] == "support"
        api.delete(f"/contacts/{contact}").raise_for_status()
