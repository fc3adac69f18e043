"""Hand the common market and the common rules to Tenfold."""

import market
import numpy as np

from tenfold.domain.bars import Bars, bars_from_arrays
from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import Account, Costs, Rules, Sizing

MINUTE_NS = 60_000_000_000
START_NS = 1_104_537_600_000_000_000  # 2005-01-01

RULES = Rules(
    account=Account(cash=1_000_000.0, short=False),
    costs=Costs(fee_frac=0.0005),
    sizing=Sizing(method="quantity", quantity=10.0),
)
"""Ten shares or none, five basis points a fill, at the next open."""


def load(path: str, count: int | None = None) -> Bars:
    """Return the market, or its first `count` bars."""
    arrays = {name: values[:count] for name, values in market.load(path).items()}
    stamps = START_NS + MINUTE_NS * np.arange(1, len(arrays["close"]) + 1)
    instrument = Instrument(symbol="GBM", tick_size=0.0001)
    return bars_from_arrays(["GBM"], stamps, **arrays, period_ns=MINUTE_NS, instruments=[instrument])
