"""Only what the venue lends to anybody may be sold short, whichever of its words says so."""

import msgspec
import pytest

from loops import in_a_loop
from tenfold.adapters.alpaca.reference import AlpacaReference
from tenfold.adapters.clock import SystemClock


class Lender:
    """Be a venue that says so much of one symbol."""

    def __init__(self, **told):
        self.told = told

    async def read(self, _, kind):
        return msgspec.convert({"symbol": "TSLA", "tradable": True, **self.told}, kind)


@pytest.mark.parametrize(
    ("told", "lent"),
    [
        ({"shortable": True, "borrow_status": "easy_to_borrow"}, True),
        ({"shortable": True, "borrow_status": "hard_to_borrow"}, False),
        ({"shortable": True, "borrow_status": "hard_to_borrow", "easy_to_borrow": True}, False),
        ({"shortable": False, "borrow_status": "easy_to_borrow"}, False),
        ({"shortable": True, "borrow_status": None, "easy_to_borrow": False}, False),
        ({"shortable": True, "easy_to_borrow": True}, True),
    ],
)
def test_what_may_be_sold_short(told, lent):
    rest = Lender(**told)
    found = in_a_loop(AlpacaReference(rest, rest, SystemClock(), "iex").borrowable(["TSLA"]))
    assert found == ({"TSLA"} if lent else set())
