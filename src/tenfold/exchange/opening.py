"""Open an exchange over market data that are given as values, or over a market that is made up."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.bars import Bars
from tenfold.domain.errors import DataError
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, format_ns
from tenfold.exchange.api.assets import assets_of
from tenfold.exchange.api.watchlists import Watchlists
from tenfold.exchange.core import Exchange
from tenfold.exchange.event_log import EventLog
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.gathered import gather
from tenfold.exchange.market.synthetic import SYMBOLS, synthetic_market
from tenfold.exchange.matching.chosen import chosen_matching
from tenfold.exchange.sessions import Sessions
from tenfold.exchange.settings import ExchangeSettings
from tenfold.exchange.trading.trading import Trading
from tenfold.exchange.wire import Ids
from tenfold.market.ticks import Ticks

Reading = Callable[[], Iterator[Ticks]]

MADE_UP_START_NS: Final = 19_786 * NS_PER_DAY + 14 * NS_PER_HOUR + 30 * NS_PER_MINUTE
"""Where a made-up market begins: the opening of Monday, 2024-03-04."""
MADE_UP_DAYS: Final = 30


@dataclass(frozen=True, eq=False)
class MarketData:
    """Hold the data that an exchange plays.

    Attributes
    ----------
    symbols : in the order in which they were named
    span_ns : their first and their last moment
    bars : by period and adjustment, the shortest period first; each on an axis of its own
    ticks : by (symbol, kind), a function that reads them part by part; kinds are "quotes", "trades" and "depth"
    actions : splits and dividends that the prices of a symbol show, records of `market.series.ACTION`
    label : where they came from, for people
    """

    symbols: tuple[str, ...]
    span_ns: tuple[int, int]
    bars: tuple[Bars, ...] = ()
    ticks: Mapping[tuple[str, str], Reading] = field(default_factory=dict)
    actions: Mapping[str, NDArray[np.void]] = field(default_factory=dict)
    label: str = ""


def replayed_span(settings: ExchangeSettings, data: MarketData | None) -> tuple[int, int]:
    """Return the span [start, end) that is replayed, of a made-up market where there are no data.

    Raises DataError where nothing of the data lies in it.
    """
    if data is None:
        return _made_up_span(settings)
    first, last = data.span_ns
    start = first if settings.start_ns is None else max(settings.start_ns, first)
    end = last + 1 if settings.end_ns is None else min(settings.end_ns, last + 1)
    if start >= end:
        raise DataError(f"nothing is to be replayed: {data.label} runs from {format_ns(first)} to {format_ns(last)}")
    return start, end


def open_market(
    settings: ExchangeSettings,
    data: MarketData | None,
    sessions: Sequence[Session],
    log: EventLog,
    activity: float = 1.0,
) -> Exchange:
    """Return an exchange that stands at the beginning of its replay.

    Parameters
    ----------
    data : None makes a market up
    sessions : those of New York around the span that is replayed
    log : what goes in and comes out is written to it
    activity : of a market that is made up, see `synthetic_market`
    """
    start_ns, end_ns = replayed_span(settings, data)
    faults, ids, calendar = Faults(settings.faults, settings.seed), Ids(settings.seed), Sessions(sessions)
    if data is None:
        symbols = settings.symbols or SYMBOLS
        market = synthetic_market(symbols, settings.seed, calendar, start_ns, end_ns, activity=activity, faults=faults)
    else:
        symbols = data.symbols
        market = gather(data.bars, calendar, start_ns, end_ns, ticks=data.ticks, actions=data.actions, faults=faults)
    assets = assets_of(symbols)
    instruments = [] if data is None else [one for bars in data.bars for one in bars.instruments]
    matching = chosen_matching(
        market.kinds, calendar, instruments, queue_model=settings.queue_model, levels=market.latest.levels
    )
    trading = Trading(settings.trading, assets, calendar, matching, market.latest, faults, ids)
    return Exchange(
        settings=settings,
        faults=faults,
        ids=ids,
        sessions=calendar,
        assets=assets,
        latest=market.latest,
        history=market.history,
        replay=market.replay,
        trading=trading,
        watchlists=Watchlists(ids),
        log=log,
        now_ns=start_ns,
    )


def _made_up_span(settings: ExchangeSettings) -> tuple[int, int]:
    start, end = settings.start_ns, settings.end_ns
    if start is None:
        start = MADE_UP_START_NS if end is None else min(MADE_UP_START_NS, end - NS_PER_DAY)
    return start, start + MADE_UP_DAYS * NS_PER_DAY if end is None else end
