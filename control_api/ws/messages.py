"""The WebSocket protocol: every message as a type. The single source of docs/reference/protocol.md.

A message is one JSON object in one text frame; `type` tells which. A client's message may carry an
`id` (text, at most 64 characters), which comes back in its `ok` or `error`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from control_api.board import BoardAgentView, BoardContactView, QueueStatusView
from control_api.problems import Problem, of_validation
from control_api.views import (
    AgentView,
    AttendedView,
    CallView,
    ContactView,
    MessageView,
    TrackView,
)
from mediacore.commands import Source
from router.model import (
    CHAT_TEXT_BOUND,
    CLIENT_ID_BOUND,
    NOTES_BOUND,
    AgentId,
    RejectReason,
)

MessageId = Annotated[str, Meta(max_length=64)]
ContactId = Annotated[str, Meta(pattern=r"^c_[a-z2-7]{20}$")]
Mid = Annotated[str, Meta(min_length=1, max_length=32)]
Sdp = Annotated[str, Meta(min_length=1)]

SECTIONS_MAX: Final = 64
"""Media sections one offer may name."""


class ClientMessage(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type"
):
    """What a page sends."""

    id: MessageId | None = None


class ServerMessage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """What the server sends."""


class PublishEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The offer's media section `mid` carries `source`."""

    mid: Mid
    source: Source


class SubscribeEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The offer's media section `mid` is to receive the track with that id."""

    mid: Mid
    track: int


# -- every page ----------------------------------------------------------------------------------


class Hello(ClientMessage, frozen=True, tag="hello"):
    """The first message. `tab` is random text that a tab keeps over reloads (sessionStorage): the
    same again is a reload and takes over silently, another one is refused with
    `already_connected` unless `take_over` says that the person wants it."""

    token: Annotated[str, Meta(min_length=1, max_length=4096)]
    tab: Annotated[str, Meta(min_length=1, max_length=64)]
    take_over: bool = False


class Heartbeat(ClientMessage, frozen=True, tag="heartbeat"):
    """Every `heartbeat_s` seconds. An agent who is silent too long is taken for gone."""


class ChatSend(ClientMessage, frozen=True, tag="chat.send"):
    """Write into the contact's chat. The same `client_id` again changes nothing, so a message may
    be sent again after a broken connection. A customer whom the agent phones has none:
    `wrong_state`."""

    contact: ContactId
    client_id: Annotated[str, Meta(min_length=1, max_length=CLIENT_ID_BOUND)]
    text: Annotated[str, Meta(min_length=1, max_length=CHAT_TEXT_BOUND)]


class MediaJoin(ClientMessage, frozen=True, tag="media.join"):
    """Enter the contact's call with a new media session; the `ok` carries `tracks`. An older
    session of the same person ends. One without media, as a chat, has none:
    `wrong_state`."""

    contact: ContactId


class MediaOffer(ClientMessage, frozen=True, tag="media.offer"):
    """An SDP offer (RFC 8829) for the session that `media.join` or `watch.start` made; the `ok`
    carries the answer in `sdp`. Each offer replaces the whole mapping: what is sent (`publish`)
    and what is received (`subscribe`). An offer with new ICE credentials restarts ICE. After a
    broken WebSocket the session is still there: offer again, without joining."""

    contact: ContactId
    sdp: Sdp
    publish: Annotated[list[PublishEntry], Meta(max_length=SECTIONS_MAX)] = []
    subscribe: Annotated[list[SubscribeEntry], Meta(max_length=SECTIONS_MAX)] = []


class MediaMute(ClientMessage, frozen=True, tag="media.mute"):
    """The server drops what is sent as `source` while it is muted, and tells the others."""

    contact: ContactId
    source: Source
    muted: bool


class MediaLeave(ClientMessage, frozen=True, tag="media.leave"):
    """End the own media session; the call goes on."""

    contact: ContactId


class CallHangUp(ClientMessage, frozen=True, tag="call.hang_up"):
    """End the contact, call or chat, for everybody. For its visitor and its agent."""

    contact: ContactId


# -- visitors ------------------------------------------------------------------------------------


class ContactLeave(ClientMessage, frozen=True, tag="contact.leave"):
    """Leave: the queue while waiting, the call once there is one."""


class ConsentSet(ClientMessage, frozen=True, tag="consent.set"):
    """Agree to being recorded, or no longer. Nothing is recorded before, and nothing after."""

    granted: bool


# -- agents --------------------------------------------------------------------------------------


class AgentSignIn(ClientMessage, frozen=True, tag="agent.sign_in"):
    """Begin to work: not ready yet."""


class AgentSignOut(ClientMessage, frozen=True, tag="agent.sign_out"):
    """End work; refused with `wrong_state` during a call or a chat."""


