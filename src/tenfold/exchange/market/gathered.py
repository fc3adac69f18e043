"""Put together what the exchange replays, and what it knows of the past."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError
from tenfold.domain.units import NS_PER_DAY
from tenfold.exchange.events import Corporate, Kind, MarketEvent
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.auctions import auctions_of_rows, with_auctions
from tenfold.exchange.market.corporate import corporate_actions
from tenfold.exchange.market.day_bars import in_session
from tenfold.exchange.market.history import History
from tenfold.exchange.market.latest import Latest
from tenfold.exchange.market.levels import depth_events
from tenfold.exchange.market.market_faults import MarketFaults
from tenfold.exchange.market.quotes import quote_events
from tenfold.exchange.market.recorded import Parts, Record, Recorded
from tenfold.exchange.market.replay import Replay, Source
from tenfold.exchange.market.rows import Rows, rows_of_bars
from tenfold.exchange.market.sources import bar_events, edge_events, within
from tenfold.exchange.market.trades import trade_events
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.sessions import Sessions

TickParts = Mapping[tuple[str, str], Parts]
"""Functions that read ticks part by part, by symbol and kind."""


@dataclass(frozen=True, eq=False)
class Market:
    """Hold a market before its first event.

    Attributes
    ----------
    kinds : what there is of each symbol, the best first: depth, then quotes, then trades, then bars
    start_ns, stop_ns : replayed time, [start, stop)
    """

    replay: Replay
    history: History
    latest: Latest
    kinds: Mapping[str, Kind]
    start_ns: int
    stop_ns: int


def gather(
    bars: Sequence[Bars],
    sessions: Sessions,
    start_ns: int,
    stop_ns: int,
    *,
    ticks: TickParts | None = None,
    actions: Mapping[str, NDArray[np.void]] | None = None,
    faults: Faults | None = None,
) -> Market:
    """Return the market of recorded data.

    Parameters
    ----------
    bars : of any periods; each symbol's shortest are replayed where it has no ticks, the others are history
    ticks : "quotes", "trades" and "depth" by symbol
    actions : splits by symbol, records of `market.series.ACTION`
    faults : what may misbehave

    Raises DataError where there is nothing to replay.
    """
    ticks, actions = ticks or {}, actions or {}
    placed = [_placed(one, sessions) for one in sorted(bars, key=lambda one: one.period_ns)]
    kinds = _kinds(placed, ticks)
    if not kinds:
        raise DataError("there is nothing to replay: neither bars nor quotes, trades or depth")
    sources: list[Source] = [edge_events(sessions, start_ns, stop_ns)]
    records: dict[str, Record] = {}
    played: set[str] = {symbol for symbol, kind in kinds.items() if kind != "bars"}
    for one in placed:
        fresh = [symbol for symbol in one.symbols if symbol not in played]
        played.update(fresh)
        if fresh:
            chosen = one if len(fresh) == len(one.symbols) else one.select(fresh)
            sources.append(within(bar_events(chosen), start_ns, stop_ns))
    for symbol, kind in kinds.items():
        held = _rows_by_period(symbol, placed)
        corporate = _corporate(symbol, placed, sessions, actions.get(symbol))
        crossed = [] if is_pair(symbol) or not held else auctions_of_rows(symbol, held[min(held)], sessions)
        told: list[MarketEvent] = [*corporate]
        if kind == "bars":
            told += crossed
        else:
            sources += tick_sources(symbol, ticks, sessions, start_ns, stop_ns)
        sources.append(within([sorted(told, key=lambda event: event.ts_ns)], start_ns, stop_ns))
        records[symbol] = Recorded(
            symbol,
            sessions,
            held,
            **{name: ticks.get((symbol, name)) for name in ("quotes", "trades", "depth")},
            auctions=crossed if kind == "bars" or is_pair(symbol) else None,
            actions=corporate,
        )
    return opened(sources, records, kinds, sessions, start_ns, stop_ns, faults)


def opened(
    sources: Iterable[Source],
    records: Mapping[str, Record],
    kinds: Mapping[str, Kind],
    sessions: Sessions,
    start_ns: int,
    stop_ns: int,
    faults: Faults | None,
) -> Market:
    """Return a market before its first event, in which the last closes before it are known."""
    history, latest = History(records, sessions), Latest()
    for symbol in records:
        previous = history.previous(symbol, start_ns)
        if previous is not None:
            latest.prime(symbol, previous)
    replay = Replay(sources, None if faults is None else MarketFaults(faults))
    return Market(replay, history, latest, kinds, start_ns, stop_ns)


def _placed(bars: Bars, sessions: Sessions) -> Bars:
    """Return bars of days as bars of sessions; those of crypto are days of UTC."""
    return bars if bars.period_ns < NS_PER_DAY or all(map(is_pair, bars.symbols)) else in_session(bars, sessions)


def _kinds(bars: Sequence[Bars], ticks: TickParts) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {symbol: "bars" for one in bars for symbol in one.symbols}
    order: tuple[Kind, ...] = ("trades", "quotes", "depth")
    for kind in order:
        kinds |= {symbol: kind for symbol, name in ticks if name == kind}
    return kinds


def _rows_by_period(symbol: str, bars: Sequence[Bars]) -> dict[int, Rows]:
    return {one.period_ns: rows_of_bars(one, one.symbols.index(symbol)) for one in bars if symbol in one.symbols}


def _corporate(
    symbol: str, bars: Sequence[Bars], sessions: Sessions, actions: NDArray[np.void] | None
) -> list[Corporate]:
    """Return the actions that the shortest bars of a symbol show."""
    for one in bars:
        if symbol in one.symbols and not is_pair(symbol):
            return corporate_actions(one, one.symbols.index(symbol), sessions, actions)
    return []


def tick_sources(
    symbol: str, ticks: TickParts, sessions: Sessions | None, start_ns: int, stop_ns: int, *, bars: bool = True
) -> Iterable[Source]:
    """Yield what happened to a symbol in [start, stop): changes of levels, or else quotes, and prints.

    `bars` says whether minute bars are built of them; without sessions there are no auctions.
    """
    depth, quotes, trades = (ticks.get((symbol, kind)) for kind in ("depth", "quotes", "trades"))
    if depth is not None:
        yield within(depth_events(depth(), start_ns), start_ns, stop_ns)
    elif quotes is not None:
        yield within(quote_events(quotes(), bars=bars and trades is None), start_ns, stop_ns)
    if trades is not None:
        prints: Iterable[list[MarketEvent]] = trade_events(trades(), bars)
        if sessions is not None and not is_pair(symbol):
            prints = with_auctions(prints, sessions)
        yield within(prints, start_ns, stop_ns)
