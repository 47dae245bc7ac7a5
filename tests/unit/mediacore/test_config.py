"""A settings file is either right or refused with file, line, key and what would be right."""

import tomllib

import msgspec
import pytest

from mediacore import config
from mediacore.config_text import sample_text
from mediacore.errors import ConfigError
from mediacore.settings import KeySettings, Settings
from mediacore.toml_lines import line_of

KEYS = KeySettings(api_key="a" * 32, token_secret="t" * 32)
SAMPLE = config.sample(KEYS)
EVERYTHING = Settings(
    keys=KEYS,
    skills=config.SAMPLE_SKILLS,
    groups=config.SAMPLE_GROUPS,
    regions=config.SAMPLE_REGIONS,
    vip_classes=config.SAMPLE_VIP_CLASSES,
    issues=config.SAMPLE_ISSUES,
    calendars=config.SAMPLE_CALENDARS,
    queues=config.SAMPLE_QUEUES,
)


def refused(old: str, new: str) -> ConfigError:
    """What the sample is refused with after the first `old` in it has become `new`."""
    assert old in SAMPLE
    with pytest.raises(ConfigError) as caught:
        config.parse(SAMPLE.replace(old, new, 1), "mc.toml")
    return caught.value


def line_with(text: str) -> int:
    return 1 + next(n for n, line in enumerate(SAMPLE.splitlines()) if line.startswith(text))


def test_the_sample_loads(tmp_path):
    path = tmp_path / "mediacore.toml"
    path.write_text(SAMPLE, encoding="utf-8")
    settings = config.load(path)
    assert settings == EVERYTHING


def test_the_sample_has_every_setting():
    document = tomllib.loads(SAMPLE)
    everything = msgspec.to_builtins(EVERYTHING)
    assert set(document) == set(everything)
    for name, section in everything.items():
        if isinstance(section, dict):
            assert set(document[name]) == set(section)
        else:
            given = [{key for key, one in entry.items() if one is not None} for entry in section]
            assert [set(entry) for entry in document[name]] == given
            # What is left out where it means something is there as a comment.
            assert all(f"\n# {key} = " in SAMPLE for key in set(section[0]) - given[0])


def test_the_sample_explains_every_setting():
    above, explained = "", set()
    for line in SAMPLE.splitlines():
        if line.startswith("["):
            # Of a table that is repeated the first one is explained.
            skipped, explained = line in explained, explained | {line}
        elif " = " in line and not line.startswith("#") and not skipped:
            assert above.startswith("# "), f"{line} has no comment"
        above = line


def test_samples_have_keys_of_their_own():
    first, second = config.parse(config.sample()), config.parse(config.sample())
    assert len({first.keys.api_key, second.keys.api_key, first.keys.token_secret}) == 3


def test_only_what_is_needed_has_to_be_given():
    text = (
        f'[keys]\napi_key = "{KEYS.api_key}"\ntoken_secret = "{KEYS.token_secret}"\n'
        '[[queues]]\nid = "q"\nname_en = "Q"\nname_zh = "问"\n'
    )
    assert config.parse(text).server.port == 8080


