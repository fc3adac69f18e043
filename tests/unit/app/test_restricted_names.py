"""A symbol in which nothing may be opened is meant however it is written: what is written otherwise would be let through."""

import pytest

from tenfold.app.symbol_names import check_restricted
from tenfold.domain.errors import SettingsError
from tenfold.domain.rules import Limits


@pytest.mark.parametrize("name", ["BRK-B", "BRK/B", "BRK B", "brk.b", "BRKB", " BRK.B"])
def test_another_way_to_write_what_is_traded_is_refused(name):
    with pytest.raises(SettingsError, match=r"restricted has .*, and BRK\.B is traded: write it like that"):
        check_restricted(Limits(restricted=("OTHER", name)), ["AAPL", "BRK.B"])


@pytest.mark.parametrize("name", ["BRK.B", "BRK.A", "XYZ", "-", "AAPL"])
def test_what_is_written_alike_or_is_another_stays(name):
    check_restricted(Limits(restricted=(name,)), ["AAPL", "BRK.B"])
