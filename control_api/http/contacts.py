"""Contacts: make one, look at it, end it; its messages."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from typing import Annotated, Any

import anyio
import msgspec
from litestar import Request, Router, delete, get, post
from litestar.params import FromPath, FromQuery, HeaderParameter, JSONBody, QueryParameter
from msgspec import Meta

from control_api.auth import Principal
from control_api.compose import Services
from control_api.http.parts import PrincipalOf, ServicesOf
from control_api.problems import Problem
from control_api.views import ContactState, ContactView, MessageView, SentenceView, message_view
from router.affinity import Affinity
from router.directory import Groups
from router.errors import UnknownContact
from router.model import (
    CALL_TO_BOUND,
    IDEMPOTENCY_KEY_BOUND,
    MESSAGE_TEXT_BOUND,
    PRIORITY_MAX,
    Callback,
    Channel,
    Contact,
    Customer,
)
from router.sentences import Language
from router.wanted import Wanted

VISITOR_TTL_S = 86_400
"""Life of the token that comes with a new contact: no wait and no call lasts longer."""

CONTACTS_PAGE_MAX = 200


class NewCallback(msgspec.Struct, forbid_unknown_fields=True):
    """`to` is a number or an address in whatever form your server understands; `at` the earliest
    time, left out: when it is the customer's turn."""

    to: Annotated[str, Meta(max_length=CALL_TO_BOUND)] = ""
    at: Annotated[datetime, Meta(tz=True)] | None = None

    def wish(self) -> Callback:
        return Callback(self.to, None if self.at is None else round(self.at.timestamp() * 1e6))


class NewMessage(msgspec.Struct, forbid_unknown_fields=True):
    """What the customer wants to say to whoever serves the queue: words, or the id of a
    `voicemail` that was handed in, or both."""

    text: Annotated[str, Meta(max_length=MESSAGE_TEXT_BOUND)] = ""
    voicemail: str | None = None


class NewContact(msgspec.Struct, forbid_unknown_fields=True):
    """`channel` is what customer and agent meet by, also when they are called back; by `callback`,
    which needs the API key, the agent phones the number in `callback.to` themself. `priority` (0
    to 99, higher first) and `requires` need the key, too; `language` is a BCP 47 tag. `requires` is
    the least level (1 to 10) that the agent must have in each of at most 16 skills, as `{"german":
    3}`, or 0, and they must not have it; what the queue's settings require comes on top. The key is
    needed, too, for `affinity` (for whom it is meant), `groups` (that the agent must be in or must
    not be in), `region`, `vip` (the customer's class) and `customer.key` (by what your system knows
    the customer). `issue` is one of the queue's, by its id. `callback`: the customer does not wait
    but is called back; `message`: nor that, but leaves these words, or a `voicemail` that was
    handed in. All need a queue that takes them; a refusal's `offers` says so."""

    queue: str
    channel: Channel = "video"
    customer: Customer = msgspec.field(default_factory=Customer)
    priority: Annotated[int, Meta(ge=0, le=PRIORITY_MAX)] | None = None
    requires: dict[str, int] | None = None
    affinity: Affinity | None = None
    groups: Groups | None = None
    region: str | None = None
    vip: str | None = None
    issue: str | None = None
    language: Annotated[str, Meta(max_length=35)] | None = None
    callback: NewCallback | None = None
    message: Annotated[str, Meta(min_length=1, max_length=MESSAGE_TEXT_BOUND)] | None = None
    voicemail: str | None = None

    @property
    def needs_key(self) -> bool:
        """Whether it says what visitors may not say of themselves."""
        # Agents phone no number that just anybody has typed into a website.
        return self.channel == "callback" or any(
            said is not None
            for said in (
                self.priority,
                self.requires,
                self.affinity,
                self.groups,
                self.region,
                self.vip,
                self.customer.key,
            )
        )

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            affinity=self.affinity,
            groups=self.groups,
            region=self.region,
            vip=self.vip,
            issue=self.issue,
        )


class CreatedContact(msgspec.Struct):
    """`token` is the visitor's, for this contact alone."""

    contact: ContactView
    token: str


