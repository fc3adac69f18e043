"""Tell what an account was worth over time."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.refusal import bad_parameter
from tenfold.exchange.trading.account import Account, Sample
from tenfold.exchange.trading.brokerage import Brokerage
from tenfold.exchange.trading.queries import HistoryQuery
from tenfold.exchange.wire import day_text, number, parse_day

TIMEFRAMES: Final = {
    "1Min": NS_PER_MINUTE,
    "5Min": 5 * NS_PER_MINUTE,
    "15Min": 15 * NS_PER_MINUTE,
    "1H": NS_PER_HOUR,
    "1D": NS_PER_DAY,
}
DAYS_MAX: Final = {"1Min": 7, "5Min": 30, "15Min": 30}
"""Longest period of the fine timeframes, in days."""
QUARTER_NS: Final = 15 * NS_PER_MINUTE

_PERIOD: Final = re.compile(r"([1-9]\d{0,3})([DWMA])", re.ASCII)
_PHASES: Final = {
    "market_hours": frozenset({"open"}),
    "extended_hours": frozenset({"pre", "open", "post"}),
    "continuous": frozenset({"pre", "open", "post", "closed"}),
}


def sample(b: Brokerage, ts_ns: int) -> None:
    """Write down what every account is worth as a minute ends, and restrict those whose margin does not suffice."""
    minute_ns = ts_ns // NS_PER_MINUTE * NS_PER_MINUTE
    b.sample_ns = minute_ns + NS_PER_MINUTE
    if not b.accounts:
        return
    phase = b.sessions.phase(minute_ns - 1)
    for account in b.accounts.values():
        if account.positions:
            margin = b.margin(account)
            equity = margin.equity
            account.restricted = b.settings.intraday_margin and margin.free < 0
        else:
            equity = account.cash - account.fees
            account.restricted = False
        one = Sample(minute_ns, equity, phase)
        account.minutes.append(one)
        if minute_ns % QUARTER_NS == 0:
            account.quarters.append(one)


def portfolio_history(b: Brokerage, account: Account, query: HistoryQuery, ts_ns: int) -> dict[str, Any]:
    """Return the worth of an account over a period as REST shows it; Refusal for a query that makes no sense."""
    start_ns, end_ns = _bounds(b, query, ts_ns)
    timeframe = query.timeframe or _default_timeframe((end_ns - start_ns) // NS_PER_DAY)
    if timeframe not in TIMEFRAMES:
        raise bad_parameter(f"invalid timeframe: {timeframe}")
    if end_ns - start_ns > (DAYS_MAX.get(timeframe, 1_000_000) + 1) * NS_PER_DAY:
        raise bad_parameter(f"timeframe {timeframe} is allowed for {DAYS_MAX[timeframe]} days at most")
    phases = _PHASES["extended_hours" if query.extended_hours else query.intraday_reporting]
    now = Sample(ts_ns, b.margin(account).equity, b.sessions.phase(ts_ns))
    if timeframe == "1D":
        points = _daily(b, account, now, start_ns, end_ns)
    else:
        series = account.minutes if TIMEFRAMES[timeframe] < QUARTER_NS else account.quarters
        points = _windows([*series, now], TIMEFRAMES[timeframe], phases, start_ns, end_ns)
    base = _base(account, start_ns)
    per_day = timeframe != "1D" and query.pnl_reset == "per_day"
    bases = [_base(account, b.sessions.moment(b.day(one), 0)) if per_day else base for one, _ in points]
    shown: dict[str, Any] = {
        "timestamp": [one // NS_PER_SECOND for one, _ in points],
        "equity": [number(equity) for _, equity in points],
        "profit_loss": [number(equity - at) for (_, equity), at in zip(points, bases, strict=True)],
        "profit_loss_pct": [(equity - at) / at if at else None for (_, equity), at in zip(points, bases, strict=True)],
        "base_value": number(base),
        "base_value_asof": day_text(b.day(start_ns)),
        "timeframe": timeframe,
    }
    if query.cashflow_types:
        shown["cashflow"] = _cashflow(account, query, [one for one, _ in points], start_ns, end_ns)
    return shown


def _bounds(b: Brokerage, query: HistoryQuery, ts_ns: int) -> tuple[int, int]:
    if query.start_ns is not None and query.end_ns is not None and query.period:
        raise bad_parameter("only two of start, end and period are accepted")
    found = _PERIOD.fullmatch(query.period or "1M")
    if found is None:
        raise bad_parameter(f"invalid period: {query.period}")
    end_ns = ts_ns
    if query.end_ns is not None:
        end_ns = min(query.end_ns, ts_ns)
    elif query.day_end is not None:
        end_ns = min(b.sessions.moment(query.day_end + 1, 0), ts_ns)
    elif query.start_ns is not None and query.period:
        end_ns = min(_shifted(b, query.start_ns, int(found[1]), found[2], 1), ts_ns)
    start_ns = query.start_ns if query.start_ns is not None else _shifted(b, end_ns, int(found[1]), found[2], -1)
    if start_ns > end_ns:
        raise bad_parameter("start must be before end")
    return start_ns, end_ns


def _shifted(b: Brokerage, ts_ns: int, count: int, unit: str, sign: int) -> int:
    """Return a moment shifted by days, weeks, months or years; days are those with a session, back to the first one's midnight."""
    day = b.day(ts_ns)
    if unit == "D" and sign < 0:
        first = b.sessions.current(ts_ns) or b.sessions.previous_session(day)
        for _ in range(count - 1):
            first = b.sessions.previous_session(first.day)
        return b.sessions.moment(first.day, 0)
    if unit in "DW":
        return ts_ns + sign * count * (7 if unit == "W" else 1) * NS_PER_DAY
    shown = date(1970, 1, 1) + timedelta(days=day)
    months = shown.year * 12 + shown.month - 1 + sign * count * (12 if unit == "A" else 1)
    year, month = divmod(months, 12)
    if not 1 < year < 9000:
        raise bad_parameter(f"invalid period: {count}{unit}")
    target = date(year, month + 1, min(shown.day, 28))
    return b.sessions.moment(parse_day(target.isoformat()), b.sessions.minute_of(ts_ns))


