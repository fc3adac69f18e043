"""Charge what a venue asks: by maker and taker, and by what was traded there in the last 30 days."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from tenfold.domain.instrument import Instrument
from tenfold.domain.rules import Costs, FeeSchedule
from tenfold.domain.units import NS_PER_DAY, money_scale

_WINDOW_NS: Final = 30 * NS_PER_DAY


class FeeRates:
    """Hold the fee rates of every symbol, and the volume that moves them.

    A symbol whose venue has a schedule pays by its tier, all others pay `fee_frac` and `fee_maker_frac`.
    """

    def __init__(self, costs: Costs, instruments: Sequence[Instrument]) -> None:
        maker = costs.fee_frac if costs.fee_maker_frac is None else costs.fee_maker_frac
        self._plain = (costs.fee_frac, maker)
        books = {schedule.venue: _Book(schedule) for schedule in costs.schedules}
        self._books = {i.symbol: books[i.venue] for i in instruments if i.venue in books}
        self._money = float(10 ** money_scale(instruments[0].currency))

    def rate(self, symbol: str, ts_ns: int, *, maker: bool) -> float:
        """Return the fee as a fraction of notional."""
        book = self._books.get(symbol)
        if book is None:
            return self._plain[1] if maker else self._plain[0]
        return book.rate(ts_ns, maker)

    def traded(self, symbol: str, ts_ns: int, units: int) -> None:
        """Count a fill of so many money units towards the tier of its venue."""
        book = self._books.get(symbol)
        if book is not None:
            book.add(ts_ns, units / self._money)


class _Book:
    """Hold the volume of one venue over the window."""

    def __init__(self, schedule: FeeSchedule) -> None:
        self._tiers = schedule.tiers
        self._fills: deque[tuple[int, float]] = deque()
        self._volume = 0.0

    def rate(self, ts_ns: int, maker: bool) -> float:
        while self._fills and self._fills[0][0] <= ts_ns - _WINDOW_NS:
            self._fills.popleft()
            self._volume = sum(volume for _, volume in self._fills)  # no error builds up
        tier = [tier for tier in self._tiers if tier.volume_min <= self._volume][-1]
        return tier.maker_frac if maker else tier.taker_frac

    def add(self, ts_ns: int, volume: float) -> None:
        self._fills.append((ts_ns, volume))
        self._volume += volume
