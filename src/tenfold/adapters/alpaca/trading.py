"""Carry requests about orders to Alpaca, and bring back what its answers prove: nothing is decided here."""

from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import quote

import msgspec

from tenfold.adapters.alpaca.connection import NotSentError, UnansweredError
from tenfold.adapters.alpaca.http_reply import Reply
from tenfold.adapters.alpaca.orders import OrderBody, encode_amend, encode_place, venue_order
from tenfold.adapters.alpaca.outcomes import Asked, is_taken, outcome_of
from tenfold.adapters.alpaca.quantities import Quantities
from tenfold.adapters.alpaca.rate_budget import Urgency
from tenfold.adapters.alpaca.rest_client import UNREADABLE, RestClient
from tenfold.adapters.alpaca.stock import StockTaker, look_up_path
from tenfold.domain.errors import OrderError, VenueError
from tenfold.execution.reports import (
    Amend,
    Answered,
    LookUp,
    Outcome,
    Place,
    Request,
    Stock,
    TakeStock,
    VenueOrder,
    Withdraw,
)
from tenfold.ports import Clock

DEADLINE_S: Final = 5.0
TOO_MANY: Final = 429
_ORDER: Final = msgspec.json.Decoder(OrderBody)


class AlpacaTrading:
    """Answer requests.

    Parameters
    ----------
    rest : the trading interface
    clock : of the moments in reports
    deadline_s : seconds within which an answer has to come; what is still unanswered then is unknown
    """

    def __init__(self, rest: RestClient, quantities: Quantities, clock: Clock, deadline_s: float = DEADLINE_S) -> None:
        self._rest = rest
        self._quantities = quantities
        self._clock = clock
        self._deadline_s = deadline_s
        self._stock = StockTaker(rest, quantities, clock)

    async def ask(self, request: Request, wanted: Callable[[Request], bool] | None = None) -> Answered | Stock:
        """Return the answer to a request.

        `wanted` says in the last moment before an order or a change of one leaves whether it still is to. Whatever goes wrong is an answer too.
        """
        still = None if wanted is None else partial(wanted, request)
        match request:
            case Place(order=order):
                try:
                    body = encode_place(request, self._quantities)
                except OrderError as error:
                    return self._answered("place", order.order_id, Outcome.REFUSED, text=str(error))
                urgency = Urgency.CLOSE if request.closes else Urgency.ORDER
                return await self._answer("place", order.order_id, "POST", "/v2/orders", body, urgency, still)
            case Amend(venue_id=venue_id, successor_id=successor_id):
                body = encode_amend(request)
                return await self._answer("amend", successor_id, "PATCH", _path_of(venue_id), body, wanted=still)
            case Withdraw(venue_id=venue_id, order_id=order_id):
                return await self._answer("withdraw", order_id, "DELETE", _path_of(venue_id), urgency=Urgency.CANCEL)
            case LookUp(order_id=order_id):
                return await self._answer("look_up", order_id, "GET", look_up_path(request))
            case TakeStock():
                return await self._stock.take(request)

    def close(self) -> None:
        """Close the connections."""
        self._rest.close()

    async def _answer(
        self, asked: Asked, order_id: str, method: str, path: str, body: bytes = b"", urgency: Urgency = Urgency.ORDER,
        wanted: Callable[[], bool] | None = None,
    ) -> Answered:  # fmt: skip
        """Ask once, and tell what the answer proves."""
        try:
            reply = await self._rest.ask(
                method, path, body, urgency=urgency, deadline_s=self._deadline_s, wanted=wanted
            )
        except NotSentError as error:
            if asked == "look_up":  # where nothing was asked, nothing is known
                return self._answered(asked, order_id, Outcome.UNKNOWN, text=str(error))
            return self._answered(asked, order_id, Outcome.REFUSED, text=str(error), later=True)
        except UnansweredError as error:
            return self._answered(asked, order_id, Outcome.UNKNOWN, text=str(error))
        outcome, code, text = outcome_of(asked, reply)
        if outcome is not Outcome.ACK or asked == "withdraw":
            later, taken = reply.status == TOO_MANY, is_taken(asked, reply)
            return self._answered(asked, order_id, outcome, code=code, text=text, later=later, taken=taken)
        try:
            found = self._found(reply)
        except VenueError as error:
            return self._answered(asked, order_id, Outcome.UNKNOWN, code=reply.status, text=f"{error}; {text}")
        return self._answered(asked, order_id, outcome, found=found, text=text)

    def _found(self, reply: Reply) -> VenueOrder:
        try:
            found = venue_order(_ORDER.decode(reply.body), self._quantities)
        except UNREADABLE as error:
            raise VenueError(f"the answer is no order: {error}") from None
        if not self._quantities.trades(found.symbol):
            raise VenueError(f"the answer is an order in {found.symbol!r}, which is not traded here")
        return found

    def _answered(
        self, asked: Asked, order_id: str, outcome: Outcome, *, found: VenueOrder | None = None, code: int = 0, text: str = "",
        later: bool = False, taken: bool = False,
    ) -> Answered:  # fmt: skip
        return Answered(
            ts_ns=self._clock.now_ns(),
            order_id=order_id,
            asked=asked,
            outcome=outcome,
            found=found,
            code=code,
            text=text,
            later=later and outcome is Outcome.REFUSED,
            taken=taken,
        )


def _path_of(venue_id: str) -> str:
    return f"/v2/orders/{quote(venue_id, safe='')}"