def _default_timeframe(days: int) -> str:
    if days < 7:
        return "1Min"
    return "15Min" if days < 30 else "1D"


def _windows(
    series: Iterable[Sample], width_ns: int, phases: frozenset[str], start_ns: int, end_ns: int
) -> list[tuple[int, int]]:
    """Return (beginning, equity at the end) of each window in which there was something to tell."""
    windows: dict[int, int] = {}
    for one in series:
        if start_ns <= one.ts_ns <= end_ns and one.phase in phases:
            windows[(one.ts_ns - 1) // width_ns * width_ns] = one.equity
    return sorted(windows.items())


def _daily(b: Brokerage, account: Account, now: Sample, start_ns: int, end_ns: int) -> list[tuple[int, int]]:
    """Return (opening, equity at the close) of each session, and of the one that runs as it is now."""
    found: dict[int, int] = {}
    for one in [*account.days, now]:
        session = b.sessions.current(one.ts_ns)
        if session is not None and start_ns <= one.ts_ns <= end_ns and one.ts_ns >= session.open_ns:
            found.setdefault(session.open_ns, one.equity)
    return sorted(found.items())


def _base(account: Account, start_ns: int) -> int:
    """Return what the account was worth at the last close before a moment, or as it opened."""
    before = bisect_right(account.days, start_ns, key=lambda one: one.ts_ns)
    return account.days[before - 1].equity if before else account.first_equity


def _cashflow(
    account: Account, query: HistoryQuery, starts: list[int], start_ns: int, end_ns: int
) -> dict[str, list[float]]:
    """Return what activities other than trades moved, by kind and window."""
    flows: dict[str, list[float]] = {}
    for ts_ns, what in account.activities:
        kind = what["activity_type"]
        wanted = kind != "FILL" and (kind in query.cashflow_types or "ALL" in query.cashflow_types)
        if wanted and start_ns <= ts_ns <= end_ns and starts:
            row = flows.setdefault(kind, [0.0] * len(starts))
            row[max(bisect_right(starts, ts_ns) - 1, 0)] += float(what["net_amount"])
    return flows
