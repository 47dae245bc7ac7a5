"""The HTTP API: what it does, and that whatever is wrong is a problem document that says so."""

from __future__ import annotations

from typing import Any

import httpx
import msgspec
import pytest

from control_api import limits
from control_api.problems import KINDS
from mediacore.config import Settings
from unit.control_api.running import Api, join, running

NOBODY = "c_" + "a" * 20


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem document, which has to be that one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["type"] == f"https://mediacore.dev/problems/{code}"
    assert problem["title"] == KINDS[code].title
    assert problem["detail"]
    return problem


CREATE = "/v1/contacts"
ASSIGN = "/v1/agents/bo/assignment"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "field"),
    [
        ("POST", CREATE, {"queue": "nowhere"}, 404, "unknown_queue", "queue"),
        ("POST", CREATE, {"queue": 5}, 400, "malformed_message", "queue"),
        ("POST", CREATE, {}, 400, "malformed_message", "queue"),
        ("POST", CREATE, {"queue": "general", "vip": 1}, 400, "malformed_message", "vip"),
        (
            "POST",
            CREATE,
            {"queue": "general", "customer": {"name": "x" * 101}},
            400,
            "malformed_message",
            "customer.name",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "priority": 100},
            400,
            "malformed_message",
            "priority",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "requires": {"germn": 3}},
            404,
            "unknown_skill",
            "requires.germn",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "requires": {"german": 11}},
            400,
            "invalid",
            "requires.german",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "requires": {"german": "x"}},
            400,
            "malformed_message",
            "requires[...]",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "affinity": {"agent": "nobody"}},
            404,
            "unknown_agent",
            "affinity.agent",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "affinity": {"agent": "lin", "hold_s": 0}},
            400,
            "malformed_message",
            "affinity.hold_s",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "affinity": {"last_agent": True}},
            400,
            "invalid",
            "affinity.last_agent",
        ),
        (
            "POST",
            CREATE,
            {"queue": "general", "groups": {"require": ["nigth"]}},
            404,
            "unknown_group",
            "groups.require",
        ),
        ("POST", CREATE, {"queue": "general", "region": "cn/x"}, 404, "unknown_region", "region"),
        ("POST", CREATE, {"queue": "general", "vip": "x"}, 404, "unknown_vip", "vip"),
        ("POST", CREATE, {"queue": "general", "issue": "x"}, 404, "unknown_issue", "issue"),
        ("POST", CREATE, {"queue": "general", "issue": "line-down"}, 400, "invalid", "issue"),
        ("PUT", ASSIGN, {"groups": ["x"]}, 404, "unknown_group", "groups"),
        ("PUT", ASSIGN, {"regions": ["x"]}, 404, "unknown_region", "regions"),
        (
            "POST",
            CREATE,
            {"queue": "general", "channel": "callback"},
            400,
            "invalid",
            "callback.to",
        ),
        ("POST", CREATE, b"{", 400, "malformed_message", None),
        ("POST", CREATE, b"\xff\xfe", 400, "malformed_message", None),
        ("POST", CREATE, b" " * (limits.BODY_BYTES_MAX + 1), 413, "message_too_large", None),
        ("GET", "/v1/agents/nobody", None, 404, "unknown_agent", None),
        ("GET", f"{CREATE}/{NOBODY}/explain", None, 404, "unknown_contact", None),
        ("GET", f"{CREATE}/{NOBODY}/explain?lang=fr", None, 400, "malformed_message", "lang"),
        ("PUT", ASSIGN, {"skills": {"x": 1}}, 404, "unknown_skill", "skills.x"),
        ("PUT", ASSIGN, {"skills": {"german": 0}}, 400, "invalid", "skills.german"),
        ("PUT", ASSIGN, {"queues": ["nowhere"]}, 404, "unknown_queue", "queues"),
        ("PUT", ASSIGN, {"weight": 0}, 400, "malformed_message", "weight"),
        ("PUT", ASSIGN, {"rank": 65536}, 400, "malformed_message", "rank"),
        ("PUT", ASSIGN, {"skill": {}}, 400, "malformed_message", "skill"),
        ("PUT", "/v1/agents/a%20b/assignment", {}, 400, "invalid", "agent"),
        ("GET", f"{CREATE}/{NOBODY}", None, 404, "unknown_contact", None),
        ("DELETE", f"{CREATE}/{NOBODY}", None, 404, "unknown_contact", None),
        ("GET", f"{CREATE}?state=asleep", None, 400, "malformed_message", "state"),
        ("GET", f"{CREATE}?limit=0", None, 400, "malformed_message", "limit"),
        ("GET", "/v1/events?after=x", None, 400, "malformed_message", "after"),
        ("GET", "/v1/nothing", None, 404, "not_found", None),
        ("PUT", CREATE, None, 405, "method_not_allowed", None),
        ("PATCH", "/v1/media-sessions/x", None, 405, "method_not_allowed", None),
        ("DELETE", "/v1/media-sessions/x", None, 404, "unknown_session", None),
        ("POST", "/v1/tokens", {"role": "king", "subject": "a"}, 400, "malformed_message", "role"),
        (
            "POST",
            "/v1/tokens",
            {"role": "agent", "subject": "a b"},
            400,
            "malformed_message",
            "subject",
        ),
        ("POST", "/v1/tokens", {"role": "visitor", "subject": "a"}, 400, "invalid", "contact"),
        (
            "POST",
            "/v1/tokens",
            {"role": "visitor", "subject": "a", "contact": NOBODY},
            404,
            "unknown_contact",
            None,
        ),
    ],
)
async def test_bad_requests_are_refused_by_name(
    shared_api: Api, method: str, path: str, body: Any, status: int, code: str, field: str | None
) -> None:
    async with shared_api.http() as http:
        content = {"content": body} if isinstance(body, bytes) else {"json": body}
        answer = await http.request(method, path, **content if body is not None else {})
    assert check_problem(answer, status, code).get("field") == field


