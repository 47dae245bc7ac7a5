"""Every exception this package raises; each says what the caller can do."""

from pathlib import Path


class MediaError(Exception):
    """Base of everything that can go wrong with media."""


class MediaRefused(MediaError):
    """The shard understood the request and said no. `code` is stable, `detail` is for people.

    Codes: unknown_room, unknown_session, unknown_track, publish_not_granted, too_many_sessions,
    too_many_tracks, duplicate_session, malformed_sdp, no_common_codec, invalid.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class OfferRefused(MediaRefused):
    """An SDP offer was refused; the session goes on as it was. Correct the offer and try again."""


class MediaBusy(MediaError):
    """The shard's command ring is full. Nothing was done; try again in a moment."""


class MediaTimeout(MediaError):
    """The shard didn't answer in time. Whether the request was carried out is unknown."""


class EngineClosed(MediaError):
    """The engine is closed or closing; requests are no longer taken."""


class EventsLost(MediaError):
    """A subscriber fell too far behind and missed events.

    Subscribe again and read `MediaEngine.tracks()` to catch up.
    """


class RecordingError(MediaError):
    """A recording can't be started, finished or found; the text says which and why."""


class NothingRecorded(RecordingError):
    """Not a single frame was captured, so there is no file; the recording's directory is gone."""


class ConfigError(Exception):
    """A setting is wrong. The text names file, line and key, and what would be right."""

    def __init__(
        self, file: Path | str, line: int | None, key: str, problem: str, right: str
    ) -> None:
        place = f"{file}:{line}" if line is not None else str(file)
        subject = f" {key}:" if key else ""
        super().__init__(f"{place}:{subject} {problem}; {right}")
        self.file = str(file)
        self.line = line
        self.key = key
        self.problem = problem
        self.right = right
