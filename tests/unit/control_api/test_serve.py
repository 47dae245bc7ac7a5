"""Starting the server: dev keys that last, links, and one clear line when it can't start."""

from __future__ import annotations

import argparse
import socket
import stat
from pathlib import Path

import pytest

from control_api import auth, serve, server
from control_api.auth import Keys
from mediacore import config
from unit.control_api.running import settings_in


def test_dev_keys_are_made_once_and_kept_private(tmp_path: Path) -> None:
    first = serve.dev_settings(tmp_path, 8080)
    kept = tmp_path / "dev-keys.toml"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert serve.dev_settings(tmp_path, 8080).keys == first.keys
    assert first.keys.api_key.startswith("dev-")
    kept.write_text("broken")
    assert serve.dev_settings(tmp_path, 8080).keys != first.keys


def test_dev_has_a_queue_for_each_recording_policy(tmp_path: Path) -> None:
    settings = serve.dev_settings(tmp_path, 8080)
    assert {queue.id: queue.recording for queue in settings.queues} == {
        "support": "always",
        "sales": "consent",
        "general": "off",
    }


def test_dev_links_carry_tokens_that_open(tmp_path: Path) -> None:
    settings = serve.dev_settings(tmp_path, 8123)
    keys = Keys(settings.keys.api_key, settings.keys.token_secret)
    text = serve.dev_links(settings)
    links = [line.split()[-1] for line in text.splitlines() if "#token=" in line]
    pages = [address.split("#token=")[0] for address in links]
    assert pages == [f"http://localhost:8123/{page}" for page in ("visitor", "agent", "supervisor")]
    roles = [keys.check(address.split("#token=")[1]).role for address in links]
    assert roles == ["entry", "agent", "supervisor"]
    assert settings.keys.api_key in text


def test_a_taken_port_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = argparse.Namespace(port=port, data=str(tmp_path), verbose=False)
        assert serve.run_dev(arguments) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"port {port}" in said
    assert list(tmp_path.iterdir()) == []


def test_two_servers_dont_share_one_store(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with (
        server._alone(settings),
        pytest.raises(server.StartFailure, match="another server"),
        server._alone(settings),
    ):
        pass
    with server._alone(settings):
        pass


def test_a_token_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mediacore.toml"
    path.write_text(config.sample())
    parser = argparse.ArgumentParser()
    auth.register(parser.add_subparsers())
    words = ["token", "--config", str(path), "--role", "agent", "--subject", "bo", "--name", "Bo"]
    arguments = parser.parse_args(words)
    assert arguments.run(arguments) == 0
    page, token = capsys.readouterr().out.strip().split("#token=")
    assert page == "http://localhost:8080/agent"
    settings = config.load(path)
    keys = Keys(settings.keys.api_key, settings.keys.token_secret)
    assert keys.check(token) == auth.Principal("agent", "bo", "Bo")

    arguments = parser.parse_args([*words[:5], "--subject", "b o"])
    assert arguments.run(arguments) == 2
    assert "--subject" in capsys.readouterr().err


def test_the_sample_is_a_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.run_serve(argparse.Namespace(sample=True, config="")) == 0
    assert config.parse(capsys.readouterr().out).queues