@pytest.mark.parametrize(
    ("role", "method", "path"),
    [
        (None, "GET", "/v1/queues"),
        ("entry", "GET", "/v1/board"),
        ("entry", "GET", f"/v1/contacts/{NOBODY}"),
        ("entry", "POST", "/v1/tokens"),
        ("visitor", "POST", "/v1/contacts"),
        ("visitor", "GET", "/v1/contacts"),
        ("visitor", "GET", "/v1/contacts/c_" + "b" * 20),
        ("agent", "GET", "/v1/contacts"),
        ("agent", "GET", "/v1/agents"),
        ("agent", "GET", "/v1/agents/bo"),
        ("agent", "GET", f"/v1/contacts/{NOBODY}/explain"),
        ("visitor", "GET", f"/v1/contacts/{NOBODY}/explain"),
        ("agent", "PUT", ASSIGN),
        ("entry", "GET", "/v1/skills"),
        ("agent", "POST", "/v1/contacts"),
        ("supervisor", "GET", "/v1/events"),
        ("supervisor", "POST", "/v1/tokens"),
        ("supervisor", "POST", f"/v1/whip/{NOBODY}"),
        ("entry", "POST", f"/v1/whep/{NOBODY}"),
    ],
)
async def test_a_role_opens_only_its_own(
    shared_api: Api, role: str | None, method: str, path: str
) -> None:
    more = {"contact": NOBODY} if role == "visitor" else {}
    token = shared_api.token(role, "somebody", **more) if role is not None else None
    bodies: dict[str, Any] = {
        "/v1/contacts": {"queue": "general"},
        "/v1/tokens": {"role": "agent", "subject": "eve"},
        ASSIGN: {},
    }
    async with shared_api.http(token) as http:
        answer = await http.request(method, path, json=bodies.get(path))
    code = "not_permitted" if role is not None else "token_invalid"
    check_problem(answer, KINDS[code].status, code)