class AgentReady(ClientMessage, frozen=True, tag="agent.ready"):
    """Take offers from now on."""


class AgentNotReady(ClientMessage, frozen=True, tag="agent.not_ready"):
    """Take no offers from now on; what is in hand goes on."""

    reason: Literal["break", "training", "meeting"]


class ReservationAccept(ClientMessage, frozen=True, tag="reservation.accept"):
    """Take the offered contact. An offer that is over is refused with `stale_reservation`."""

    contact: ContactId
    epoch: int


class ReservationReject(ClientMessage, frozen=True, tag="reservation.reject"):
    """Decline: the contact goes on to somebody else, the agent is not ready. `reason` is kept in
    the contact's log."""

    contact: ContactId
    epoch: int
    reason: RejectReason | None = None


class ContactTransfer(ClientMessage, frozen=True, tag="contact.transfer"):
    """Give the contact, which the agent has accepted, to another queue or to one agent (as the
    route `/v1/contacts/{id}/transfer`): it waits there at the place of its arrival, and the agent
    wraps up."""

    contact: ContactId
    queue: str | None = None
    agent: AgentId | None = None


class ConsultStart(ClientMessage, frozen=True, tag="consult.start"):
    """Ask whoever else serves a queue, or one colleague, about the own contact; a call is held
    meanwhile. The consultation is a contact of its own by the same channel (`consult` of the
    first): once the colleague has accepted, both join it with `media.join`, or write to it."""

    contact: ContactId
    queue: str | None = None
    agent: AgentId | None = None


class ConsultConfer(ClientMessage, frozen=True, tag="consult.confer"):
    """The colleague who has answered comes into the call, which is held no longer; only
    voice and video have it."""

    contact: ContactId


class ConsultHandOver(ClientMessage, frozen=True, tag="consult.hand_over"):
    """The colleague who has answered goes on with the contact, the agent wraps up."""

    contact: ContactId


class ConsultEnd(ClientMessage, frozen=True, tag="consult.end"):
    """Ask no longer, and go on with the contact; a call is held no longer."""

    contact: ContactId


class CallHold(ClientMessage, frozen=True, tag="call.hold"):
    """While held nobody sees or hears anybody, and nothing is recorded."""

    contact: ContactId
    held: bool


class ContactNotes(ClientMessage, frozen=True, tag="contact.notes"):
    """Replace the contact's notes, in the call, in wrap-up or later."""

    contact: ContactId
    text: Annotated[str, Meta(max_length=NOTES_BOUND)]


class WrapUpDone(ClientMessage, frozen=True, tag="wrap_up.done"):
    """End wrap-up before its time."""

    contact: ContactId


# -- supervisors ---------------------------------------------------------------------------------


class BoardSubscribe(ClientMessage, frozen=True, tag="board.subscribe"):
    """Get `board` now and after each change, at most once a second."""


class WatchStart(ClientMessage, frozen=True, tag="watch.start"):
    """See and hear a running call, unseen and unheard; the `ok` carries `tracks`. `media.offer`
    follows, with `subscribe` only."""

    contact: ContactId


class WatchStop(ClientMessage, frozen=True, tag="watch.stop"):
    """Watch no longer."""

    contact: ContactId


EVERY_PAGE: Final[tuple[type[ClientMessage], ...]] = (
    Hello,
    Heartbeat,
    ChatSend,
    MediaJoin,
    MediaOffer,
    MediaMute,
    MediaLeave,
    CallHangUp,
)
VISITORS: Final[tuple[type[ClientMessage], ...]] = (ContactLeave, ConsentSet)
AGENTS: Final[tuple[type[ClientMessage], ...]] = (
    AgentSignIn,
    AgentSignOut,
    AgentReady,
    AgentNotReady,
    ReservationAccept,
    ReservationReject,
    ContactTransfer,
    ConsultStart,
    ConsultConfer,
    ConsultHandOver,
    ConsultEnd,
    CallHold,
    ContactNotes,
    WrapUpDone,
)
SUPERVISORS: Final[tuple[type[ClientMessage], ...]] = (BoardSubscribe, WatchStart, WatchStop)


# -- from the server -----------------------------------------------------------------------------


class Welcome(ServerMessage, frozen=True, tag="welcome", omit_defaults=True):
    """The answer to `hello`: who you are and how things stand. `contact`, `call` and `messages`
    belong to a visitor, or to the first contact that an agent has in hand; `attended` is all that
    an agent has in hand, in the order of `agent.work`."""

    role: Literal["visitor", "agent", "supervisor"]
    subject: str
    name: str
    heartbeat_s: float
    server_time: str
    draining: bool
    contact: ContactView | None = None
    agent: AgentView | None = None
    call: CallView | None = None
    messages: list[MessageView] | None = None
    attended: list[AttendedView] | None = None


