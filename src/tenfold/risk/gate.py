"""Size a position and cut it to the limits; what lowers risk always passes."""

import math

from tenfold.domain.errors import MoneyOverflowError
from tenfold.domain.instrument import Instrument
from tenfold.domain.order import Rejection
from tenfold.domain.rules import Limits, Rules
from tenfold.domain.units import LOTS_LIMIT, money_scale
from tenfold.kernels import bounds, sizing

BOUND_NAMES = {bounds.POSITION: "position", bounds.GROSS: "gross", bounds.LEVERAGE: "leverage"}


class Estimate:
    """Hold what sizing needs to know of one symbol: running variance, and mean return of its vote."""

    __slots__ = ("count", "edge", "edge_count", "last_close", "variance")

    def __init__(self) -> None:
        self.variance = 0.0
        self.count = 0
        self.edge = 0.0
        self.edge_count = 0
        self.last_close = 0.0

    def update(self, close: float, facing: int, window: int) -> None:
        """Take the return of one more bar, over which the vote stood at `facing`."""
        if self.last_close > 0.0:
            change = close / self.last_close - 1.0
            self.variance = sizing.smoothed(self.variance, change * change, self.count, window)
            self.count += 1
            if facing != 0:
                self.edge = sizing.smoothed(self.edge, facing * change, self.edge_count, window)
                self.edge_count += 1
        self.last_close = close


class Gate:
    """Turn the wish for a position into lots that sizing asks for and the limits allow.

    `bindings` counts the cuts by rule; `rejections` are those since the engine last cleared them, at each bar set.
    """

    def __init__(self, rules: Rules, instruments: tuple[Instrument, ...], periods: float) -> None:
        self.sizing = rules.sizing
        self.leverage = rules.account.leverage_max * (1.0 - rules.account.cash_buffer_frac)
        self.on_cash = rules.sizing.base == "cash"
        self.periods = periods
        self.symbols = len(instruments)
        self.bindings = dict.fromkeys(BOUND_NAMES.values(), 0)
        self.rejections: list[Rejection] = []
        self.method = {"quantity": sizing.QUANTITY, "fraction": sizing.FRACTION, "volatility": sizing.VOLATILITY,
                       "kelly": sizing.KELLY}[rules.sizing.method]  # fmt: skip
        self.fraction = {"volatility": self.sizing.volatility_annual_frac, "kelly": self.sizing.kelly_frac}.get(
            self.sizing.method, self.sizing.fraction or 0.0
        )
        self._quantity = {
            i.symbol: math.floor(min(self.sizing.quantity / i.lot_size, float(LOTS_LIMIT)) + 1e-9) for i in instruments
        }
        self._minimum = {i.symbol: i.min_notional * float(10 ** money_scale(i.currency)) for i in instruments}
        self.change(rules.limits)

    @property
    def estimates(self) -> bool:
        """Whether sizing needs running estimates."""
        return self.method in {sizing.VOLATILITY, sizing.KELLY}

    def change(self, limits: Limits) -> None:
        """Put other limits in force."""
        self.position_max = limits.position_frac_max or 0.0
        self.gross_max = limits.gross_frac_max or 0.0

    def lots(self, ts_ns: int, symbol: str, unit: int, equity: int, cash: int, others: int, estimate: Estimate) -> int:
        """Return the lots of a position in `symbol`.

        `unit` is the value of one lot, `others` the gross value committed to all other symbols, all in money units.
        """
        worth = float(unit)
        if self.method == sizing.QUANTITY:
            notional = float(self._quantity[symbol]) * worth
        else:
            base = max(float(cash), 0.0) if self.on_cash else float(equity)
            notional = base * sizing.target_fraction(
                self.method, self.fraction, self.sizing.cap_frac, self.sizing.window, self.periods, self.symbols,
                estimate.count, estimate.variance, estimate.edge_count, estimate.edge,
            )  # fmt: skip
        allowed, cut = bounds.bounded(
            notional, float(equity), float(others), self.position_max, self.gross_max, self.leverage
        )
        if cut:
            self.bindings[BOUND_NAMES[cut]] += 1
            self.rejections.append(
                Rejection(ts_ns=ts_ns, symbol=symbol, rule=BOUND_NAMES[cut], value=notional, limit=allowed)
            )
        if worth <= 0.0:
            return 0
        if allowed >= float(LOTS_LIMIT) * worth:
            raise MoneyOverflowError(f"{allowed / worth:g} lots of {symbol} are beyond 2^31: choose a larger lot")
        lots = self._quantity[symbol] if self.method == sizing.QUANTITY and not cut else math.floor(allowed / worth)
        return 0 if float(lots) * worth < self._minimum[symbol] else lots