@post("/contacts", summary="Put somebody into a queue")
async def create(
    request: Request[Any, Any, Any],
    data: JSONBody[NewContact],
    principal: PrincipalOf,
    services: ServicesOf,
    idempotency_key: Annotated[
        str | None, HeaderParameter(name="Idempotency-Key", max_length=IDEMPOTENCY_KEY_BOUND)
    ] = None,
) -> CreatedContact:
    """With an entry token or the API key. The same Idempotency-Key with the same request gives
    the same contact again. A contact that is answered 201 is on disk."""
    principal.require("entry", "integrator")
    if data.needs_key:
        principal.require("integrator")
    if principal.role == "entry":
        limit_arrivals(request, principal, services)
    async with services.voicemails.left(data.voicemail) as voicemail:
        contact = await services.centre.enqueue(
            data.queue,
            channel=data.channel,
            priority=data.priority,
            requires=data.requires,
            customer=data.customer,
            language=data.language,
            idempotency_key=_scoped(idempotency_key, principal, _address(request)),
            callback=None if data.callback is None else data.callback.wish(),
            message=data.message or "",
            voicemail=voicemail,
            wanted=data.wanted,
        )
    token, _ = services.keys.issue(
        "visitor", contact.id, name=contact.customer.name, ttl_s=VISITOR_TTL_S, contact=contact.id
    )
    staff = principal.role == "integrator"
    return CreatedContact(services.views.contact(contact, staff=staff), token)


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client is not None else ""


def limit_arrivals(
    request: Request[Any, Any, Any], principal: Principal, services: Services
) -> None:
    """Count one arrival by this link and address. Raises Problem(rate_limited)."""
    origin = f"{principal.subject} {_address(request)}"
    bucket = services.arrivals.of(origin, anyio.current_time())
    if not bucket.take(anyio.current_time()):
        wait_s = math.ceil(bucket.wait_s)
        raise Problem(
            "rate_limited",
            f"too many new contacts from this link and address; try again in {wait_s} s",
            headers={"Retry-After": str(wait_s)},
        )


def _scoped(key: str | None, principal: Principal, address: str) -> str | None:
    """One visitor's key must never give another visitor's contact: all share one entry token."""
    if key is None:
        return None
    scope = "" if principal.role == "integrator" else address
    digest = hashlib.sha256(f"{scope}\n{key}".encode()).hexdigest()
    return f"{principal.role}:{digest}"


@get("/contacts", summary="List contacts")
async def index(
    principal: PrincipalOf,
    services: ServicesOf,
    contact_state: Annotated[ContactState | None, QueryParameter(name="state")] = None,
    before: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=CONTACTS_PAGE_MAX)] = 50,
) -> list[ContactView]:
    """Newest first; `before` is the id of the last one seen. For supervisors and integrators."""
    principal.require("supervisor", "integrator")
    centre = services.centre
    last = (await centre.find_contact(before)).number if before is not None else None
    found = await centre.list_contacts(state=contact_state, before=last, limit=limit)
    if contact_state == "connected":
        # Inside, a contact is `accepted` until both have media; outside that is connected too.
        found += await centre.list_contacts(state="accepted", before=last, limit=limit)
        found = sorted(found, key=lambda one: one.number, reverse=True)[:limit]
    return [await _view(services, _now(services, one), staff=True) for one in found]


def _now(services: Services, stored: Contact) -> Contact:
    """With its position, if it is live."""
    try:
        return services.centre.contact(stored.id)
    except UnknownContact:
        return stored


@get("/contacts/{contact_id:str}", summary="One contact")
async def read(
    contact_id: FromPath[str], principal: PrincipalOf, services: ServicesOf
) -> ContactView:
    """For its visitor, its agent, supervisors and integrators."""
    contact = await find(contact_id, principal, services)
    return await _shown(services, contact, principal)


@delete("/contacts/{contact_id:str}", summary="Leave the queue or end the contact")
async def end(contact_id: FromPath[str], principal: PrincipalOf, services: ServicesOf) -> None:
    """204. An agent ends what was accepted only; whose offer rings rejects it instead."""
    contact = await find(contact_id, principal, services)
    if principal.role == "agent":
        await services.centre.hang_up(contact.id, by="agent")
    else:
        await services.centre.leave(contact.id, by=principal.role)


