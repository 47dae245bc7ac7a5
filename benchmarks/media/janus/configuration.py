"""The files that Janus reads at its start."""

from __future__ import annotations

import json
from collections.abc import Mapping

from benchmarks.media.janus.interface import ADDRESS

LOG = "janus.log"

# Each handle's socket is bound to one of these; below those that the kernel gives to clients.
PORTS = range(16_384, 32_768)

# What Debian's package has besides; Janus loads everything that isn't named.
_UNUSED_PLUGINS = (
    "audiobridge",
    "duktape",
    "echotest",
    "lua",
    "nosip",
    "recordplay",
    "sip",
    "streaming",
    "textroom",
    "videocall",
    "voicemail",
)
_UNUSED_TRANSPORTS = ("http", "mqtt", "nanomsg", "pfunix", "rabbitmq")

_Section = Mapping[str, bool | int | str]


def files(port: int, event_loops: int) -> dict[str, str]:
    """Their texts, by their names. `port` is for requests, on 127.0.0.1."""
    general: dict[str, bool | int | str] = {
        "debug_colors": False,
        "debug_timestamps": True,
        # The one session is over when its connection is.
        "session_timeout": 0,
    }
    if event_loops:
        general["event_loops"] = event_loops
    main: dict[str, _Section] = {
        "general": general,
        # By default a stream that pauses for 1 s is told to everybody.
        "media": {"rtp_port_range": f"{PORTS[0]}-{PORTS[-1]}", "no_media_timer": 0},
        # As our own server does it: peers look for it, not the other way round.
        "nat": {"ice_lite": True, "ice_enforce_list": ADDRESS},
        "plugins": {"disable": _libraries(_UNUSED_PLUGINS)},
        "transports": {"disable": _libraries(_UNUSED_TRANSPORTS)},
        "loggers": {"disable": _libraries(("jsonlog",))},
        "events": {"broadcast": False},
    }
    return {
        "janus.jcfg": _text(main),
        "janus.plugin.videoroom.jcfg": _text({"general": {"events": False}}),
        "janus.transport.websockets.jcfg": _text(
            {
                "general": {
                    "events": False,
                    "json": "compact",
                    "ws": True,
                    "ws_ip": "127.0.0.1",
                    "ws_port": port,
                    "wss": False,
                },
                "admin": {"admin_ws": False, "admin_wss": False},
            }
        ),
    }


def _libraries(names: tuple[str, ...]) -> str:
    return ",".join(f"libjanus_{name}.so" for name in names)


def _text(sections: Mapping[str, _Section]) -> str:
    """In the words of libconfig; its strings, numbers and booleans are written as JSON's are."""
    return "".join(
        f"{name}: {{\n"
        + "".join(f"    {key} = {json.dumps(value)}\n" for key, value in section.items())
        + "}\n"
        for name, section in sections.items()
    )
