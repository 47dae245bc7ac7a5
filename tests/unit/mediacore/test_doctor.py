"""The doctor finds what is wrong with a machine and says what to do."""

import argparse
import socket
from collections import namedtuple

import msgspec
import pytest

from mediacore import config, doctor
from mediacore.doctor import Level
from mediacore.settings import (
    JournalSettings,
    MediaSettings,
    RecordingSettings,
    ServerSettings,
    StoreSettings,
)


@pytest.fixture
def settings(tmp_path):
    return config.development(tmp_path, port=0)


def replaced(settings, **sections):
    return msgspec.structs.replace(settings, **sections)


def levels(findings):
    return {finding.subject: finding.level for finding in findings}


def test_a_fit_machine(settings):
    for check in (doctor.check_http_port, doctor.check_media_port, doctor.check_codecs):
        assert set(levels(check(settings)).values()) == {Level.OK}, check
    assert levels(doctor.check_sqlite(settings)) == {"sqlite": Level.OK}


def test_the_round_trip_uses_the_advertised_address(settings):
    assert levels(doctor.check_media_port(settings))["UDP by 127.0.0.1"] is Level.OK


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(doctor, "ROUND_TRIP_TIMEOUT_S", 0.05)


@pytest.mark.usefixtures("impatient")
def test_an_address_that_is_not_ours(settings):
    media = MediaSettings(bind="127.0.0.1:0", advertise=("192.0.2.1",))
    findings = list(doctor.check_media_port(replaced(settings, media=media)))
    assert findings[-1].level is Level.WARN
    assert "firewall" in findings[-1].advice


def test_ports_that_are_taken(settings):
    with socket.create_server(("127.0.0.1", 0)) as http, socket.socket(type=socket.SOCK_DGRAM) as u:
        u.bind(("127.0.0.1", 0))
        taken = replaced(
            settings,
            server=ServerSettings(port=http.getsockname()[1]),
            media=MediaSettings(bind=f"127.0.0.1:{u.getsockname()[1]}"),
        )
        assert levels(doctor.check_http_port(taken)) == {"http port": Level.FAIL}
        assert levels(doctor.check_media_port(taken)) == {"media port": Level.FAIL}


@pytest.mark.usefixtures("impatient")
def test_a_public_server_needs_a_fixed_port(settings):
    media = MediaSettings(bind="0.0.0.0:0", advertise=("127.0.0.1", "203.0.113.7"))
    found = levels(doctor.check_media_port(replaced(settings, media=media)))
    assert found["media port"] is Level.WARN


@pytest.mark.parametrize(
    ("free", "level"), [(2**20, Level.FAIL), (5 * 2**30, Level.WARN), (2**40, Level.OK)]
)
def test_disk_space(settings, monkeypatch, free, level):
    usage = namedtuple("usage", "total used free")(2**41, 0, free)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    places = ("database", "recordings", "voicemails", "journal")
    assert levels(doctor.check_disk(settings)) == dict.fromkeys(places, level)


def test_directories_that_cannot_be_written(settings):
    nowhere = replaced(
        settings,
        store=StoreSettings(url="sqlite:////proc/mediacore.db"),
        recording=RecordingSettings(
            directory="/proc/recordings", voicemail_directory="/proc/voicemails"
        ),
        journal=JournalSettings(directory="/proc/journal"),
    )
    found = levels(doctor.check_disk(nowhere))
    assert found == dict.fromkeys(("database", "recordings", "voicemails", "journal"), Level.FAIL)
    assert levels(doctor.check_sqlite(nowhere)) == {"sqlite": Level.FAIL}


def test_a_clock_that_jumps(settings, monkeypatch):
    times = iter([1000.0, 1003.0])
    monkeypatch.setattr(doctor.time, "time", lambda: next(times))
    assert levels(doctor.check_clock(settings))["clock"] is Level.WARN


def test_nothing_is_left_behind(settings, tmp_path):
    for check in doctor.CHECKS:
        list(check(settings))
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_file_ends_the_examination(tmp_path, capsys):
    path = tmp_path / "mediacore.toml"
    path.write_text("[server]\nport = 99999\n")
    assert doctor.run(argparse.Namespace(config=path)) == 1
    report = capsys.readouterr().out
    assert f"{path}:" in report
    assert "not fit to serve: 1 failed" in report


def test_a_right_file_is_used(tmp_path, capsys):
    path = tmp_path / "mediacore.toml"
    text = config.sample().replace("port = 8080", "port = 0")
    text = text.replace("data/", f"{tmp_path}/data/")
    path.write_text(text)
    assert doctor.run(argparse.Namespace(config=path)) == 0
    assert str(tmp_path / "data") in capsys.readouterr().out
