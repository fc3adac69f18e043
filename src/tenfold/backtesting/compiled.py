"""Run a portfolio through the compiled kernel."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tenfold.backtesting.run import Run
from tenfold.domain.account import Trip
from tenfold.domain.bars import Bars
from tenfold.domain.errors import MoneyOverflowError
from tenfold.domain.records import FILL
from tenfold.domain.rules import Rules
from tenfold.domain.units import format_ns
from tenfold.kernels import bounds, portfolio
from tenfold.kernels.jit import compiled, viewed
from tenfold.kernels.packing import fresh_book, fresh_symbols, is_quiet, pack_marks, pack_rules, pack_terms
from tenfold.kernels.records import TRIP, Outputs, Single
from tenfold.metrics.round_trips import round_trips
from tenfold.risk.gate import BOUND_NAMES

TILE = 16384
TRIP_NAMES = {
    bounds.DAILY_LOSS: "daily_loss",
    bounds.DRAWDOWN: "drawdown",
    bounds.MAINTENANCE: "maintenance",
    bounds.RUIN: "ruin",
    bounds.HALT: "halt",
}


def run_compiled(
    bars: Bars,
    rules: Rules,
    members: Sequence[str],
    weights: Sequence[float],
    scores: NDArray[np.float64],
    failures: dict[str, int],
) -> Run:
    """Trade scores (T, S, K) over bars and return what happened."""
    total, count = bars.rows.shape
    marks = pack_marks(bars)
    packed = pack_rules(rules, bars.currency, bars.periods_per_year)
    packed["quiet"] = is_quiet(rules, bars, len(members))
    terms = pack_terms(bars.instruments, rules, marks)
    book, symbols = fresh_book(rules.account.cash, bars.currency), fresh_symbols(count)
    out = Outputs(
        series=np.zeros((total, 4), np.int64),
        lots=np.zeros((total, count), np.int64),
        direction=np.zeros((total, count), np.int8),
        agreement=np.zeros((total, count), np.float32),
        fills=viewed(np.zeros(1024 + 4 * count, FILL)),
        trips=viewed(np.zeros(trips_max(bars, rules), TRIP)),
        returns=np.zeros((0, 0)),
    )
    equities, changes = np.empty(min(TILE, total) + 1, np.int64), np.empty(min(TILE, total))
    casts, words = ballots(total)
    single = Single(marks.reshape(-1), scores.reshape(-1), casts, words)
    weight_array = np.asarray(weights, np.float64)
    trade = compiled(portfolio.run)
    start = 0
    while start < total:
        stop = min(start + TILE, total)
        start = trade(viewed(book), viewed(symbols), viewed(packed), viewed(terms), weight_array, viewed(bars.rows), marks,
                      single, scores, 0, start, stop, equities, changes, out)  # fmt: skip
        if book["error"][0]:
            raise money_overflow(bars, start)
        if start < stop:
            out = out._replace(fills=viewed(np.concatenate((out.fills, np.zeros(len(out.fills), out.fills.dtype)))))
    fills = np.array(out.fills[: int(book["fills"][0])], FILL)
    return Run(
        bars=bars,
        rules=rules,
        members=tuple(members),
        weights=tuple(weights),
        engine="compiled",
        equity_units=out.series[:, 0],
        cash_units=out.series[:, 1],
        gross_units=out.series[:, 2],
        net_units=out.series[:, 3],
        lots=out.lots,
        fills=fills,
        trades=trades_of(fills, bars),
        direction=out.direction,
        agreement=out.agreement,
        scores=scores,
        trips=named_trips(out.trips[: int(book["trips"][0])], bars),
        bindings=named_bindings(book["bound"][0].tolist()),
        failures=failures,
        borrow_units=int(book["borrow"][0]),
        dividend_units=int(book["dividends"][0]),
        interest_units=int(book["interest"][0]),
    )


def trips_max(bars: Bars, rules: Rules) -> int:
    """Return how often a breaker can trip at most: once a session, and once for ruin."""
    limits = rules.limits
    armed = limits.daily_loss_frac_max or limits.drawdown_frac_max or rules.account.maintenance_frac
    return int(np.count_nonzero(np.diff(bars.rows["session"][:, 0]))) + 2 if armed else 1


def ballots(count: int) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return room for ballots, and its view eight at a time."""
    words = np.zeros(count // 8 + 2, np.int64)
    return words.view(np.int8), words


def money_overflow(bars: Bars, moment: int) -> MoneyOverflowError:
    """Return the error of an amount beyond 64-bit money."""
    when = format_ns(int(bars.ts_ns[min(moment, len(bars) - 1)]), bars.period_ns)
    return MoneyOverflowError(f"money left its exact range at {when}: lower the cash, the leverage or the quantity")


def named_bindings(counts: Sequence[int]) -> dict[str, int]:
    """Return how often each limit cut, by name: those that every account has, and of the others those that did."""
    return {
        name: count for (which, name), count in zip(BOUND_NAMES.items(), counts[1:], strict=True)
        if which <= bounds.LEVERAGE or count
    }  # fmt: skip


def named_trips(trips: NDArray[np.void], bars: Bars) -> tuple[Trip, ...]:
    """Return breaker trips with their times and names."""
    return tuple(
        Trip(
            ts_ns=int(bars.ts_ns[row["bar"]]),
            rule=TRIP_NAMES[int(row["rule"])],
            value=float(row["value"]),
            limit=float(row["limit"]),
            reset_ns=int(bars.ts_ns[row["reset_bar"]]) if row["reset_bar"] >= 0 else None,
        )
        for row in trips
    )


def trades_of(fills: NDArray[np.void], bars: Bars) -> NDArray[np.void]:
    """Return the round trips of a run's fills, open ones valued at the last close."""
    usable = bars.usable
    last = np.where(usable.any(0), len(bars) - 1 - np.argmax(usable[::-1], axis=0), 0)
    closes = np.where(usable.any(0), bars.rows["close"][last, np.arange(len(last))], np.nan)
    scale = np.array([instrument.units_per_price for instrument in bars.instruments])
    return round_trips(fills, scale, closes, len(bars) - 1, int(bars.ts_ns[-1]))
