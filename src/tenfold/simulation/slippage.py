"""Move the price of a fill against its order, by the model that the rules name."""

from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar
from tenfold.domain.rules import Costs
from tenfold.kernels import costs as kernel
from tenfold.kernels.packing import SLIPPAGE


class Slippage:
    """Hold a model of slippage and its terms."""

    __slots__ = ("_frac", "_impact", "_model")

    def __init__(self, costs: Costs) -> None:
        self._model = SLIPPAGE[costs.slippage]
        self._frac = costs.slippage_bps / 10_000.0
        self._impact = costs.impact

    def price(self, instrument: Instrument, side: int, price: float, lots: int, bar: Bar) -> float:
        """Return the price after slippage, on the tick; `side` is +1 for a buy."""
        moved = kernel.slipped(
            side, price, self._model, self._frac, self._impact, float(lots) * instrument.lot_size, bar.volume,
            bar.bid_open, bar.ask_open, (bar.high - bar.low) / bar.open,
        )  # fmt: skip
        return kernel.snapped(moved, instrument.tick_size)