@pytest.mark.parametrize(
    ("old", "new", "key", "right"),
    [
        ("port = 8080", "port = 80800", "server.port", "a whole number from 0 to 65535"),
        ("port = 8080", 'port = "8080"', "server.port", "a whole number from 0 to 65535"),
        ("port = 8080", "prot = 8080", "server.prot", "did you mean port?"),
        ("port = 8080", "zzz = 1", "server.zzz", "known here: host, port, public_url"),
        ("[log]", "[logs]", "logs", "did you mean log?"),
        ("enabled = true", "enabled = 1", "recording.enabled", "true or false"),
        ('level = "info"', 'level = "loud"', "log.level", '"debug", "error", "info", "warning"'),
        ("wrap_up_s = 30.0", "wrap_up_s = -1", "queues[0].wrap_up_s", "a number from 0 to 3600"),
        ('strategy = "longest_idle"', 'strategy = "best"', "queues[0].strategy", '"best_skill"'),
        ("seed = 0", "seed = -1", "queues[0].seed", "a whole number from 0"),
        ("urgency = 1", "urgency = 0", "queues[0].urgency", "a whole number from 1 to 1000"),
        ("urgency = 1", "urgent = 2", "queues[0].urgent", "did you mean urgency?"),
        ("requires = {}", "requires = 3", "queues[0].requires", "a table, each entry a whole"),
        ("chat = 3", "chat = 33", "routing.capacity", "from 0 to 32"),
        ("chat = 3", "chats = 3", "routing.capacity.chats", "did you mean chat?"),
        ("requires = {}", "requires = { english = 11 }", "queues[0].requires", "from 1 to 10"),
        ("relax = []", "relax = [{ after_s = 0 }]", "queues[0].relax[0].after_s", "from 1 to"),
        ("relax = []", "relax = [{ drop = [] }]", "queues[0].relax[0].after_s", "a number"),
        (
            "relax = []",
            "relax = [{ after_s = 9 }, { after_s = 9 }]",
            "queues[0].relax[1].after_s",
            "more than the 9",
        ),
        (
            "relax = []",
            'relax = [{ after_s = 9, drop = ["englisch"] }]',
            "queues[0].relax[0].drop",
            "did you mean english?",
        ),
        (
            "relax = []",
            'relax = [{ after_s = 9, queue = "nowhere" }]',
            "queues[0].relax[0].queue",
            "known here: ",
        ),
        (
            "requires = {}",
            "requires = { englisch = 3 }",
            "queues[0].requires.englisch",
            "did you mean english?",
        ),
        (
            "requires = {}",
            "requires = { klingon = 3 }",
            "queues[0].requires.klingon",
            "known here: billing, chinese, devices, english",
        ),
        (
            "# priority_worth_s = 60.0",
            "priority_worth_s = -1",
            "queues[0].priority_worth_s",
            "a number from 0 to 31622400 (How much waiting",
        ),
        ('recording = "consent"', "recording = true", "queues[0].recording", '"consent"'),
        ('id = "general"', 'id = "General!"', "queues[0].id", "lowercase letters"),
        ('id = "general"', "", "queues[0].id", "lowercase letters"),
        ('id = "general"', 'id = "general-"', "queues[0].id", "hyphens inside"),
        ('id = "support"', 'id = "general"', "queues[1].id", "an id of its own"),
        ('id = "chinese"', 'id = "english"', "skills[1].id", "an id of its own"),
        ('id = "english"', 'id = "English"', "skills[0].id", "lowercase letters"),
        ('name_en = "English"', "", "skills[0].name_en", "text in quotes"),
        ("[[skills]]", "[[skill]]", "skill", "did you mean skills?"),
        ('"UTC"', '"Berlin"', "routing.time_zone", 'as "Europe/Berlin"'),
        ('"UTC"', '"Asia/Shangai"', "routing.time_zone", 'as "Asia/Shanghai"'),
        ('"UTC"', '"Europe"', "routing.time_zone", "an IANA name"),
        ('"UTC"', '"../etc/passwd"', "routing.time_zone", "an IANA name"),
        ('"UTC"', '""', "routing.time_zone", "an IANA name"),
        ('"UTC"', "1", "routing.time_zone", "text in quotes"),
        ('"127.0.0.1:0"', '"127.0.0.1"', "media.bind", "0.0.0.0:7000"),
        ('["127.0.0.1"]', '["localhost"]', "media.advertise[0]", "addresses browsers can reach"),
        ('["127.0.0.1"]', '["0.0.0.0"]', "media.advertise[0]", "addresses browsers can reach"),
        ('["127.0.0.1"]', "[]", "media.advertise", "a list"),
        ('"http://localhost:8080"', '"localhost"', "server.public_url", "https://"),
        ('tls_key = ""', 'tls_key = "k.pem"', "server.tls_certificate", "both"),
        ('"sqlite:///', '"mysql://', "store.url", "sqlite:///"),
        ('"' + "t" * 32, '"' + "a" * 32, "keys.token_secret", "a secret of its own"),
        ('"' + "t" * 32, '"dev-' + "t" * 32, "keys.token_secret", "make one with"),
        ('"' + "a" * 32, '"dev-' + "a" * 32, "keys.api_key", "make one with"),
        ('"' + "a" * 32, '"' + "a" * 31, "keys.api_key", "at least 32 characters"),
    ],
)
def test_a_wrong_setting_is_refused(old, new, key, right):
    error = refused(old, new)
    assert error.key == key
    assert right in error.right
    assert str(error).startswith(f"mc.toml:{error.line}: {key}: ")


