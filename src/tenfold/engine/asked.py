"""Bring what a strategy asks for into the terms that a journal gives back, and a venue takes."""

from typing import Any, Final

from msgspec import structs

from tenfold import codec
from tenfold.domain.errors import DecodeError, OrderError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Cancel, Order, Replace, Submit
from tenfold.execution.ticks import on_tick

Asked = Submit | Cancel | Replace

_KINDS: Final[Any] = Asked
_PRICES: Final = ("limit_price", "stop_price", "trail")
_EXITS: Final = {"stop_frac": 1.0, "target_frac": 100.0, "trailing_frac": 1.0}
"""Distances of attached exits, with what they lie below: of a number that is none, or of a percentage, no level follows, and no exit."""
_DIGITS: Final = 9
"""Decimals of a price that are sent: what counting in binary adds behind them makes it no other one."""


def in_terms(command: Asked, instruments: dict[str, Instrument]) -> Asked:
    """Return a command in plain numbers, whose prices stand on the nearest tick.

    Raises
    ------
    DecodeError
        A term does not fit its type, or no journal can keep it; one line that names it.
    OrderError
        An exit that is to be attached has no distance.
    """
    given: Asked = codec.plain(_KINDS, command)
    try:
        codec.encode(given, "msgpack")
    except (OverflowError, UnicodeEncodeError) as error:
        raise DecodeError(f"a term of it is none that a journal can keep: {error}") from None
    if isinstance(given, Cancel):
        return given
    terms = given.order if isinstance(given, Submit) else given
    if isinstance(given, Submit) and given.order.attaches:
        _check_exits(given.order)
    tick = instruments[terms.symbol].tick_size
    moved = {
        name: level
        for name in _PRICES
        if (price := getattr(terms, name)) is not None and (level := _on_tick(price, tick)) != price
    }
    if not moved:
        return given
    if isinstance(given, Submit):
        return structs.replace(given, order=structs.replace(given.order, **moved))
    return structs.replace(given, **moved)


def _check_exits(order: Order) -> None:
    """Refuse exits of which no level follows: what is opened would be held without them."""
    for name, bound in _EXITS.items():
        distance = getattr(order, name)
        if distance is not None and not 0.0 < distance < bound:
            raise OrderError(
                f"{name} is {distance:g}, expected a fraction above 0 and below {bound:g}: {order.order_id} of {order.symbol}"
            )


def _on_tick(price: float, tick: float) -> float:
    level = on_tick(price, tick)
    return price if round(level, _DIGITS) == round(price, _DIGITS) else level
