"""Tokens open what they say and nothing else; whatever is wrong with one is said."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from control_api.auth import CLOCK_SKEW_S, INTEGRATOR, Keys, Principal, link
from control_api.problems import Problem

API_KEY = "the-api-key-of-an-integrator-0123456789"
SECRET = "the-secret-that-signs-tokens-0123456789"
NOW = 1_800_000_000


class Clock:
    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(clock: Clock) -> Keys:
    return Keys(API_KEY, SECRET, now=clock)


def _refused(keys: Keys, token: str) -> str:
    with pytest.raises(Problem) as refusal:
        keys.check(token)
    assert token not in refusal.value.detail
    return refusal.value.code


def test_a_token_says_who_holds_it(keys: Keys) -> None:
    token, expires_at = keys.issue("agent", "bo@example", name="Bo", ttl_s=60)
    assert keys.check(token) == Principal("agent", "bo@example", "Bo", None)
    assert expires_at.timestamp() == NOW + 60


def test_a_visitors_token_is_for_one_contact(keys: Keys) -> None:
    token, _ = keys.issue("visitor", "ada", ttl_s=60, contact="c_1")
    assert keys.check(token).contact == "c_1"
    for role, contact in (("visitor", None), ("agent", "c_1")):
        with pytest.raises(Problem, match="contact"):
            keys.issue(role, "ada", ttl_s=60, contact=contact)  # type: ignore[arg-type]


def test_a_token_ends(keys: Keys, clock: Clock) -> None:
    token, _ = keys.issue("agent", "bo", ttl_s=60)
    clock.now = NOW + 60 + CLOCK_SKEW_S - 1
    keys.check(token)
    clock.now += 1
    assert _refused(keys, token) == "token_expired"


@pytest.mark.parametrize(
    "claims",
    [
        {"role": "king"},
        {"role": "integrator"},
        {"sub": "a b"},
        {"sub": ""},
        {"exp": "soon"},
        {"name": "x" * 101},
        {"exp": None},
    ],
)
def test_claims_of_another_kind_are_refused(keys: Keys, claims: dict[str, Any]) -> None:
    whole = {"role": "agent", "sub": "bo", "iat": NOW, "exp": NOW + 60, **claims}
    given = {name: value for name, value in whole.items() if value is not None}
    assert _refused(keys, jwt.encode(given, SECRET, "HS256")) == "token_invalid"


def test_what_others_signed_is_refused(keys: Keys) -> None:
    claims = {"role": "agent", "sub": "bo", "iat": NOW, "exp": NOW + 60}
    assert _refused(keys, jwt.encode(claims, "x" * 40, "HS256")) == "token_invalid"
    assert _refused(keys, jwt.encode(claims, "", "none")) == "token_invalid"
    assert _refused(keys, "no token at all") == "token_invalid"
    token, _ = keys.issue("agent", "bo", ttl_s=60)
    head, body, signature = token.split(".")
    assert _refused(keys, f"{head}.{body[:-2]}xx.{signature}") == "token_invalid"


def test_the_header_carries_a_token_or_the_api_key(keys: Keys) -> None:
    token, _ = keys.issue("supervisor", "eve", ttl_s=60)
    assert keys.authenticate(f"Bearer {API_KEY}") is INTEGRATOR
    assert keys.authenticate(f"bearer  {token}").role == "supervisor"
    for header in (None, "", "Bearer", "Bearer ", f"Basic {token}", token):
        with pytest.raises(Problem) as refusal:
            keys.authenticate(header)
        assert refusal.value.code == "token_invalid"
        assert refusal.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_who_may_see_a_contact() -> None:
    for principal in (
        INTEGRATOR,
        Principal("supervisor", "eve"),
        Principal("agent", "bo"),
        Principal("visitor", "x", contact="c_1"),
    ):
        principal.may_see("c_1", "bo")
    for principal in (
        Principal("agent", "bea"),
        Principal("visitor", "x", contact="c_2"),
        Principal("entry", "website"),
    ):
        with pytest.raises(Problem) as refusal:
            principal.may_see("c_1", "bo")
        assert refusal.value.code == "not_permitted"


def test_a_links_token_is_in_the_fragment() -> None:
    assert link("https://a.example/", "entry", "T") == "https://a.example/visitor#token=T"
