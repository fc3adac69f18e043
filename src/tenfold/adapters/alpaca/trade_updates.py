"""Hear what becomes of orders, over the venue's stream of them."""

import random
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from tenfold.adapters.alpaca.line import Line, StreamFaultError
from tenfold.adapters.alpaca.liveness import Liveness, LivenessLimits
from tenfold.adapters.alpaca.moments import moment_ns
from tenfold.adapters.alpaca.open_hours import OpenHours
from tenfold.adapters.alpaca.orders import OrderBody, venue_order
from tenfold.adapters.alpaca.quantities import Number, Quantities, is_nothing, without_sign
from tenfold.adapters.alpaca.rest_client import UNREADABLE
from tenfold.domain.errors import SettingsError, VenueError
from tenfold.domain.keys import Keys
from tenfold.execution.reports import Connected, Severed, Streamed, VenueFill, VenueOrder
from tenfold.ports import Clock

STREAM: Final = "trade_updates"
_LISTEN: Final = msgspec.json.encode({"action": "listen", "data": {"streams": [STREAM]}})
_KINDS: Final[dict[str, Literal["fill", "bust", "correct"]]] = {
    "fill": "fill",
    "partial_fill": "fill",
    "trade_bust": "bust",
    "trade_correct": "correct",
}
"""Events that say that something was executed, or that it was not after all."""

OrderReport = Streamed | Connected | Severed


class _Message(msgspec.Struct, frozen=True, gc=False):
    stream: str
    data: msgspec.Raw = msgspec.Raw(b"null")


class _Update(msgspec.Struct, frozen=True, gc=False):
    """Hold an update as it travels; price and quantity are those of this execution."""

    event: str
    order: OrderBody
    timestamp: str | None = None
    execution_id: str | None = None
    price: Number = None
    qty: Number = None
    position_qty: Number = None


class UpdatesDialect:
    """Speak the trading stream; every report goes to `tell`.

    Attributes
    ----------
    ready : whether the venue has said that it will tell updates
    """

    expecting = False  # an account may be silent for as long as it likes

    def __init__(self, keys: Keys, quantities: Quantities, clock: Clock, tell: Callable[[OrderReport], None]) -> None:
        self.ready = False
        self._keys = keys
        self._quantities = quantities
        self._clock = clock
        self._tell = tell
        self._known = False
        self._signs: Liveness | None = None
        self._message = msgspec.json.Decoder(_Message)
        self._update = msgspec.json.Decoder(_Update)

    def opened(self, signs: Liveness) -> list[bytes]:
        """Begin anew, by authenticating."""
        self.ready = False
        self._signs = signs
        data = {"key_id": self._keys.key_id, "secret_key": self._keys.secret}
        return [msgspec.json.encode({"action": "authenticate", "data": data})]

    def question(self) -> bytes:
        """Return the wish to listen, which the venue confirms each time."""
        return _LISTEN

    def heard(self, raw: bytes) -> list[bytes]:
        """Take a message; one that cannot be read may have been an update, so the connection ends and stock is taken."""
        report: Streamed | None = None
        data: Any = None
        try:
            message = self._message.decode(raw)
            if message.stream == STREAM:
                report = self._report(self._update.decode(message.data))
            else:
                data = msgspec.json.decode(message.data)
        except (*UNREADABLE, VenueError) as error:
            raise StreamFaultError(f"an update of orders cannot be read: {error}") from None
        if report is not None:
            self._tell(report)
            return []
        return self._control(message.stream, data if isinstance(data, dict) else {})

    def _control(self, stream: str, data: dict[str, Any]) -> list[bytes]:
        if stream == "authorization":
            return self._authorized(data)
        if stream == "listening":
            streams = data.get("streams")
            self.ready = isinstance(streams, list) and STREAM in streams
            if self._signs is not None:
                self._signs.answered("question")
            return []
        raise StreamFaultError(f"the venue says {stream}: {str(data.get('error_message', ''))[:120]}")

    def _authorized(self, data: dict[str, Any]) -> list[bytes]:
        if data.get("status") == "authorized":
            self._known = True
            return [_LISTEN]
        if self._known:  # they were right before
            raise StreamFaultError("the venue does not accept the keys at the moment")
        raise SettingsError("the venue refuses the keys; check them, and that they are of this account")

    def _report(self, update: _Update) -> Streamed:
        order = venue_order(update.order, self._quantities)
        return Streamed(
            ts_ns=self._clock.now_ns(), event=update.event, order=order, fill=self._execution(update, order)
        )

    def _execution(self, update: _Update, order: VenueOrder) -> VenueFill | None:
        """Return the execution that an update tells of, None where it tells of none, or not enough of it.

        One of an order for parts of a lot names the symbol that is held: its whole lots may be others now.
        """
        kind = _KINDS.get(update.event)
        if (
            kind is None
            or update.qty is None
            or update.price is None
            or not update.execution_id
            or is_nothing(update.qty)
        ):
            return None
        position, held = update.position_qty, self._quantities.symbol(update.order.symbol or "")
        amount = without_sign(update.qty) if kind == "bust" else update.qty
        qty, price = self._quantities.executed(order.symbol, amount, update.price)
        return VenueFill(
            execution_id=update.execution_id,
            venue_id=order.venue_id,
            order_id=order.order_id,
            symbol=held,
            side=order.side,
            qty=qty,
            price=price,
            ts_ns=order.updated_ns if update.timestamp is None else moment_ns(update.timestamp),
            cumulative=order.filled,
            position=None if position is None else self._quantities.held(held, position)[0],
            kind=kind,
        )


class TradeUpdates:
    """Tell every update of an account's orders, and when some may have been missed."""

    def __init__(
        self,
        url: str,
        keys: Keys,
        quantities: Quantities,
        clock: Clock,
        chance: random.Random,
        tell: Callable[[OrderReport], None],
        limits: LivenessLimits,
    ) -> None:
        dialect = UpdatesDialect(keys, quantities, clock, tell)

        def up() -> None:
            tell(Connected(ts_ns=clock.now_ns()))

        def down(reason: str) -> None:
            tell(Severed(ts_ns=clock.now_ns(), text=reason))

        self._line = Line(url, dialect, clock, chance, up, down, OpenHours(()), limits, {})

    @property
    def trouble(self) -> str:
        """What the last connection failed of, "" while one is ready."""
        return self._line.trouble

    async def run(self) -> None:
        """Listen until the task is cancelled; SettingsError where the venue refuses the keys."""
        await self._line.run()