@post(
    "/contacts/{contact_id:str}/callback",
    summary="Ask to be called back instead of waiting",
    status_code=200,
)
async def callback(
    contact_id: FromPath[str],
    data: JSONBody[NewCallback],
    principal: PrincipalOf,
    services: ServicesOf,
) -> ContactView:
    """For its visitor, supervisors and integrators. The contact keeps its place in line (with `at`
    it takes it then) and the page may be closed. When an agent has accepted, the event
    `callback.due` says that the visitor is to be sent the page's link; where the channel is
    `callback` they are phoned instead, `to` is needed, and visitors may not say it. Again
    with another `at` changes the time."""
    principal.require("visitor", "supervisor", "integrator")
    contact = await find(contact_id, principal, services)
    if contact.phoned:
        principal.require("supervisor", "integrator")  # as with a new one: agents dial that number
    changed = await services.centre.request_callback(contact_id, data.wish(), by=principal.role)
    return await _shown(services, changed, principal)


@post(
    "/contacts/{contact_id:str}/message",
    summary="Leave a message instead of waiting",
    status_code=200,
)
async def message(
    contact_id: FromPath[str],
    data: JSONBody[NewMessage],
    principal: PrincipalOf,
    services: ServicesOf,
) -> ContactView:
    """For its visitor and integrators. Ends the contact, whose state is then `message`; supervisors
    and integrators list them with `GET /v1/contacts?state=message`."""
    principal.require("visitor", "integrator")
    await find(contact_id, principal, services)
    async with services.voicemails.left(data.voicemail) as voicemail:
        changed = await services.centre.leave_message(contact_id, data.text, voicemail)
    return await _shown(services, changed, principal)


@get("/contacts/{contact_id:str}/messages", summary="The contact's chat")
async def messages(
    contact_id: FromPath[str], principal: PrincipalOf, services: ServicesOf
) -> list[MessageView]:
    """In order of `seq`. Of a consultation also for the agent who asks."""
    contact = await services.centre.find_contact(contact_id)
    if principal.role != "agent" or services.centre.asker(contact) != principal.subject:
        await find(contact_id, principal, services)
    return [message_view(message) for message in await services.centre.messages(contact.id)]


@get("/contacts/{contact_id:str}/explain", summary="Why the contact went to whom")
async def explain(
    contact_id: FromPath[str],
    principal: PrincipalOf,
    services: ServicesOf,
    language: Annotated[Language, QueryParameter(name="lang")] = "en",
) -> list[SentenceView]:
    """One sentence for each decision, in order: each offer with what it was decided by, each return
    to the queue, the end. `lang` is `en` or `zh`; times of day are those of `routing.time_zone`.
    For supervisors and integrators."""
    principal.require("supervisor", "integrator")
    contact = await services.centre.find_contact(contact_id)
    events = await services.centre.contact_events(contact_id)
    return services.views.explanation(contact, events, language)


async def find(contact_id: str, principal: Principal, services: Services) -> Contact:
    """The contact, if `principal` may see it. Raises UnknownContact, Problem(not_permitted)."""
    if principal.role == "visitor" and principal.contact != contact_id:
        raise Problem("not_permitted", "the token does not open this contact")
    if principal.role == "entry":
        principal.require("visitor", "agent", "supervisor", "integrator")
    contact = await services.centre.find_contact(contact_id)
    principal.may_see(contact.id, contact.agent)
    return contact


async def _shown(services: Services, contact: Contact, principal: Principal) -> ContactView:
    """As `principal` may see it."""
    return await _view(services, contact, staff=principal.role != "visitor")


async def _view(services: Services, contact: Contact, *, staff: bool) -> ContactView:
    recording = await services.recordings.find_status(contact)
    return services.views.contact(contact, staff=staff, recording=recording)


router = Router(
    "/",
    route_handlers=[create, index, read, end, callback, message, messages, explain],
    tags=["Contacts"],
)
