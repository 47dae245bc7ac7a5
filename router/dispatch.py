"""Carries commands to the matcher, and its decisions through the store back to who asked.

command -> matcher -> decisions -> bookkeeping -> writer (commit) -> floor, subscribers, answer
"""

from __future__ import annotations

from router import decisions as d
from router.bookkeeping import Order, record
from router.commands import Command, Returning
from router.errors import CentreClosed, refusal
from router.ledger import Ledger
from router.matcher import Matcher
from router.model import Actor, Contact, RejectReason
from router.store import Answer, Entry, Writer


class Dispatch:
    def __init__(self, matcher: Matcher, ledger: Ledger, writer: Writer) -> None:
        self._matcher = matcher
        self._ledger = ledger
        self._writer = writer
        self._orders: dict[int, Order] = {}
        self._last_order = 0
        self._closed = False

    async def order(
        self,
        command: Command,
        *,
        contact: Contact | None = None,
        by: str | None = None,
        actor: Actor | None = None,
        reason: RejectReason | None = None,
    ) -> None:
        """Have the matcher do something; return when its decisions are committed.

        `contact` is the new contact of an Enqueue, or how it is after a Transfer; `by` is who ended
        something, `actor` whose order it is, `reason` why an offer is declined. Raises what the
        matcher refuses, Busy if its ring is full, CentreClosed if the outcome can't be known.
        """
        order = Order(contact=contact, by=by, actor=actor, reason=reason)
        await self._submit(command, order).wait()

    def send(self, command: Command) -> Answer:
        """Like `order`, without waiting for the answer."""
        return self._submit(command, Order())

    def _submit(self, command: Command, order: Order) -> Answer:
        number = self._next_number()
        self._matcher.submit(number, command)
        return self._sent(number, order)

    def put_back(self, contacts: Returning) -> Answer:
        """Have the matcher put contacts back that waited before a restart."""
        number = self._next_number()
        self._matcher.put_back(number, contacts)
        return self._sent(number, Order())

    def _next_number(self) -> int:
        if self._closed:
            raise CentreClosed("the contact centre has stopped")
        self._writer.check_room()
        return self._last_order + 1

    def _sent(self, number: int, order: Order) -> Answer:
        self._last_order = number
        self._orders[number] = order
        return order.answer

    async def write(self, entry: Entry) -> None:
        """Commit something the matcher has no say in; return when it is committed.

        The caller has changed the ledger just before, and asked `Writer.check_room` before that.
        """
        answer = entry.answer = entry.answer or Answer()
        self._writer.put(entry)
        await answer.wait()

    async def run(self) -> None:
        """Pump decisions until cancelled; an error ends it and everybody's waiting."""
        try:
            while True:
                await self._writer.wait_for_room()
                for decision in await self._matcher.receive():
                    self._writer.put(self._follow(decision))
        finally:
            self._closed = True
            for order in self._orders.values():
                order.answer.settle(CentreClosed("the contact centre has stopped"))

    def _follow(self, decision: d.Decision) -> Entry:
        match decision:
            case d.Done():
                return Entry(answer=self._orders.pop(decision.command).answer)
            case d.Refused():
                answer = self._orders.pop(decision.command).answer
                return Entry(answer=answer, error=refusal(decision.code, decision.detail))
            case _:
                return record(self._ledger, decision, self._orders.get(decision.command))
