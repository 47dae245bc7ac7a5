"""The command's plug-ins: only what is asked for is loaded, a broken one hurts nobody else."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from mediacore import cli
from mediacore.errors import ConfigError


@pytest.fixture
def plugins(monkeypatch):
    """Three commands: hello, which works; wrong, with a bad file; loadtest, not importable."""

    def register_hello(subparsers):
        parser = subparsers.add_parser("hello", help="says hello")
        parser.add_argument("--to", default="you")
        parser.set_defaults(run=lambda arguments: print("hello", arguments.to))

    def register_wrong(subparsers):
        def run(_):
            raise ConfigError("m.toml", 3, "server.port", "is wrong", "set it right")

        subparsers.add_parser("wrong").set_defaults(run=run)

    module = ModuleType("mediacore_test_plugins")
    module.register_hello, module.register_wrong = register_hello, register_wrong
    monkeypatch.setitem(sys.modules, module.__name__, module)
    entries = {
        "hello": f"{module.__name__}:register_hello",
        "wrong": f"{module.__name__}:register_wrong",
        "loadtest": "mediacore_test_absent:register",
    }
    found = [EntryPoint(name, value, cli.GROUP) for name, value in entries.items()]
    monkeypatch.setattr(cli, "entry_points", lambda group: found)


@pytest.mark.usefixtures("plugins")
class TestCommands:
    def test_a_command_runs(self, capsys):
        assert cli.main(["hello", "--to", "Mei"]) == 0
        assert capsys.readouterr().out == "hello Mei\n"

    def test_a_missing_dependency_is_one_clear_line(self, capsys):
        assert cli.main(["loadtest", "--callers", "5"]) == cli.UNAVAILABLE
        message = capsys.readouterr().err
        assert message.count("\n") == 1
        assert "No module named 'mediacore_test_absent'" in message

    def test_help_lists_all_commands_in_spite_of_a_broken_one(self, capsys):
        with pytest.raises(SystemExit) as stopped:
            cli.main(["--help"])
        assert stopped.value.code == 0
        listed = capsys.readouterr().out
        assert "says hello" in listed
        assert "loadtest" in listed

    def test_no_command_is_a_usage_error(self):
        with pytest.raises(SystemExit) as stopped:
            cli.main([])
        assert stopped.value.code == 2

    def test_a_wrong_setting_ends_with_its_place(self, capsys):
        assert cli.main(["wrong"]) == 2
        assert "m.toml:3: server.port: is wrong; set it right" in capsys.readouterr().err

    def test_the_version(self, capsys):
        with pytest.raises(SystemExit):
            cli.main(["--version"])
        assert capsys.readouterr().out.startswith("mediacore ")
