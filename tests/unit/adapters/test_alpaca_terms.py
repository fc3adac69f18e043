"""Shares are whole and priced in cents, whatever the venue says of parts of them; coins come in its own steps."""

import msgspec
import pytest

from loops import in_a_loop
from tenfold.adapters.alpaca.reference import AlpacaReference
from tenfold.adapters.clock import SystemClock

FINE = {"min_trade_increment": "0.000000001", "price_increment": "0.0001"}


class Lister:
    """Be a venue that lists one symbol."""

    def __init__(self, symbol, terms):
        self.told = {"symbol": symbol, "tradable": True, **terms}

    async def read(self, _, kind, **__):
        return msgspec.convert([self.told], kind)


@pytest.mark.parametrize(
    ("symbol", "terms", "lot", "tick"),
    [
        ("AAPL", {}, 1.0, 0.01),
        ("AAPL", FINE, 1.0, 0.01),
        ("BTC/USD", FINE, 1e-9, 0.0001),
        ("BTC/USD", {}, 1.0, 0.01),
    ],
)
def test_lots_and_ticks_of_what_may_be_traded(symbol, terms, lot, tick):
    rest = Lister(symbol, terms)
    (found,) = in_a_loop(AlpacaReference(rest, rest, SystemClock(), "iex").instruments([symbol]))
    assert (found.lot_size, found.tick_size) == (lot, tick)