async def test_tokens_that_are_no_good(api: Api) -> None:
    async with api.http("not.a.token") as http:
        check_problem(await http.get("/v1/queues"), 401, "token_invalid")
    expired = api.services.keys.issue("entry", "x", ttl_s=-60)[0]
    async with api.http(expired) as http:
        answer = await http.get("/v1/queues")
    check_problem(answer, 401, "token_expired")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_visitors_link_creates_contacts_without_priority(api: Api) -> None:
    async with api.http(api.token("entry", "website")) as http:
        topics = (await http.get("/v1/queues")).json()
        assert [(topic["id"], topic["recording"]) for topic in topics] == [
            ("general", "off"),
            ("support", "always"),
            ("sales", "consent"),
        ]
        wanted = {"queue": "sales", "customer": {"name": "Ada"}, "language": "zh"}
        answer = await http.post("/v1/contacts", json=wanted)
        assert answer.status_code == 201
        contact = answer.json()["contact"]
        assert (contact["state"], contact["consent"]) == ("waiting", "required")
        assert contact["recording"] == "awaiting_consent"
        assert "notes" not in contact
        assert "requires" not in contact
        for more in (
            {"priority": 9},
            {"requires": {"german": 3}},
            {"affinity": {"agent": "lin"}},
            {"customer": {"key": "crm-1"}},
            {"groups": {"require": ["night"]}},
            {"region": "cn"},
            {"vip": "gold"},
        ):
            refused = await http.post("/v1/contacts", json={**wanted, **more})
            check_problem(refused, 403, "not_permitted")


async def test_staff_sees_what_a_contact_requires(api: Api) -> None:
    created = await api.contact(requires={"german": 3})
    assert created["contact"]["requires"] == {"german": 3}
    assert created["contact"]["skill_names"] == {"german": {"en": "German", "zh": "德语"}}
    async with api.client(created["token"]) as visitor:
        assert "requires" not in await visitor.contact(created["contact"]["id"])


async def test_staff_sees_for_whom_a_contact_is(api: Api) -> None:
    async with api.agent("bo"), api.agent("eve") as eve:
        async with api.client() as integrator:
            created = await integrator.create_contact(
                "general",
                {"name": "Ada", "key": "crm-1"},
                affinity={"agent": "eve", "hold_s": 5},
            )
        offer = await eve.wait_for("reservation.created")
    assert offer["contact"]["id"] == created["contact"]["id"]
    assert offer["contact"]["meant_for"]["id"] == "eve"
    assert (offer["contact"]["held"], offer["contact"]["requires"]) == (True, {})
    assert offer["contact"]["customer"]["key"] == "crm-1"
    async with api.client(created["token"]) as visitor:
        seen = await visitor.contact(created["contact"]["id"])
    assert "meant_for" not in seen
    assert "key" not in seen["customer"]


async def test_what_a_contact_wants_is_shown_in_forms_of_their_own(api: Api) -> None:
    async with api.client() as integrator:
        created = await integrator.create_contact(
            "support",
            {"name": "Ada"},
            groups={"require": ["night"]},
            region="cn/gd",
            vip="gold",
            issue="line-down",
        )
        contact = await integrator.contact(created["contact"]["id"])
        told = [one["text"] for one in await integrator.explain(contact["id"])]
        zh = [one["text"] for one in await integrator.explain(contact["id"], "zh")]
    assert (contact["region"], contact["vip"], contact["issue"]) == ("cn/gd", "gold", "line-down")
    assert contact["vip_name"] == {"en": "Gold", "zh": "金卡"}
    assert contact["region_name"]["zh"] == "广东"
    assert contact["issue_name"]["en"] == "No line"
    assert contact["groups"] == {"require": ["night"], "exclude": []}
    assert (contact["requires"], contact["priority"]) == ({"german": 2}, 90)
    assert told[0].endswith(
        "in Support with priority 90; needs German at 2 or more and the group Night shift and the "
        "region Guangdong. Its customer is of the class Gold. It is about No line."
    )
    assert zh[0].endswith(
        "优先级 90，需要德语 2 级及以上、“夜班”组成员、广东地区。客户等级：金卡。问题类型：断线。"
    )
    async with api.client(created["token"]) as visitor:
        seen = await visitor.contact(contact["id"])
    assert not {"groups", "region", "vip", "issue"} & seen.keys()


