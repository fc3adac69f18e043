"""Choose by what is known of a symbol whether bars or a book match its orders."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

from msgspec.structs import replace

from tenfold.domain.instrument import Instrument
from tenfold.exchange.matching.bars import BarMatching
from tenfold.exchange.orders_to_match import Matching
from tenfold.exchange.sessions import Sessions

Kind = Literal["bars", "quotes", "trades", "depth"]
"""What a symbol is matched by."""

_WHOLE: Final = 1e-9  # every billionth of a share can be traded
_COIN_TICK: Final = 1e-9


def chosen_matching(kinds: Mapping[str, Kind], sessions: Sessions, instruments: Sequence[Instrument] = ()) -> Matching:
    """Return the matcher of symbols, each by its kind of data; what is not among `instruments` has the finest terms."""
    known = {instrument.symbol: instrument for instrument in instruments}
    return BarMatching([_terms(symbol, known.get(symbol)) for symbol in kinds])


def _terms(symbol: str, instrument: Instrument | None) -> Instrument:
    if instrument is not None:
        return replace(instrument, lot_size=_WHOLE)
    return (
        Instrument(symbol=symbol, lot_size=_WHOLE, tick_size=_COIN_TICK)
        if "/" in symbol
        else Instrument(symbol=symbol, lot_size=_WHOLE)
    )
