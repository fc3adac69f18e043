"""Trade a portfolio bar by bar: the compiled twin of engine, simulator and ledger.

How it works. `run` walks the bars. For each it does what `simulation.broker` does (borrow, dividends, working orders at
the open, attached exits inside the bar), then what `engine.engine` does (mark, breakers, votes, orders), through the
same scalar rules. Where only a change of vote can matter, `kernels.quiet` marks whole stretches at once. Nothing
here knows a strategy: scores are an argument, so this is compiled once.

Shapes: T bars, S symbols, K strategies; `book` (1,) BOOK, `symbols` (S,) SYMBOL, `rules` (1,) RULES, `terms` (S,) TERMS,
`weights` (K,), `bars` (T, S) BAR, `marks` (T, S) int64 money units of one lot at the close, `scores` (tile, S, K).
"""

import math
from typing import Any

from tenfold.kernels.bounds import (
    COLLAR,
    DAILY_LOSS,
    DRAWDOWN,
    MAINTENANCE,
    ORDER,
    POSITIONS,
    RUIN,
    beyond_collar,
    bounded,
    breaker,
    kept_lots,
    loss_frac,
    order_cut,
    order_most,
)
from tenfold.kernels.exposure import beside
from tenfold.kernels.fills import AT_LIMIT, AT_STOP
from tenfold.kernels.matching import charge_days, match
from tenfold.kernels.measuring import measure
from tenfold.kernels.quiet import cast_ballots, quiet_bars
from tenfold.kernels.records import LOTS_LIMIT, MONEY_LIMIT, NO_SESSION, OVERFLOW
from tenfold.kernels.sizing import QUANTITY, VOLATILITY, smoothed, target_fraction, true_range
from tenfold.kernels.voting import direction, tally
from tenfold.kernels.working_order import enter, is_for_auction, keep_out, priced_at, submit

UNUSABLE = 7  # domain.market.UNUSABLE
REASON_VOTE = 0  # positions in domain.order.REASONS
REASON_REBALANCE = 1
REASON_BREAKER = 4
REASON_MARGIN = 5


def run(
    book: Any, symbols: Any, rules: Any, terms: Any, weights: Any, bars: Any, marks: Any,
    single: Any, scores: Any, base: int, start: int, stop: int, equities: Any, changes: Any, out: Any,
) -> int:  # fmt: skip
    """Trade bars [start, stop) and return the first bar not done: `stop`, or earlier where `out.fills` is full.

    Row 0 of `scores` is bar `base`; `single` is `Single`; `equities` int64 and
    `changes` float64, longer than stop - start, are overwritten; `out` is `Outputs`; `book[0].error` is set on overflow.
    """
    account = book[0]
    rule = rules[0]
    count = len(symbols)
    keep = len(out.series) > 0
    equities[0] = account.equity
    if rule.quiet:
        cast_ballots(single.flat, single.casts, rule.ballot, start - base, stop - base)
    moment = start
    while moment < stop:
        if keep and account.fills + 2 * count > len(out.fills):
            break
        if rule.quiet and steady(account, symbols[0], rule):
            done = quiet_bars(account, symbols[0], rule, terms[0], single, base, start, moment, stop, equities)
            if keep and done > 0:
                keep_quiet(account, symbols[0], single.line, moment, moment + done, out)
            moment += done
            if moment >= stop:
                break
        trade_bar(account, symbols, rule, terms, weights, bars, marks, scores, moment - base, moment, out)
        equities[moment - start + 1] = account.equity
        if keep:
            keep_bar(account, symbols, moment, out)
        moment += 1
        if account.error:
            break
    measure(account, equities, changes, moment - start, start)
    return moment


def trade_bar(
    account: Any, symbols: Any, rule: Any, terms: Any, weights: Any, bars: Any, marks: Any, scores: Any, row: int,
    moment: int, out: Any,
) -> None:  # fmt: skip
    """Take one moment through simulator and engine, in the order in which they would see it."""
    session = bars[moment, 0].session
    fresh = session != account.session
    if fresh and account.session != NO_SESSION:
        charge_days(account, symbols, rule, session - account.session)
    for index in range(len(symbols)):
        if not bars[moment, index].flags & UNUSABLE:
            match(account, symbols[index], rule, terms[index], bars[moment, index], index, moment, out)
            symbols[index].mark = marks[moment, index]
    before = account.equity
    mark(account, symbols)
    if fresh:
        roll(account, session, before, moment, out)
    check(account, rule, moment, out)
    decide(account, symbols, rule, terms, weights, bars, scores, row, moment, out)


def steady(account: Any, symbol: Any, rule: Any) -> bool:
    """Say whether a single symbol needs nothing until its vote changes."""
    facing = symbol.direction if rule.short or symbol.direction > 0 else 0
    return (
        symbol.wanted == facing
        and symbol.pending == 0
        and symbol.stop == 0.0
        and symbol.target == 0.0
        and account.tripped == 0
        and account.session != NO_SESSION
    )


