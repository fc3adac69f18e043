"""Money is kept in dollars here, and an account of the venue that is kept in anything else is none to trade."""

import msgspec
import pytest

from loops import in_a_loop
from tenfold.adapters.alpaca.reference import AlpacaReference
from tenfold.adapters.clock import SystemClock


class Bank:
    """Be a venue whose account is kept in a currency."""

    def __init__(self, currency):
        self.currency = currency

    async def read(self, _, kind):
        told = {"status": "ACTIVE", "cash": "15000000", "equity": "15000000", "buying_power": "15000000"}
        return msgspec.convert(told | {"currency": self.currency}, kind)


@pytest.mark.parametrize(
    ("currency", "blocked"),
    [
        ("USD", ""),
        (None, ""),
        ("", ""),
        ("JPY", "it is kept in JPY, expected USD"),
        ("EUR", "it is kept in EUR, expected USD"),
    ],
)
def test_what_currency_an_account_may_be_kept_in(currency, blocked):
    rest = Bank(currency)
    assert in_a_loop(AlpacaReference(rest, rest, SystemClock(), "iex").standing()).blocked == blocked
