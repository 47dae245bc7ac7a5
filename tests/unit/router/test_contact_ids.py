"""Ids that nobody guesses, and that stand side by side in an index if they came at one time."""

from __future__ import annotations

import re
from itertools import islice

from router.centre.core import IDS_AT_ONCE, random_contact_ids

MOMENT_US = 2**14


def test_ids_are_as_the_protocol_says_and_never_the_same() -> None:
    some = list(islice(random_contact_ids(), 3 * IDS_AT_ONCE + 1))
    assert len(set(some)) == len(some)
    assert all(re.fullmatch(r"c_[a-z2-7]{20}", one) for one in some)


def test_ids_of_one_moment_begin_alike_and_end_in_80_random_bits() -> None:
    now_us = 1_767_225_600_000_000 // MOMENT_US * MOMENT_US
    ids = random_contact_ids(lambda: now_us)
    first, second = next(ids), next(ids)
    now_us += MOMENT_US - 1
    third = next(ids)
    now_us += 1
    fourth = next(ids)
    now_us += 2**20 * MOMENT_US
    later = next(ids)
    assert first[:6] == second[:6] == third[:6] != fourth[:6] == later[:6]
    assert len({one[6:] for one in (first, second, third, fourth, later)}) == 5