def mark(account: Any, symbols: Any) -> None:
    """Value all positions at their last closes."""
    net = 0
    gross = 0
    span = 0.0
    for index in range(len(symbols)):
        value = symbols[index].lots * symbols[index].mark
        span += abs(float(symbols[index].lots) * float(symbols[index].mark))
        net += value
        gross += value if value >= 0 else -value
    if span + abs(float(account.cash)) >= MONEY_LIMIT:
        account.error = OVERFLOW
    account.net = net
    account.gross = gross
    account.equity = account.cash + net
    if gross > 0:
        account.exposed += 1


def roll(account: Any, session: int, before: int, moment: int, out: Any) -> None:
    """Open a session: the day's loss counts from the last close, and a tripped breaker comes nearer to its reset."""
    account.session = session
    account.day_start = float(before)
    if account.tripped and account.tripped != RUIN and account.sessions_left > 0:
        account.sessions_left -= 1
        if account.sessions_left == 0:
            account.tripped = 0
            account.peak = float(account.equity)
            if account.trips - 1 < len(out.trips):
                out.trips[account.trips - 1].reset_bar = moment


def check(account: Any, rule: Any, moment: int, out: Any) -> None:
    """Trip a breaker where a loss has reached its limit."""
    equity = float(account.equity)
    if equity > account.peak:
        account.peak = equity
    if account.tripped:
        return
    which = breaker(
        equity,
        account.day_start,
        account.peak,
        float(account.gross),
        rule.daily_loss_max,
        rule.drawdown_max,
        rule.maintenance,
    )
    if not which:
        return
    account.tripped = which
    account.sessions_left = rule.reset_sessions
    if account.trips < len(out.trips):
        row = out.trips[account.trips]
        row.bar = moment
        row.rule = which
        row.reset_bar = -1
        row.value = 0.0
        row.limit = 0.0
        if which == DAILY_LOSS:
            row.value = loss_frac(equity, account.day_start)
            row.limit = rule.daily_loss_max
        elif which == DRAWDOWN:
            row.value = loss_frac(equity, account.peak)
            row.limit = rule.drawdown_max
        elif which == MAINTENANCE:
            row.value = equity / float(account.gross)
            row.limit = rule.maintenance
    account.trips += 1


def decide(
    account: Any, symbols: Any, rule: Any, terms: Any, weights: Any, bars: Any, scores: Any, row: int, moment: int,
    out: Any,
) -> None:  # fmt: skip
    """Count the votes of every symbol that has a bar, then order what changed."""
    total = 0.0
    for member in range(len(weights)):
        total += weights[member]
    for index in range(len(symbols)):
        if not bars[moment, index].flags & UNUSABLE:
            symbol = symbols[index]
            if rule.sizing >= VOLATILITY:  # or Kelly: both need estimates
                estimate(symbol, bars[moment, index].close, rule.window)
            if rule.atr_window > 0:
                span(symbol, bars[moment, index], rule.atr_window)
            long_weight, short_weight = tally(scores, row, index, weights, rule.ballot)
            symbol.direction = direction(
                symbol.direction, long_weight, short_weight, total, len(weights), rule.enter, rule.hold, rule.quorum
            )
            if len(out.agreement) > 0:
                out.agreement[moment, index] = max(long_weight, short_weight) / total
    if account.tripped:
        flatten(account, symbols, rule, bars[moment, 0].ts_ns)
        return
    for index in range(len(symbols)):
        if not bars[moment, index].flags & UNUSABLE:
            order(account, symbols, rule, terms, bars, index, moment)


def estimate(symbol: Any, close: float, window: int) -> None:
    """Update the running variance of the symbol and the mean return of its vote."""
    if symbol.last_close > 0.0:
        change = close / symbol.last_close - 1.0
        symbol.variance = smoothed(symbol.variance, change * change, symbol.count, window)
        symbol.count += 1
        if symbol.direction != 0:
            symbol.edge = smoothed(symbol.edge, symbol.direction * change, symbol.edge_count, window)
            symbol.edge_count += 1
    symbol.last_close = close


def span(symbol: Any, bar: Any, window: int) -> None:
    """Update the average true range of the symbol."""
    symbol.atr = smoothed(symbol.atr, true_range(bar.high, bar.low, symbol.range_close), symbol.ranges, window)
    symbol.ranges += 1
    symbol.range_close = bar.close


def flatten(account: Any, symbols: Any, rule: Any, ts_ns: int) -> None:
    """Send everything to the market that is not already on its way out."""
    for index in range(len(symbols)):
        symbol = symbols[index]
        symbol.wanted = 0
        symbol.stopped = 0
        if symbol.pending != -symbol.lots or is_for_auction(symbol):
            account.orders += 1 if symbol.lots != 0 else 0
            reason = REASON_MARGIN if account.tripped == MAINTENANCE else REASON_BREAKER
            submit(symbol, -symbol.lots, reason, account.orders, rule, ts_ns)


def is_measured(symbol: Any, rule: Any) -> bool:
    """Say whether the average true range is known, where exits need it."""
    return rule.atr_window == 0 or (symbol.ranges >= rule.atr_window and symbol.atr > 0.0)


