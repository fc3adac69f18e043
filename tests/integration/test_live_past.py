"""A live session shows strategies what the catalogue has of the past, then what the venue tells of the rest, each moment once."""

import os
from datetime import UTC, datetime
from shutil import rmtree

import pytest

from live_scenes import SPEED, records, session, variables
from loops import in_a_loop
from official_client import serving
from tenfold.adapters.clock import SystemClock
from tenfold.app import wiring
from tenfold.app.data import import_file
from tenfold.app.live.sources import variables_of
from tenfold.app.live.venue_account import PACE_S, asked
from tenfold.app.secrets import alpaca_keys
from tenfold.app.settings import load_settings
from tenfold.domain.errors import DataError, UnknownNameError
from tenfold.domain.events import Past, Reconciled, Started
from tenfold.domain.market import BarSet
from tenfold.domain.units import NS_PER_DAY, NS_PER_MINUTE, NS_PER_SECOND
from tenfold.exchange.opening import MADE_UP_START_NS

FRIDAY_NS = MADE_UP_START_NS - 3 * NS_PER_DAY
"""The open of the session before the one in which the exchange begins."""
KEPT = 200
"""Minutes of it that the catalogue has; the venue knows all of it, at other prices."""


@pytest.fixture(scope="module")
def exchange():
    with serving(speed=SPEED, symbols=("AAPL",)) as opened:
        yield opened


def import_minutes(folder, columns="", more=""):
    """Import the first minutes of Friday, which close at 10,000 and upwards."""
    opens_ns = (FRIDAY_NS + n * NS_PER_MINUTE for n in range(KEPT))
    times = (datetime.fromtimestamp(one // NS_PER_SECOND, UTC) for one in opens_ns)
    path = folder / "minutes.csv"
    path.write_text(
        f"time,open,high,low,close,volume{columns}\n"
        + "".join(f"{one:%Y-%m-%d %H:%M:%S},{n},{n},{n},{n},5{more}\n" for n, one in enumerate(times, 10_000))
    )
    import_file(path, symbol="AAPL", stamp="open", period="1m", columns=[one for one in columns.split(",") if one])


def traded(exchange, folder, **more):
    """Trade until a new bar was decided on, and return what the journal holds."""

    async def scene():
        async with session(exchange, folder, **{"catalogue": True, "past_days": 4, **more}) as one:
            count = len(one.shown)
            await one.until(lambda: one.shown[count:] and one.shown[-1].number)
            await one.ended()

    in_a_loop(scene())
    return records(folder)


def test_the_catalogue_comes_first_and_the_venue_tells_the_rest(exchange, tmp_path):
    import_minutes(tmp_path)
    kept = traded(exchange, tmp_path)
    past = [one.bars for one in kept if isinstance(one, Past)]
    assert [one.bars[0].close for one in past[:KEPT]] == [float(n) for n in range(10_000, 10_000 + KEPT)]
    assert past[0].ts_ns == FRIDAY_NS + NS_PER_MINUTE
    rest = past[KEPT:]
    assert rest[0].ts_ns == FRIDAY_NS + (KEPT + 1) * NS_PER_MINUTE
    assert all(one.bars[0].close < 10_000.0 for one in rest)
    sets = [*past, *(one for one in kept if isinstance(one, BarSet))]
    assert [one.ts_ns for one in sets] == sorted({one.ts_ns for one in sets})
    assert len([one for one in past if one.ts_ns < MADE_UP_START_NS]) > 380  # minutes without a print are no bars
    again = traded(exchange, tmp_path)  # what the run has seen is not shown again
    for told in (kept, again[len(kept) :]):  # the account is known before anything is measured by it, or decided
        kinds = [type(one) for one in told]
        assert kinds.index(Reconciled) < min(kinds.index(kind) for kind in (Past, BarSet) if kind in kinds)
    more = [one.bars.ts_ns for one in again[len(kept) :] if isinstance(one, Past)]
    assert all(ts_ns > sets[-1].ts_ns for ts_ns in more)


def test_a_past_that_cannot_be_shown_ends_the_session_in_one_line(exchange, tmp_path):
    import_minutes(tmp_path, ",mood", ",1")
    with pytest.raises(DataError, match=r"further columns \(mood\), which no venue tells: leave out --catalogue"):
        traded(exchange, tmp_path)


def test_a_run_goes_on_where_the_catalogue_was_changed_meanwhile(exchange, tmp_path):
    import_minutes(tmp_path)
    count = len(traded(exchange, tmp_path))
    import_minutes(tmp_path, ",mood", ",1")
    again = traded(exchange, tmp_path)[count:]
    assert [one for one in again if isinstance(one, BarSet)]


def test_a_run_goes_on_where_the_catalogue_was_lost_meanwhile(exchange, tmp_path):
    import_minutes(tmp_path)
    count = len(traded(exchange, tmp_path))
    store = wiring.bar_store()
    rmtree(store.root)
    again = traded(exchange, tmp_path)[count:]
    assert [one for one in again if isinstance(one, BarSet)]
    with pytest.raises(UnknownNameError, match="AAPL"):  # one that begins is to be told so
        traded(exchange, tmp_path, name="another")


def test_the_first_day_that_is_shown_is_shown_whole(exchange, tmp_path):
    """Else its bars would be counted from the hour of the start on."""
    kept = traded(exchange, tmp_path, catalogue=False, past_days=3)
    first = next(one for one in kept if isinstance(one, Past))
    begun_ns = next(one.ts_ns for one in kept if isinstance(one, Started))
    assert begun_ns - 3 * NS_PER_DAY > FRIDAY_NS + NS_PER_MINUTE
    assert (first.bars.bars[0].open_ns, first.bars.bars[0].session_bar) == (FRIDAY_NS, 0)


def test_sessions_are_known_from_long_before_what_is_shown_at_first(exchange):
    """Else a run that stood still for longer is not shown what closed since it last saw a bar."""
    chosen = load_settings(environment={**os.environ, **variables(exchange)})
    keys = alpaca_keys(chosen.alpaca, variables_of(chosen.feeds))
    venue = in_a_loop(asked(chosen.alpaca, keys, ["AAPL"], 1, print))
    assert venue.sessions is not None
    assert venue.sessions[0].open_ns < MADE_UP_START_NS - 360 * NS_PER_DAY
    assert venue.sessions[-1].open_ns > MADE_UP_START_NS + 360 * NS_PER_DAY


@pytest.mark.parametrize("back_s", [0.2, 5.0])
def test_the_pace_of_a_venue_is_none_of_a_clock_that_is_set_meanwhile(exchange, monkeypatch, back_s):
    """As at the start of a machine, when the network is there."""
    chosen = load_settings(environment={**os.environ, **variables(exchange)})
    keys = alpaca_keys(chosen.alpaca, variables_of(chosen.feeds))
    rate = in_a_loop(asked(chosen.alpaca, keys, ["AAPL"], 1, print)).clock.rate

    class SetBack(SystemClock):
        """Be set back a moment after the first look."""

        begun_ns = 0

        def now_ns(self):
            self.begun_ns = self.begun_ns or self.monotonic_ns()
            late = self.monotonic_ns() - self.begun_ns > PACE_S / 4 * NS_PER_SECOND
            return super().now_ns() - (round(back_s * NS_PER_SECOND) if late else 0)

    set_back = SetBack()
    monkeypatch.setattr(wiring, "clock", lambda: set_back)
    assert in_a_loop(asked(chosen.alpaca, keys, ["AAPL"], 1, print)).clock.rate == pytest.approx(rate, rel=0.2)