@pytest.mark.parametrize(
    ("old", "new", "key", "right"),
    [
        (
            "relax = []",
            'relax = [{ after_s = 9, drop_groups = ["x"] }]',
            "queues[0].relax[0].drop_groups",
            "known here: vip-desk",
        ),
        (
            "widen_after_s = []",
            "widen_after_s = [20, 10]",
            "queues[0].widen_after_s[1]",
            "more than the 20",
        ),
        ("widen_after_s = []", "widen_after_s = [0]", "queues[0].widen_after_s[0]", "from 1 to"),
        ('id = "cn/gd"', 'id = "cn/gx"', "regions[2].id", "give that a table"),
        ('id = "cn/gd"', 'id = "cn//gd"', "regions[1].id", "as cn/gd/shenzhen"),
        ('id = "cn/gd"', 'id = "cn"', "regions[1].id", "an id of its own"),
        (
            'require_groups = ["vip-desk"]',
            'require_groups = ["vip-dsk"]',
            "vip_classes[0].require_groups",
            "did you mean vip-desk?",
        ),
        ("priority = 50", "priority = 100", "vip_classes[0].priority", "from 0 to 99"),
        (
            "requires = { devices = 3 }",
            "requires = { device = 3 }",
            "issues[0].requires.device",
            "did you mean devices?",
        ),
        ('queue = "support"', 'queue = "suport"', "issues[0].queue", "did you mean support?"),
    ],
)
def test_wrong_needs_are_refused(old, new, key, right):
    error = refused(old, new)
    assert error.key == key
    assert right in error.right


def test_the_line_is_that_of_the_setting():
    assert refused("wrap_up_s = 30.0", "wrap_up_s = -1").line == line_with("wrap_up_s")
    assert refused("[log]", "[logs]").line == line_with("[log]")


def test_what_a_queue_requires_is_written_as_it_is_read():
    (queue, *_) = config.SAMPLE_QUEUES
    strict = msgspec.structs.replace(queue, requires={"english": 3, "billing": 1})
    settings = msgspec.structs.replace(EVERYTHING, queues=(strict,), issues=())
    assert config.parse(sample_text(settings)) == settings


def test_a_skill_is_required_where_none_is_configured():
    text = (
        f'[keys]\napi_key = "{KEYS.api_key}"\ntoken_secret = "{KEYS.token_secret}"\n'
        '[[queues]]\nid = "q"\nname_en = "Q"\nname_zh = "问"\nrequires = { german = 3 }\n'
    )
    with pytest.raises(ConfigError, match=r"give it a table \[\[skills\]\]"):
        config.parse(text)


def test_a_missing_setting_is_placed_at_its_table():
    assert refused('name_en = "General questions"', "").line == line_with("[[queues]]")
    assert refused('api_key = "' + "a" * 32 + '"', "").line == line_with("[keys]")


def test_secrets_are_never_shown():
    for new in ('"dev-hush' + "s" * 32, '"hush', '12345 # "hush'):
        message = str(refused('"' + "a" * 32, new))
        assert "hush" not in message
        assert "12345" not in message
    assert KEYS.api_key not in repr(config.parse(SAMPLE))


def test_text_that_is_no_toml_is_refused_with_its_line():
    error = refused("[log]", "[log")
    assert error.line == line_with("[log]")
    assert "not TOML" in error.problem


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match=r"No such file"):
        config.load(tmp_path / "none.toml")


def test_a_file_that_is_no_text(tmp_path):
    (tmp_path / "m.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        config.load(tmp_path / "m.toml")


def test_development_settings_are_no_configuration():
    settings = config.development("somewhere", port=1234)
    assert settings.server.host == "127.0.0.1"
    text = config.sample(settings.keys)
    with pytest.raises(ConfigError, match="a development key"):
        config.parse(text)


def test_lines_of_values_that_span_lines():
    text = (
        'a = [\n  1,\n  2,\n]\n\n# words\nb = """\nc = 1\n"""\nc = 2\n[t]\n[[u]]\nx=1\n[[u]]\nx=2'
    )
    places = {("a",): 1, ("b",): 7, ("c",): 10, ("t",): 11, ("u", 0): 12, ("u", 1, "x"): 15}
    assert {path: line_of(text, path) for path in places} == places
    assert line_of(text, ("nothing",)) is None


@pytest.mark.parametrize(
    ("bind", "address"),
    [("0.0.0.0:7000", ("0.0.0.0", 7000)), ("[::]:0", ("::", 0)), ("127.0.0.1:65535", None)],
)
def test_media_address(bind, address):
    assert config.media_address(bind) == (address or ("127.0.0.1", 65535))


@pytest.mark.parametrize("bind", ["", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "host:1", "1:2:3"])
def test_media_address_refuses(bind):
    with pytest.raises(ValueError):
        config.media_address(bind)