def stays(symbol: Any, rule: Any, facing: int) -> bool:
    """Say whether a position whose vote stands is left as it is."""
    return facing == 0 or rule.rebalance <= 0.0 or symbol.stopped or symbol.pending != 0


def order(account: Any, symbols: Any, rule: Any, terms: Any, bars: Any, index: int, moment: int) -> None:
    """Order the difference between the position and what its vote asks for."""
    symbol = symbols[index]
    bar = bars[moment, index]
    facing = symbol.direction if rule.short or symbol.direction > 0 else 0
    reason = REASON_VOTE
    if facing == symbol.wanted:
        if stays(symbol, rule, facing):
            return
        reason = REASON_REBALANCE
    sized = facing != 0 and is_measured(symbol, rule)
    target = facing * size(account, symbols, rule, terms, bars, index, moment, facing) if sized else 0
    delta = target - symbol.lots
    if reason == REASON_REBALANCE and abs(float(delta)) <= rule.rebalance * abs(float(target)):
        return
    symbol.wanted = facing * int(target != 0)
    symbol.stopped = 0
    priced = AT_LIMIT <= rule.kind <= AT_STOP
    lowers = symbol.lots != 0 and (delta > 0) != (symbol.lots > 0)
    if lowers and (priced or not rule.crosses_zero) and (target > 0) != (symbol.lots > 0):  # leave first, then enter
        delta = -symbol.lots
        symbol.wanted = 0
    if delta == symbol.pending:
        return
    if delta == 0:
        symbol.pending = 0
        return
    level = 0.0
    if priced and not lowers:
        level = priced_at(rule, terms[index].tick, bar.close, delta)
        if rule.collar > 0.0 and beyond_collar(level, bar.close, rule.collar):
            keep_out(account, symbol, facing, COLLAR)
            return
    account.orders += 1
    submit(symbol, delta, reason, account.orders, rule, bar.ts_ns)
    if not (priced and lowers):
        enter(symbol, rule, level, bar)


def size(
    account: Any, symbols: Any, rule: Any, terms: Any, bars: Any, index: int, moment: int, facing: int
) -> int:  # fmt: skip
    """Return the lots that sizing asks for and the bounds allow."""
    symbol = symbols[index]
    term = terms[index]
    unit = float(symbol.mark)
    equity = float(account.equity)
    if rule.sizing == QUANTITY:
        notional = float(term.quantity) * unit
    else:
        base = max(float(account.cash), 0.0) if rule.on_cash else equity
        notional = base * target_fraction(
            rule.sizing,
            rule.fraction,
            rule.cap,
            rule.window,
            rule.periods,
            len(symbols),
            symbol.count,
            symbol.variance,
            symbol.edge_count,
            symbol.edge,
        )
    others = 0
    for other in range(len(symbols)):
        if other != index:
            lots = symbols[other].lots + symbols[other].pending
            others += (lots if lots >= 0 else -lots) * symbols[other].mark
    allowed, cut = bounded(notional, equity, float(others), rule.position_max, rule.gross_max, rule.leverage_max)
    if rule.beside:
        allowed, further = beside(symbols, rule, bars, index, moment, facing, allowed, equity, others)
        cut = further if further else cut
    if cut:
        account.bound[cut] += 1
    if unit <= 0.0:
        return 0
    if allowed >= LOTS_LIMIT * unit:
        account.error = OVERFLOW
        return 0
    lots = term.quantity if rule.sizing == QUANTITY and not cut else math.floor(allowed / unit)
    if cut >= POSITIONS:
        lots = kept_lots(facing, symbol.lots, symbol.pending)
    most = order_most(rule.order_max, unit, term.order_lots_max)
    if most >= 0 and order_cut(lots, facing * symbol.lots, most) < lots:
        lots = order_cut(lots, facing * symbol.lots, most)
        account.bound[ORDER] += 1
    return 0 if float(lots) * unit < term.min_notional else lots


def keep_bar(account: Any, symbols: Any, moment: int, out: Any) -> None:
    """Write one row of the outputs."""
    out.series[moment, 0] = account.equity
    out.series[moment, 1] = account.cash
    out.series[moment, 2] = account.gross
    out.series[moment, 3] = account.net
    for index in range(len(symbols)):
        out.lots[moment, index] = symbols[index].lots
        out.direction[moment, index] = symbols[index].direction


def keep_quiet(account: Any, symbol: Any, line: Any, start: int, stop: int, out: Any) -> None:
    """Write the rows of a quiet stretch."""
    agreement = 1.0 if symbol.direction != 0 else 0.0
    for moment in range(start, stop):
        value = symbol.lots * line[moment]
        out.series[moment, 0] = account.cash + value
        out.series[moment, 1] = account.cash
        out.series[moment, 2] = value if value >= 0 else -value
        out.series[moment, 3] = value
        out.lots[moment, 0] = symbol.lots
        out.direction[moment, 0] = symbol.direction
        out.agreement[moment, 0] = agreement