class Ok(ServerMessage, frozen=True, tag="ok"):
    """The message with that `id` was carried out."""

    id: str | None = None
    tracks: list[TrackView] | UnsetType = UNSET
    sdp: str | UnsetType = UNSET


class Error(ServerMessage, frozen=True, tag="error", omit_defaults=True):
    """A refusal; nothing was changed. Without `id` it is about the connection."""

    code: str
    detail: str
    id: str | None = None
    field: str | None = None


class ContactUpdated(ServerMessage, frozen=True, tag="contact.updated"):
    """To the contact's visitor, its agent and who watches: state, place, wait, consent, ..."""

    contact: ContactView


class AgentUpdated(ServerMessage, frozen=True, tag="agent.updated"):
    """To the agent: the own state."""

    agent: AgentView


class ReservationCreated(ServerMessage, frozen=True, tag="reservation.created"):
    """To the agent: a contact is offered until `expires_at`."""

    contact: ContactView
    epoch: int
    expires_at: str
    offer_timeout_s: float


class ReservationEnded(ServerMessage, frozen=True, tag="reservation.ended"):
    """To the agent: what became of an offer."""

    contact_id: str
    epoch: int
    outcome: Literal["accepted", "rejected", "timed_out", "rescinded"]


class ChatMessage(ServerMessage, frozen=True, tag="chat.message"):
    """To everybody in the contact, its writer included, in the order of `seq`."""

    contact_id: str
    message: MessageView


class MediaTracks(ServerMessage, frozen=True, tag="media.tracks"):
    """What the others send, the whole list, after each change: offer again to follow it."""

    contact_id: str
    tracks: list[TrackView]


class CallUpdated(ServerMessage, frozen=True, tag="call.updated"):
    """To everybody in the call."""

    call: CallView


class BoardUpdated(ServerMessage, frozen=True, tag="board"):
    """To supervisors who subscribed: every queue, agent and call, and the contacts
    that an agent has or is offered, or that are served next."""

    queues: list[QueueStatusView]
    agents: list[BoardAgentView]
    contacts: list[BoardContactView]
    calls: list[CallView]


class ServerDraining(ServerMessage, frozen=True, tag="server.draining"):
    """The server goes down: no new contacts; running calls have a little time left."""


FROM_SERVER: Final[tuple[type[ServerMessage], ...]] = (
    Welcome,
    Ok,
    Error,
    ContactUpdated,
    AgentUpdated,
    ReservationCreated,
    ReservationEnded,
    ChatMessage,
    MediaTracks,
    CallUpdated,
    BoardUpdated,
    ServerDraining,
)


# -- reading and writing -------------------------------------------------------------------------


def tag_of(message: type[msgspec.Struct]) -> str:
    return str(message.__struct_config__.tag)


_DECODERS: Final[dict[str, msgspec.json.Decoder[ClientMessage]]] = {
    tag_of(message): msgspec.json.Decoder(message)
    for message in (*EVERY_PAGE, *VISITORS, *AGENTS, *SUPERVISORS)
}


class _Envelope(msgspec.Struct):
    type: str


class _Identified(msgspec.Struct):
    id: MessageId | None = None


_envelope: Final = msgspec.json.Decoder(_Envelope)
_id: Final = msgspec.json.Decoder(_Identified)
_encoder: Final = msgspec.json.Encoder()


def decode(text: str) -> ClientMessage:
    """A client's message. Raises Refusal with what the client can make of it."""
    try:
        kind = _envelope.decode(text).type
    except msgspec.DecodeError as error:
        raise Refusal(of_validation(error, "malformed_message"), None) from None
    decoder = _DECODERS.get(kind)
    if decoder is None:
        problem = Problem("unknown_message", "there is no message of this type", field="type")
        raise Refusal(problem, id_of(text))
    try:
        return decoder.decode(text)
    except msgspec.DecodeError as error:
        raise Refusal(of_validation(error, "malformed_message"), id_of(text)) from None


def id_of(text: str) -> str | None:
    """The id that an error about this message carries, as far as it can be read."""
    try:
        return _id.decode(text).id
    except msgspec.DecodeError:
        return None


class Refusal(Exception):
    """A message that can't be read, and the id its error should carry."""

    def __init__(self, problem: Problem, message_id: str | None) -> None:
        super().__init__(str(problem))
        self.problem = problem
        self.message_id = message_id


def error_of(problem: Problem, message_id: str | None = None) -> Error:
    return Error(code=problem.code, detail=problem.detail, id=message_id, field=problem.field)


def encode(message: ServerMessage) -> str:
    return _encoder.encode(message).decode()
