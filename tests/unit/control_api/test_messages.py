"""The protocol's types: what is read, what is refused, and that each refusal names the place."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from control_api.ws import messages

CONTACT = "c_" + "a" * 20
CLIENT = (*messages.EVERY_PAGE, *messages.VISITORS, *messages.AGENTS, *messages.SUPERVISORS)

EXAMPLES: list[dict[str, Any]] = [
    {"type": "hello", "token": "t", "tab": "x", "take_over": True},
    {"type": "heartbeat"},
    {"type": "chat.send", "contact": CONTACT, "client_id": "1", "text": "hi", "id": "7"},
    {"type": "media.join", "contact": CONTACT},
    {
        "type": "media.offer",
        "contact": CONTACT,
        "sdp": "v=0",
        "publish": [{"mid": "0", "source": "camera"}],
        "subscribe": [{"mid": "1", "track": 5}],
    },
    {"type": "media.mute", "contact": CONTACT, "source": "microphone", "muted": True},
    {"type": "media.leave", "contact": CONTACT},
    {"type": "call.hang_up", "contact": CONTACT},
    {"type": "contact.leave"},
    {"type": "consent.set", "granted": False},
    {"type": "agent.sign_in"},
    {"type": "agent.sign_out"},
    {"type": "agent.ready"},
    {"type": "agent.not_ready", "reason": "break"},
    {"type": "reservation.accept", "contact": CONTACT, "epoch": 3},
    {"type": "reservation.reject", "contact": CONTACT, "epoch": 3},
    {"type": "contact.transfer", "contact": CONTACT, "queue": "sales"},
    {"type": "consult.start", "contact": CONTACT, "queue": "sales"},
    {"type": "consult.confer", "contact": CONTACT},
    {"type": "consult.hand_over", "contact": CONTACT},
    {"type": "consult.end", "contact": CONTACT},
    {"type": "call.hold", "contact": CONTACT, "held": True},
    {"type": "contact.notes", "contact": CONTACT, "text": ""},
    {"type": "wrap_up.done", "contact": CONTACT},
    {"type": "board.subscribe"},
    {"type": "watch.start", "contact": CONTACT},
    {"type": "watch.stop", "contact": CONTACT},
]


WRONG_SOURCE = json.dumps(EXAMPLES[4] | {"publish": [{"mid": "0", "source": "eyes"}]})


def test_every_message_has_an_example() -> None:
    assert {example["type"] for example in EXAMPLES} == set(map(messages.tag_of, CLIENT))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["type"])
def test_a_message_is_read_as_its_type(example: dict[str, Any]) -> None:
    message = messages.decode(json.dumps(example))
    assert messages.tag_of(type(message)) == example["type"]
    assert message.id == example.get("id")


@pytest.mark.parametrize(
    ("text", "code", "field", "message_id"),
    [
        ("", "malformed_message", None, None),
        ("{", "malformed_message", None, None),
        ("[1]", "malformed_message", None, None),
        ("{}", "malformed_message", "type", None),
        ('{"type": 5}', "malformed_message", "type", None),
        ('{"type": "dance", "id": "4"}', "unknown_message", "type", "4"),
        ('{"type": "consent.set", "id": "4"}', "malformed_message", "granted", "4"),
        ('{"type": "consent.set", "granted": 1, "id": "4"}', "malformed_message", "granted", "4"),
        ('{"type": "heartbeat", "extra": 1}', "malformed_message", "extra", None),
        (f'{{"type": "heartbeat", "id": "{"x" * 65}"}}', "malformed_message", "id", None),
        ('{"type": "media.join", "contact": "c_1"}', "malformed_message", "contact", None),
        (
            WRONG_SOURCE,
            "malformed_message",
            "publish[0].source",
            None,
        ),
    ],
)
def test_a_refusal_says_what_and_where(
    text: str, code: str, field: str | None, message_id: str | None
) -> None:
    with pytest.raises(messages.Refusal) as refusal:
        messages.decode(text)
    problem = refusal.value.problem
    assert (problem.code, problem.field, refusal.value.message_id) == (code, field, message_id)
    assert problem.detail


@pytest.mark.parametrize("message", messages.FROM_SERVER, ids=messages.tag_of)
def test_what_the_server_sends_has_words_and_a_tag(message: type[msgspec.Struct]) -> None:
    assert message.__doc__
    assert messages.tag_of(message)


def test_an_error_leaves_out_what_it_has_not() -> None:
    error = messages.Error(code="busy", detail="later")
    assert json.loads(messages.encode(error)) == {
        "type": "error",
        "code": "busy",
        "detail": "later",
    }
