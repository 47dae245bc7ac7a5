"""Opening hours, overflows and treatments as they are configured; each mistake is named."""

from __future__ import annotations

import pytest

from mediacore import config, opening_hours
from mediacore.errors import ConfigError

KEYS = f"""[keys]
api_key = "{"a" * 32}"
token_secret = "{"b" * 32}"
"""
OFFICE = '[[calendars]]\nid = "office"\n'


def queue(id: str, **settings: str) -> str:
    names = f'id = "{id}"\nname_en = "{id}"\nname_zh = "{id}"\n'
    return f"[[queues]]\n{names}" + "".join(f"{key} = {text}\n" for key, text in settings.items())


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.parse(KEYS + text)
    return str(caught.value)


def test_days_and_ranges() -> None:
    assert opening_hours.days("sat-mon") == [5, 6, 0]
    week = opening_hours.week({"mon-tue": ["13:00-24:00", "09:00-12:00"], "sun": []})
    assert week[0] == week[1] == ((540, 720), (780, 1440))
    assert week[2:] == ((),) * 5


def test_a_whole_configuration() -> None:
    hours = '{ mon-fri = ["09:00-12:00"] }'
    text = f'{OFFICE}time_zone = "Asia/Shanghai"\nhours = {hours}\n'
    text += queue("a", calendar='"office"', when_closed='"queue:b"', max_wait_s="60")
    settings = config.parse(KEYS + text + queue("b", when_unstaffed='"message"'))
    assert settings.calendars[0].hours == {"mon-fri": ("09:00-12:00",)}
    assert settings.queues[0].when_closed == "queue:b"


@pytest.mark.parametrize(
    ("calendar", "key", "right"),
    [
        ('time_zone = "Asia/Peking"', "calendars[0].time_zone", "IANA"),
        ('hours = { mo = ["09:00-12:00"] }', "calendars[0].hours.mo", "mon to sun"),
        ('hours = { mon = ["9:00-12:00"] }', "calendars[0].hours.mon", "09:00-12:00"),
        ('hours = { mon = ["12:00-09:00"] }', "calendars[0].hours.mon", "ends before it begins"),
        ('hours = { mon = ["09:00-12:00", "11:00-13:00"] }', "calendars[0].hours.mon", "overlap"),
        ("hours = { mon-fri = [], fri = [] }", "calendars[0].hours.fri", "fri is there twice"),
        ('holidays = { "24.12.2026" = [] }', "calendars[0].holidays", "2026-12-24"),
        ('holidays = { "2026-02-30" = [] }', "calendars[0].holidays", "is no date"),
    ],
)
def test_wrong_hours(calendar: str, key: str, right: str) -> None:
    text = refusal(OFFICE + calendar + "\n" + queue("a"))
    assert key in text
    assert right in text


@pytest.mark.parametrize(
    ("settings", "key", "right"),
    [
        ({"calendar": '"ofice"'}, "queues[0].calendar", "did you mean office"),
        ({"when_full": '"queue:x"'}, "queues[0].when_full", "there is no queue 'x'"),
        ({"when_full": '"wait"'}, "queues[0].when_full", "refuse"),
        ({"when_full": '"queue:a"'}, "queues[0].when_full", "a loop of overflows: a -> a"),
        ({"when_max_wait": '"queue:a"'}, "queues[0].when_max_wait", "this queue itself"),
        (
            {"calendar": '"office"', "when_closed": '"callback"'},
            "queues[0].when_closed",
            "never opens",
        ),
        (
            {"max_wait_s": "60", "relax": "[{ after_s = 60 }]"},
            "queues[0].max_wait_s",
            "last step of relax is at 60",
        ),
    ],
)
def test_wrong_treatments(settings: dict[str, str], key: str, right: str) -> None:
    text = refusal(OFFICE + queue("a", **settings))
    assert key in text
    assert right in text


def test_a_loop_of_three_is_told_as_it_goes() -> None:
    text = refusal(
        queue("a", when_closed='"queue:b"')
        + queue("b", when_full='"queue:c"')
        + queue("c", when_unstaffed='"queue:a"')
    )
    assert "queues[0].when_closed: a loop of overflows: a -> b -> c -> a" in text