async def test_visitors_may_say_what_it_is_about(api: Api) -> None:
    async with api.client(api.token("entry", "website")) as website:
        (support,) = [one for one in await website.queues() if one["id"] == "support"]
        assert support["issues"] == [{"id": "line-down", "name": {"en": "No line", "zh": "断线"}}]
        await website.create_contact("support", {"name": "Ada"}, issue="line-down")


async def test_who_chooses_a_topic_needs_what_the_topic_needs(settings: Settings) -> None:
    general, *others = settings.queues
    strict = msgspec.structs.replace(general, requires={"german": 3})
    async with running(msgspec.structs.replace(settings, queues=(strict, *others))) as api:
        async with api.client(api.token("entry", "website")) as website:
            contact = (await website.create_contact("general", {"name": "Ada"}))["contact"]["id"]
        async with api.client() as integrator:
            assert (await integrator.contact(contact))["requires"] == {"german": 3}
            await integrator.assign("bo", skills={"german": 3})
            async with api.agent("eve"), api.agent("bo") as bo:
                offer = await bo.wait_for("reservation.created")
        assert offer["contact"]["id"] == contact


async def test_an_assignment_is_put_and_shown(api: Api) -> None:
    capacity = dict.fromkeys(("voice", "video", "chat", "callback"))
    capacity["chat"] = {"slots": 2, "blocks": ["voice"]}
    given = {
        "queues": ["general"],
        "skills": {"german": 5},
        "groups": ["night"],
        "regions": ["cn/gd"],
        "weight": 2,
        "rank": 1,
        "capacity": capacity,
    }
    async with api.client(api.token("supervisor", "sam")) as supervisor:
        put = await supervisor.assign("bo", **given)
        assert (put["state"], put["queues"], put["assignment"]) == ("offline", ["general"], given)
        assert put["skill_names"] == {"german": {"en": "German", "zh": "德语"}}
        async with api.agent("bo") as page:
            shown = await supervisor.agent("bo")
            assert (shown["name"], shown["state"], shown["assignment"]) == ("Bo", "ready", given)
            assert await supervisor.agents() == [shown]
            (on_board,) = (await supervisor.board())["agents"]
            assert on_board == shown | {"occupancy": on_board["occupancy"], "contacts_today": 0}
            async with api.client(api.token("agent", "bo")) as bo:
                assert await bo.agent("bo") == shown
            await supervisor.assign("bo", skills={"billing": 1})
            told = (await page.wait_for("agent.updated"))["agent"]
            while told["assignment"] == given:
                told = (await page.wait_for("agent.updated"))["agent"]
            assert told["assignment"]["skills"] == {"billing": 1}
            assert told["queues"] == ["general", "support", "sales"]
    async with api.client() as integrator:
        log = [one for one in await integrator.events() if one["type"] == "agent.assigned"]
    assert [one["data"]["by"] for one in log] == [{"role": "supervisor", "id": "sam"}] * 2


