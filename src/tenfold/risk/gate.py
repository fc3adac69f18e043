"""Size a position and cut it to the limits; what lowers risk always passes."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

from tenfold.domain.errors import MoneyOverflowError
from tenfold.domain.instrument import Instrument
from tenfold.domain.market import Bar, BarSet
from tenfold.domain.order import Rejection
from tenfold.domain.rules import Limits, Rules
from tenfold.domain.units import LOTS_LIMIT, money_scale
from tenfold.kernels import bounds, sizing
from tenfold.kernels.packing import order_lots_max
from tenfold.risk.admission import Admission
from tenfold.risk.correlations import Correlations
from tenfold.risk.rules.finding import Finding
from tenfold.risk.rules.volume import DailyVolumes, lots_of_volume

BOUND_NAMES: Final = {
    bounds.POSITION: "position",
    bounds.GROSS: "gross",
    bounds.LEVERAGE: "leverage",
    bounds.NET: "net",
    bounds.MARGIN: "margin",
    bounds.CONCENTRATION: "concentration",
    bounds.POSITIONS: "positions",
    bounds.CORRELATION: "correlation",
    bounds.ORDER: "order",
    bounds.COLLAR: "collar",
}


class Wish(NamedTuple):
    """Hold which way a position is to face, and what is there.

    `held` and `pending` are signed lots; `others` are symbol, lots and value of a lot of the other positions with what still
    works of them, those of 0 lots left out. `net` is their worst signed value, None where it is what they add up to, and
    `gross` their absolute value. `reserved` are lots that orders from elsewhere may add on this side, for which limits keep room.
    """

    facing: int = 1
    held: int = 0
    pending: int = 0
    others: Sequence[tuple[str, int, int]] = ()
    net: int | None = None
    gross: int = 0
    reserved: int = 0


_ALONE: Final = Wish()


class Estimate:
    """Hold what sizing needs to know of one symbol: running variance, mean return of its vote, and average true range."""

    __slots__ = ("atr", "count", "edge", "edge_count", "last_close", "range_close", "ranges", "variance")

    def __init__(self) -> None:
        self.variance = 0.0
        self.count = 0
        self.edge = 0.0
        self.edge_count = 0
        self.last_close = 0.0
        self.atr = 0.0
        self.ranges = 0
        self.range_close = 0.0

    def span(self, bar: Bar, window: int) -> None:
        """Take the range of one more bar."""
        moved = sizing.true_range(bar.high, bar.low, self.range_close)
        self.atr = sizing.smoothed(self.atr, moved, self.ranges, window)
        self.ranges += 1
        self.range_close = bar.close

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

    `learns` says whether a limit needs to `observe` bars; `bindings` counts the cuts by rule; `rejections` are those since the engine last cleared them, at each bar set.
    """

    def __init__(self, rules: Rules, instruments: tuple[Instrument, ...], periods: float) -> None:
        self.sizing = rules.sizing
        self.leverage = rules.account.leverage_max * (1.0 - rules.account.cash_buffer_frac)
        self.on_cash = rules.sizing.base == "cash"
        self.periods = periods
        self.symbols = len(instruments)
        self.ranges = rules.exits.ranges
        self.bindings = {BOUND_NAMES[which]: 0 for which in (bounds.POSITION, bounds.GROSS, bounds.LEVERAGE)}
        self.rejections: list[Rejection] = []
        self.method = {"quantity": sizing.QUANTITY, "fraction": sizing.FRACTION, "volatility": sizing.VOLATILITY,
                       "kelly": sizing.KELLY}[rules.sizing.method]  # fmt: skip
        self.fraction = {"volatility": self.sizing.volatility_annual_frac, "kelly": self.sizing.kelly_frac}.get(
            self.sizing.method, self.sizing.fraction or 0.0
        )
        self._quantity = {
            i.symbol: math.floor(min(self.sizing.quantity / i.lot_size, float(LOTS_LIMIT)) + 1e-9) for i in instruments
        }
        self._instruments = instruments
        self._lot_size = {i.symbol: i.lot_size for i in instruments}
        self._money = float(10 ** money_scale(instruments[0].currency))
        self._correlations: Correlations | None = None
        self._volumes: DailyVolumes | None = None
        self.admission = Admission(rules.limits)
        self._minimum = {i.symbol: i.min_notional * float(10 ** money_scale(i.currency)) for i in instruments}
        self.change(rules.limits)

    @property
    def estimates(self) -> bool:
        """Whether sizing needs running estimates."""
        return self.method in {sizing.VOLATILITY, sizing.KELLY}

    def change(self, limits: Limits) -> None:
        """Put other limits in force."""
        self.limits = limits
        self.admission.change(limits)
        self.position_max = limits.position_frac_max or 0.0
        self.gross_max = limits.gross_frac_max or 0.0
        self.beside = limits.looks_beside
        self._beside_limits = (
            limits.net_frac_max or 0.0,
            limits.margin_frac_min or 0.0,
            limits.concentration_max or 0.0,
            limits.positions_max or 0,
            limits.correlation_max or 0.0,
        )
        self._order_max = (limits.order_notional_max or 0.0) * self._money
        self._order_lots = {i.symbol: order_lots_max(limits, i) for i in self._instruments}
        if limits.correlation_max is None:
            self._correlations = None
        elif self._correlations is None or self._correlations.window != limits.correlation_window:
            self._correlations = Correlations([i.symbol for i in self._instruments], limits.correlation_window)
        if limits.volume_frac_max is None:
            self._volumes = None
        elif self._volumes is None or self._volumes.window != limits.volume_window:
            self._volumes = DailyVolumes([i.symbol for i in self._instruments], limits.volume_window)
        self.learns = self._correlations is not None or self._volumes is not None or limits.regular_hours

    def observe(self, bars: BarSet) -> None:
        """Learn from the bars of one moment what limits need to know."""
        self.admission.observe(bars)
        if self._correlations is not None:
            self._correlations.observe(bars.bars)
        if self._volumes is not None:
            self._volumes.observe(bars.session, bars.bars)

    def count(self, rule: str) -> None:
        """Count that a limit cut or refused."""
        self.bindings[rule] = self.bindings.get(rule, 0) + 1

    def bind(self, ts_ns: int, symbol: str, finding: Finding) -> None:
        """Count that a limit cut or refused, and keep what it was."""
        self.count(finding.rule)
        self.rejections.append(
            Rejection(ts_ns=ts_ns, symbol=symbol, rule=finding.rule, value=finding.value, limit=finding.limit)
        )

    def has_ranges(self, estimate: Estimate) -> bool:
        """Say whether exits can be measured: where they are in average true ranges, so many bars have been seen."""
        return not self.ranges or (estimate.ranges >= self.ranges and estimate.atr > 0.0)

    def lots(
        self, ts_ns: int, symbol: str, unit: int, equity: int, cash: int, others: int, estimate: Estimate,
        wish: Wish = _ALONE,
    ) -> int:  # fmt: skip
        """Return the lots of a position in `symbol`.

        `unit` is the value of one lot, `others` the gross value committed to all other symbols, all in money units.
        """
        if not self.has_ranges(estimate):
            return 0
        worth = float(unit)
        if self.method == sizing.QUANTITY:
            notional = float(self._quantity[symbol]) * worth
        else:
            base = max(float(cash), 0.0) if self.on_cash else float(equity)
            notional = base * sizing.target_fraction(
                self.method, self.fraction, self.sizing.cap_frac, self.sizing.window, self.periods, self.symbols,
                estimate.count, estimate.variance, estimate.edge_count, estimate.edge,
            )  # fmt: skip
        promised = float(wish.reserved) * worth
        allowed, cut = self.bounded(symbol, notional + promised, equity, others, unit, wish)
        allowed = max(allowed - promised, 0.0)
        if cut:
            self.bind(ts_ns, symbol, Finding(BOUND_NAMES[cut], notional, allowed))
        if worth <= 0.0:
            return 0
        if allowed >= float(LOTS_LIMIT) * worth:
            if self.admission.conditions is None:
                raise MoneyOverflowError(f"{allowed / worth:g} lots of {symbol} are beyond 2^31: choose a larger lot")
            self.bind(ts_ns, symbol, Finding(BOUND_NAMES[bounds.ORDER], allowed / worth, float(LOTS_LIMIT)))
            return bounds.kept_lots(*wish[:3])  # live one odd price ends nothing, and opens nothing
        lots = self._quantity[symbol] if self.method == sizing.QUANTITY and not cut else math.floor(allowed / worth)
        held = wish.facing * wish.held
        if cut >= bounds.POSITIONS:
            lots = bounds.kept_lots(*wish[:3])
        most = self.order_most(symbol, worth)
        if most >= 0 and bounds.order_cut(lots, held, most) < lots:
            self.bind(ts_ns, symbol, Finding(BOUND_NAMES[bounds.ORDER], float(lots), float(most)))
            lots = bounds.order_cut(lots, held, most)
        return 0 if float(lots) * worth < self._minimum[symbol] else lots

    def bounded(
        self, symbol: str, notional: float, equity: int, others: int, unit: int, wish: Wish
    ) -> tuple[float, int]:
        """Return the notional that the limits on exposure allow, and the rule of `kernels.bounds` that cut it."""
        allowed, cut = bounds.bounded(
            notional, float(equity), float(others), self.position_max, self.gross_max, self.leverage
        )
        if not self.beside:
            return allowed, cut
        facing, net, squares, correlation = wish.facing, 0, 0.0, 0.0
        for _, lots, mark in wish.others:
            worth = lots * mark
            net += worth
            squares += float(worth) * float(worth)
        if wish.net is not None:
            net = wish.net
        if self._correlations is not None:
            correlation = self._correlations.mean(symbol, facing, wish.others)
        held = bounds.kept_lots(facing, wish.held, wish.pending)
        allowed, further = bounds.bounded_beside(
            allowed, facing, float(held * unit), float(equity), float(others), float(net), squares, len(wish.others),
            correlation, *self._beside_limits,
        )  # fmt: skip
        return allowed, further or cut

    def order_most(self, symbol: str, worth: float) -> int:
        """Return the most lots of one order, -1 where any number goes; `worth` is the value of a lot."""
        most = bounds.order_most(self._order_max, worth, self._order_lots[symbol])
        if self._volumes is None or self.limits.volume_frac_max is None:
            return most
        share = lots_of_volume(self._volumes.average(symbol), self.limits.volume_frac_max, self._lot_size[symbol])
        return share if most < 0 else min(most, share)
