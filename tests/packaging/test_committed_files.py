"""What may stand in a committed file, and who may use whom below Python."""

from __future__ import annotations

import re
import tomllib

from repository import ROOT, committed_files

# In pieces, or this file would be the first to break its own rule.
_REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("static", "crates", "io"),
        ("index", "crates", "io"),
        ("npmjs", "org"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("esm", "sh"),
        ("deb", "debian", "org"),
        ("proxy", "golang", "org"),
        ("maven", "org"),
    )
]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    found = []
    for name in committed_files():
        content = (ROOT / name).read_bytes()
        found += [f"{name}: {host}" for host in _REGISTRY_HOSTS if host.encode() in content]
    assert found == []


def test_every_python_dependency_is_locked_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    requirements = re.split(r"\n(?=[A-Za-z0-9])", lock)
    unlocked = [
        entry.split()[0] for entry in requirements if entry and "--hash=sha256:" not in entry
    ]
    assert unlocked == []
    locked = {re.split(r"[=\[; ]", entry)[0].lower() for entry in requirements}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["loadtest"],
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[>=<\[; ]", wish)[0].lower() for wish in wanted}
    assert names - locked == set()


# Each crate, and the crates of ours that it may use. The pure ones use none.
_CRATE_MAY_USE = {
    "acd": set(),
    "sfu": set(),
    "rings": set(),
    "io": {"acd", "rings", "sfu"},
    "whatif": {"acd"},
    "forecast": set(),
    "rtp": set(),
    "client": {"rtp"},
    "py": {"acd", "forecast", "io", "sfu", "whatif"},
}
_ONLY_IN = {
    "pyo3": {"py"},
    "str0m": {"sfu", "client"},
    "mio": {"io", "client"},
    "socket2": {"io", "client"},
}


def test_rust_crates_use_only_what_lies_below_them() -> None:
    crates = {}
    for manifest in (ROOT / "native").glob("*/Cargo.toml"):
        crates[manifest.parent.name] = set(tomllib.loads(manifest.read_text())["dependencies"])
    assert crates.keys() == _CRATE_MAY_USE.keys()
    for crate, dependencies in crates.items():
        assert dependencies & crates.keys() <= _CRATE_MAY_USE[crate], crate
        for dependency, homes in _ONLY_IN.items():
            assert dependency not in dependencies or crate in homes, f"{crate} uses {dependency}"


def test_the_protocol_library_stays_behind_the_session_interface() -> None:
    named_in = {
        source.relative_to(ROOT / "native").as_posix()
        for source in (ROOT / "native").glob("*/src/**/*.rs")
        if re.search(r"\bstr0m::", source.read_text())
    }
    # The client is a peer of its own, and stands alone on the library.
    assert all(name.startswith(("sfu/src/session", "client/")) for name in named_in), named_in