async def test_a_contacts_way_is_explained(api: Api) -> None:
    async with api.client() as integrator:
        await integrator.assign("bo", skills={"german": 5})
        async with api.agent("bo") as page:
            contact = (await api.contact(requires={"german": 3}))["contact"]["id"]
            offer = await page.wait_for("reservation.created")
            assert offer["contact"]["requires"] == {"german": 3}
            await page.request("reservation.reject", contact=contact, epoch=offer["epoch"])
        english = [one["text"] for one in await integrator.explain(contact)]
        assert english[0].endswith("in General; needs German at 3 or more.")
        assert english[1].startswith("Offered to Bo at ")
        assert english[1].endswith("the only ready agent of General, with German at 3 or more.")
        assert english[2].startswith("Bo declined at ")
        chinese = await integrator.explain(contact, "zh")
        assert [len(english), True] == [len(chinese), "德语 3 级及以上" in chinese[0]["text"]]
        events = {one["seq"]: one["type"] for one in await integrator.events()}
        assert [events[one["seq"]] for one in chinese] == [
            "contact.enqueued",
            "reservation.created",
            "contact.requeued",
        ]


async def test_an_idempotency_key_gives_the_same_contact_again(api: Api) -> None:
    key = {"Idempotency-Key": "click-1"}
    async with api.http() as http, api.http(api.token("entry", "website")) as website:
        first = await http.post("/v1/contacts", json={"queue": "general"}, headers=key)
        again = await http.post("/v1/contacts", json={"queue": "general"}, headers=key)
        assert again.json()["contact"]["id"] == first.json()["contact"]["id"]
        other = await http.post("/v1/contacts", json={"queue": "sales"}, headers=key)
        check_problem(other, 409, "idempotency_conflict")
        # Somebody else's key is another key.
        theirs = await website.post("/v1/contacts", json={"queue": "general"}, headers=key)
        assert theirs.json()["contact"]["id"] != first.json()["contact"]["id"]


async def test_the_skills_by_name(shared_api: Api) -> None:
    async with shared_api.client() as integrator:
        assert await integrator.skills() == [
            {"id": "german", "name": {"en": "German", "zh": "德语"}},
            {"id": "billing", "name": {"en": "Billing", "zh": "账单"}},
        ]


async def test_too_many_contacts_from_one_link(api: Api) -> None:
    taken = 0
    async with api.http(api.token("entry", "website")) as http:
        # On a slow machine some more are taken meanwhile.
        while taken < 3 * limits.CONTACTS_BURST:
            answer = await http.post("/v1/contacts", json={"queue": "general"})
            if answer.status_code != 201:
                break
            taken += 1
    assert taken >= limits.CONTACTS_BURST
    check_problem(answer, 429, "rate_limited")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_token_and_its_link(api: Api) -> None:
    async with api.http() as http:
        queues = await http.get("/v1/queues")
        assert queues.headers["cache-control"] == "no-store"
        assert queues.headers["x-content-type-options"] == "nosniff"
    async with api.client() as integrator:
        issued = await integrator.create_token("agent", "bo", "Bo", ttl_s=60)
    assert issued["url"] == f"https://calls.example.com/agent#token={issued['token']}"
    assert issued["expires_at"].endswith("Z")
    assert api.services.keys.check(issued["token"]).name == "Bo"


async def test_a_contact_ends_by_delete(api: Api) -> None:
    created = await api.contact()
    contact = created["contact"]["id"]
    async with api.client(created["token"]) as visitor:
        await visitor.end_contact(contact)
        ended = await visitor.contact(contact)
    assert ended["state"] == "abandoned"
    assert ended["ended_at"] is not None
    async with api.http() as http:
        check_problem(await http.delete(f"/v1/contacts/{contact}"), 409, "wrong_state")


async def test_a_full_queue_and_a_draining_server(api: Api) -> None:
    api.services.centre.drain()
    async with api.http() as http:
        answer = await http.post("/v1/contacts", json={"queue": "general"})
        check_problem(answer, 503, "draining")
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()) == (503, {"status": "draining"})
        assert (await http.get("/livez")).status_code == 200


