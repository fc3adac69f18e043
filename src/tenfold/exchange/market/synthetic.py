"""Make up a market where there are no data: quotes and prints of every day, the same for the same seed.

How it works
------------
A symbol has one path of daily levels since 2016, drawn from the seed and its name: a random walk that is pulled back to where it began,
with a part that all symbols share. A day is drawn from the seed, the name and the date alone, so that any day can be made at any time:
quotes arrive at random, more of them at open and close, and walk from one level to the next; prints take their bid or ask. So what is
asked of the past and what is replayed agree, and nothing is kept but the last few days.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tenfold.domain.errors import ParameterError
from tenfold.domain.session import Session
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE
from tenfold.exchange.events import Auction, Corporate
from tenfold.exchange.faults import Faults
from tenfold.exchange.market.auctions import auctions_of_trades, with_auctions
from tenfold.exchange.market.gathered import Market, opened
from tenfold.exchange.market.quotes import best_quotes, quote_events
from tenfold.exchange.market.replay import Source
from tenfold.exchange.market.rows import CANDLE, Rows, rows_of_trades
from tenfold.exchange.market.sources import edge_events, within
from tenfold.exchange.market.trades import trade_events
from tenfold.exchange.pairs import is_pair
from tenfold.exchange.price_steps import price_step
from tenfold.exchange.sessions import Sessions
from tenfold.market.ticks import Column, Ticks, joined

SYMBOLS: Final = ("AAPL", "MSFT", "NVDA", "AMZN", "SPY", "BTC/USD")
"""What is traded where no symbol is named; the prices have nothing to do with theirs."""

FIRST_DAY: Final = 16_801  # 2016-01-01
PAST_DAYS: Final = 550
"""How far the past of a market reaches back from its start: every day of it has to be made to be shown."""

_DAYS: Final = 20_000
_PULL: Final = 0.005  # of the distance from the first level, a day
_SHARED: Final = 0.6  # of a daily return, with the market
_NIGHT: Final = 0.3  # of a day's move happens before its first quote
_KEPT_DAYS: Final = 6
_QUOTES: Final = 12.0  # a minute in the middle of the day
_TRADES: Final = 5.0
_QUIET: Final = 0.05  # of that, in extended hours
_VENUES: Final = np.array(["NASDAQ", "NYSE", "ARCA", "IEX", "MEMX"])
_MICROSECOND: Final = 1000
_AUCTION_NS: Final = (
    250_000 * _MICROSECOND
)  # from the open to the print of its auction, and from that of the closing one to the close
_AUCTION_LOTS: Final = 50.0  # of an ordinary print

Floats = NDArray[np.float64]
Day = tuple[Ticks, Ticks]


def synthetic_market(
    symbols: Sequence[str],
    seed: int,
    sessions: Sessions,
    start_ns: int,
    stop_ns: int,
    *,
    activity: float = 1.0,
    faults: Faults | None = None,
) -> Market:
    """Return a made-up market of quotes and prints in [start, stop).

    Parameters
    ----------
    symbols : stocks, which follow the sessions, and pairs such as BTC/USD, which trade around the clock
    activity : 1 is a dozen quotes and five prints a minute of each symbol

    Raises ParameterError for an activity that is not above zero, and for times before 2016.
    """
    if not 0.0 < activity <= 1000.0:
        raise ParameterError(f"the activity is {activity:g}, expected more than 0 and at most 1000")
    if start_ns < FIRST_DAY * NS_PER_DAY or stop_ns > (FIRST_DAY + _DAYS) * NS_PER_DAY:
        raise ParameterError("the synthetic market begins in 2016 and ends in 2070; expected times within")
    first_day = start_ns // NS_PER_DAY - PAST_DAYS
    records = {symbol: SyntheticRecord(symbol, seed, sessions, activity, first_day) for symbol in symbols}
    sources: list[Source] = [edge_events(sessions, start_ns, stop_ns)]
    for symbol, record in records.items():
        prints = trade_events(record.parts("trades", start_ns, stop_ns))
        sources.append(within(quote_events(record.parts("quotes", start_ns, stop_ns)), start_ns, stop_ns))
        sources.append(within(prints if is_pair(symbol) else with_auctions(prints, sessions), start_ns, stop_ns))
    return opened(sources, records, dict.fromkeys(records, "quotes"), sessions, start_ns, stop_ns, faults)


class SyntheticRecord:
    """Make any day of one symbol."""

    def __init__(
        self, symbol: str, seed: int, sessions: Sessions, activity: float = 1.0, first_day: int = FIRST_DAY
    ) -> None:
        self.symbol = symbol
        self._first_day = max(first_day, FIRST_DAY + 1)
        self._sessions = sessions
        self._activity = activity
        self._around_the_clock = is_pair(symbol)
        self._key = [seed % (1 << 63), zlib.crc32(symbol.encode())]
        rng = np.random.default_rng(self._key)
        lowest, highest = (0.5, 60_000.0) if self._around_the_clock else (15.0, 450.0)
        self._first = float(np.exp(rng.uniform(np.log(lowest), np.log(highest))))
        self._sigma = float(rng.uniform(0.010, 0.025)) * (2.0 if self._around_the_clock else 1.0)
        shared = np.random.default_rng([self._key[0], 0]).standard_normal(_DAYS)
        own = rng.standard_normal(_DAYS)
        self._levels = _Path(self._sigma * (_SHARED * shared + np.sqrt(1.0 - _SHARED**2) * own))
        self._scale = _scale(self._first)
        self._days: dict[int, Day] = {}
        self._daily: dict[int, Rows] = {}

    def periods(self) -> Sequence[int]:
        """Return the lengths of the bars that there are, the longest first, nanoseconds."""
        return (NS_PER_DAY, NS_PER_MINUTE)

    def rows(self, period_ns: int, start_ns: int, stop_ns: int) -> Rows:
        """Return the bars of a length that begin in [start, stop), (N,) records of `CANDLE`."""
        days = self._sessions_of(start_ns, stop_ns)
        made = [self._day_row(day) if period_ns == NS_PER_DAY else self._minutes(day) for day in days]
        rows = np.concatenate([np.zeros(0, CANDLE), *made])
        return rows[slice(*np.searchsorted(rows["ts_ns"], [start_ns, stop_ns]))]

    def ticks(self, kind: str, start_ns: int, stop_ns: int) -> Ticks | None:
        """Return the "quotes" or "trades" in [start, stop); None where there are none."""
        made = self.parts(kind, start_ns, stop_ns)
        parts = list(best_quotes(made) if kind == "quotes" else made)
        if not parts:
            return None
        ticks = joined(parts)
        return ticks.slice(*(int(at) for at in np.searchsorted(ticks.ts_ns, [start_ns, stop_ns])))

    def auctions(self, start_ns: int, stop_ns: int) -> list[Auction]:
        """Return the auctions in [start, stop)."""
        if self._around_the_clock:
            return []
        found: list[Auction] = []
        for day in self._sessions_of(start_ns, stop_ns):
            trades = self._day(day)[1]
            price, size = trades.numbers("price"), trades.numbers("size")
            found += auctions_of_trades(self.symbol, trades.ts_ns, price, size, self._sessions)
        return [auction for auction in found if start_ns <= auction.ts_ns < stop_ns]

    def actions(self) -> Sequence[Corporate]:
        """Return nothing: no company of this market splits its shares or pays."""
        return ()

    def parts(self, kind: str, start_ns: int, stop_ns: int) -> Iterator[Ticks]:
        """Yield the "quotes" or "trades" of each day that has a part in [start, stop)."""
        for day in self._sessions_of(start_ns, stop_ns):
            yield self._day(day)[0 if kind == "quotes" else 1]

    def _sessions_of(self, start_ns: int, stop_ns: int) -> Iterator[Session]:
        """Yield the days that trade somewhen in [start, stop), those of crypto as sessions of 24 hours of UTC."""
        first = max(start_ns // NS_PER_DAY - 1, self._first_day)
        for day in range(first, min(stop_ns // NS_PER_DAY + 1, FIRST_DAY + _DAYS - 1)):
            if self._around_the_clock:
                session: Session | None = Session(day=day, open_ns=day * NS_PER_DAY, close_ns=(day + 1) * NS_PER_DAY)
            else:
                session = self._sessions.session(day)
            if session is not None:
                begin_ns, end_ns = self._span(session)
                if begin_ns < stop_ns and start_ns < end_ns:
                    yield session

    def _span(self, session: Session) -> tuple[int, int]:
        return (session.open_ns, session.close_ns) if self._around_the_clock else self._sessions.extended(session)

    def _day_row(self, session: Session) -> Rows:
        """Return the bar of a session, (1,), of its prints; (0,) where it has none."""
        if session.day not in self._daily:
            trades = self._day(session)[1]
            first, last = np.searchsorted(trades.ts_ns, [session.open_ns, session.close_ns])
            inside = trades.slice(int(first), int(last))
            zero = np.zeros(len(inside), np.int64)
            row = rows_of_trades(zero, inside.numbers("price"), inside.numbers("size"), NS_PER_DAY)
            row["ts_ns"], row["end_ns"] = session.open_ns, session.close_ns
            self._daily[session.day] = row
        return self._daily[session.day]

    def _minutes(self, session: Session) -> Rows:
        trades = self._day(session)[1]
        return rows_of_trades(trades.ts_ns, trades.numbers("price"), trades.numbers("size"), NS_PER_MINUTE)

    def _day(self, session: Session) -> Day:
        found = self._days.pop(session.day, None) or self._made(session)
        self._days[session.day] = found  # the last that was asked for stands last
        if len(self._days) > _KEPT_DAYS:
            del self._days[next(iter(self._days))]
        return found

    def _made(self, session: Session) -> Day:
        rng = np.random.default_rng([*self._key, session.day])
        begin_ns, end_ns = self._span(session)
        minutes = np.arange(begin_ns, end_ns, NS_PER_MINUTE)
        busy, shaky = self._shape(session, minutes)
        firsts = np.array([begin_ns, session.open_ns])  # there always is a quote to open with
        quote_ns = _moments(rng, minutes, busy * _QUOTES * self._activity, firsts)
        crossed = [session.open_ns + _AUCTION_NS, session.close_ns - _AUCTION_NS]
        crossed_ns = np.array([] if self._around_the_clock else crossed, np.int64)
        trade_ns = _moments(rng, minutes, busy * _TRADES * self._activity, crossed_ns)
        minute = (quote_ns - begin_ns) // NS_PER_MINUTE
        per_minute = np.bincount(minute, minlength=len(minutes))[minute]
        shocks = rng.standard_normal(len(quote_ns)) * np.sqrt(shaky[minute] / per_minute) * self._sigma
        place = session.day - FIRST_DAY
        before, level = self._levels[place - 1], self._levels[place]
        path = before + _NIGHT * (level - before) + np.cumsum(shocks)
        path += (np.arange(len(path)) + 1.0) / len(path) * (level - path[-1])
        bid, width = self._quoted(rng, self._first * np.exp(path), busy[minute])
        quotes: dict[str, Column] = {
            "bid": bid / self._scale,
            "ask": (bid + width) / self._scale,
            "bid_size": self._sizes(rng, len(bid)),
            "ask_size": self._sizes(rng, len(bid)),
        }
        at = np.searchsorted(quote_ns, trade_ns, side="right") - 1
        taken = bid[at] + width[at] * rng.integers(0, 2, len(at))
        trades = {
            "price": taken / self._scale,
            "size": np.where(np.isin(trade_ns, crossed_ns), _AUCTION_LOTS, 1.0) * self._lots(rng, len(at)),
            "late_ns": np.zeros(len(at), np.int64),
            "exchange": _VENUES[rng.integers(0, len(_VENUES), len(at))],
        }
        return Ticks(self.symbol, "quotes", quote_ns, quotes), Ticks(self.symbol, "trades", trade_ns, trades)

    def _shape(self, session: Session, minutes: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return how busy and how shaky each minute is, (M,): most at open and close; the shaky ones add up to 1."""
        if self._around_the_clock:
            busy = 1.0 + 0.4 * np.sin((minutes % NS_PER_DAY) / NS_PER_DAY * 2.0 * np.pi - 2.0)
        else:
            through = (minutes - session.open_ns) / (session.close_ns - session.open_ns)
            inside = (through >= 0.0) & (through < 1.0)
            busy = np.where(inside, 0.7 + 1.8 * (2.0 * through - 1.0) ** 4, _QUIET)
        shaky = busy * busy
        return busy, shaky / shaky.sum()

    def _quoted(self, rng: np.random.Generator, mid: Floats, busy: Floats) -> tuple[Floats, Floats]:
        """Return bids and spreads, in ticks."""
        width = rng.integers(1, 4, len(mid)) + np.where(busy < 0.2, rng.integers(2, 8, len(mid)), 0)
        return np.maximum(np.floor(mid * self._scale - 0.5 * width), 1.0), width.astype(np.float64)

    def _sizes(self, rng: np.random.Generator, count: int) -> Floats:
        if self._around_the_clock:
            return np.round(rng.exponential(20_000.0, count) / self._first + 1e-4, 4)
        return rng.integers(1, 12, count) * np.float64(100.0)

    def _lots(self, rng: np.random.Generator, count: int) -> Floats:
        if self._around_the_clock:
            return np.round(rng.exponential(3_000.0, count) / self._first + 1e-4, 4)
        return np.maximum(np.rint(np.exp(4.2 + 0.9 * rng.standard_normal(count))), 1.0).astype(np.float64)


class _Path:
    """Walk as far as somebody asks: at random, and pulled back to 0."""

    def __init__(self, shocks: Floats) -> None:
        self._shocks = shocks
        self._levels: list[float] = []

    def __getitem__(self, place: int) -> float:
        walked = self._levels
        if place >= len(walked):
            level = walked[-1] if walked else 0.0
            for shock in self._shocks[len(walked) : place + 1].tolist():
                level += shock - _PULL * level
                walked.append(level)
        return walked[place]


def _scale(price: float) -> float:
    """Return ticks in a dollar, about a ten-thousandth of the price."""
    return 1.0 / price_step(price) if price < 1.0 else 100.0


def _moments(
    rng: np.random.Generator, minutes: NDArray[np.int64], rates: Floats, fixed: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the moments of random arrivals in minutes, and fixed ones, in order, in full microseconds."""
    counts = rng.poisson(rates)
    within_ns = rng.integers(0, NS_PER_MINUTE // _MICROSECOND, int(counts.sum())) * _MICROSECOND
    return np.sort(np.concatenate([np.repeat(minutes, counts) + within_ns, fixed]))
