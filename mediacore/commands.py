"""What the media shard is told. One struct per command; `type` tells them apart in the JSON."""

from typing import Literal

import msgspec

Source = Literal["microphone", "camera", "screen", "screen_audio"]


class Publish(msgspec.Struct, frozen=True):
    """The offer's media section `mid` carries `source`."""

    mid: str
    source: Source


class Subscribe(msgspec.Struct, frozen=True):
    """The offer's media section `mid` is to receive track number `track`."""

    mid: str
    track: int


class Command(msgspec.Struct, frozen=True, tag_field="type"):
    """Base of all commands."""


class OpenRoom(Command, frozen=True, tag="open_room"):
    room: int


class CloseRoom(Command, frozen=True, tag="close_room"):
    room: int


class Join(Command, frozen=True, tag="join"):
    """`label` names the participant in captures. `withheld`: sources that it may not send although
    it may `publish`. Hidden: nobody is told, nothing is captured."""

    room: int
    session: int
    participant: int
    label: str
    publish: bool
    withheld: tuple[Source, ...]
    subscribe: bool
    hidden: bool


class Offer(Command, frozen=True, tag="offer"):
    """Replaces the session's whole mapping. `auto`: sources and tracks are chosen by the shard."""

    session: int
    sdp: str
    publish: tuple[Publish, ...]
    subscribe: tuple[Subscribe, ...]
    auto: bool


class Leave(Command, frozen=True, tag="leave"):
    session: int


class SetMuted(Command, frozen=True, tag="set_muted"):
    session: int
    source: Source
    muted: bool


class SetHold(Command, frozen=True, tag="set_hold"):
    room: int
    held: bool


class StartCapture(Command, frozen=True, tag="start_capture"):
    room: int
    directory: str


class StopCapture(Command, frozen=True, tag="stop_capture"):
    room: int


class ReadStats(Command, frozen=True, tag="stats"):
    session: int
