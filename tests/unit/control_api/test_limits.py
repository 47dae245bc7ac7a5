"""Rates: a burst at once, then the long-run rate; memory for rates is bounded."""

from __future__ import annotations

import pytest

from control_api import limits
from control_api.limits import Bucket, Buckets


def test_a_burst_and_then_the_rate() -> None:
    bucket = Bucket(per_s=2, burst=3, now_s=0)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_s == pytest.approx(0.5)
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(100) for _ in range(4)] == [True, True, True, False]


def test_a_refusal_costs_nothing() -> None:
    bucket = Bucket(per_s=1, burst=1, now_s=0)
    bucket.take(0)
    assert [bucket.take(at / 10) for at in range(1, 10)] == [False] * 9
    assert bucket.take(1.0)


def test_the_longest_unseen_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "BUCKETS_MAX", 2)
    buckets = Buckets(per_s=1, burst=1)
    first = buckets.of("a", 0)
    buckets.of("b", 0)
    assert buckets.of("a", 0) is first
    buckets.of("c", 0)
    assert buckets.of("a", 0) is first
    assert buckets.of("b", 0).take(0)