async def test_lists_and_the_log(api: Api) -> None:
    async with api.call() as (agent, _, contact), api.client() as integrator:
        (listed,) = await integrator.contacts("connected")
        assert (listed["id"], listed["agent"]["name"]) == (contact, "Bo")
        assert await integrator.contacts("waiting") == []
        board = await integrator.board()
        assert [call["contact_id"] for call in board["calls"]] == [contact]
        assert [one["state"] for one in await integrator.agents()] == ["busy"]
        await agent.request("chat.send", contact=contact, client_id="1", text="hello")
        (message,) = await integrator.messages(contact)
        assert (message["seq"], message["role"], message["text"]) == (1, "agent", "hello")
        await agent.request("call.hang_up", contact=contact)
        events = await integrator.events(limit=1000)
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        types = [event["type"] for event in events if event["contact"] == contact]
        assert types[0] == "contact.enqueued"
        assert "contact.completed" in types
        rest = await integrator.events(after=events[-2]["seq"])
        assert rest[0] == events[-1]


async def test_whip_and_whep(api: Api) -> None:
    async with api.agent() as agent:
        created = await api.contact()
        contact = created["contact"]["id"]
        sdp = {"content-type": "application/sdp"}
        async with api.http(created["token"]) as visitor, api.client(created["token"]) as client:
            early = await visitor.post(f"/v1/whip/{contact}", content="v=0\r\n", headers=sdp)
            check_problem(early, 409, "wrong_state")
            offer = await agent.wait_for("reservation.created")
            await agent.request("reservation.accept", contact=contact, epoch=offer["epoch"])
            plain = await visitor.post(f"/v1/whip/{contact}", json={"sdp": "v=0"})
            check_problem(plain, 415, "unsupported_media_type")
            broken = await visitor.post(f"/v1/whip/{contact}", content="sdp", headers=sdp)
            check_problem(broken, 400, "malformed_sdp")
            made = await visitor.post(f"/v1/whip/{contact}", content="v=0\r\n", headers=sdp)
            assert (made.status_code, made.headers["content-type"]) == (201, "application/sdp")
            location = made.headers["location"]
            (sent, *_) = [one for one in api.shard.told("join") if one["publish"]][-1:]
            assert (sent["subscribe"], sent["hidden"]) == (False, False)
            assert api.shard.told("offer")[-1]["auto"] is True

            await join(agent, contact)
            await client.whep(contact, "v=0\r\n")
            async with api.http(api.token("agent", "eve")) as eve:
                check_problem(await eve.delete(location), 403, "not_permitted")
            assert (await visitor.delete(location)).status_code == 204
            check_problem(await visitor.delete(location), 404, "unknown_session")


async def test_the_openapi_document(api: Api) -> None:
    async with api.http(None) as http:
        document = (await http.get("/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"/v1/contacts", "/v1/whip/{contact_id}"} <= set(document["paths"])
    answers = document["paths"]["/v1/contacts"]["post"]["responses"]
    assert set(answers) == {"201", "default"}
    assert "application/problem+json" in answers["default"]["content"]
    assert "code" in document["components"]["schemas"]["ProblemBody"]["properties"]


async def test_a_supervisor_changes_an_agents_state_and_signs_them_out(api: Api) -> None:
    state, session = "/v1/agents/bo/state", "/v1/agents/bo/session"
    async with api.agent("bo") as page, api.http(api.token("supervisor", "sam")) as supervisor:
        put = await supervisor.put(state, json={"state": "training"})
        assert (put.json()["state"], put.json()["reason"]) == ("not_ready", "training")
        while (await page.wait_for("agent.updated"))["agent"]["reason"] != "training":
            pass  # what was told of the sign-in
        put = await supervisor.put(state, json={"state": "ready"})
        assert put.json()["state"] == "ready"
        refused = await supervisor.put(state, json={"state": "lunch"})
        assert check_problem(refused, 400, "malformed_message")["field"] == "state"
        assert (await supervisor.delete(session)).is_success
        check_problem(await supervisor.delete(session), 404, "unknown_agent")
