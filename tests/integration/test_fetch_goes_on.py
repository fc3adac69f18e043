"""A fetch asks for what is missing, goes on where it was cut off, and neither doubles nor loses a bar."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from loopback import HOUR_MS, price, serving
from tenfold.adapters.clock import FixedClock
from tenfold.adapters.files.http import HttpSource
from tenfold.app.data import list_sets, load_bars
from tenfold.app.fetching import fetch_bars
from tenfold.app.importing import import_file
from tenfold.domain.bars import BAR
from tenfold.domain.errors import DataError, ParameterError, SourceError
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR
from tenfold.market.series import ACTION

NOW = 20_000 * NS_PER_DAY


@pytest.fixture
def server():
    with serving() as found:
        yield found


class Waiting:
    """Count the pauses, and let the clock go on by them."""

    def __init__(self, clock):
        self.clock = clock
        self.pauses = []

    def __call__(self, seconds):
        self.pauses.append(seconds)
        self.clock.advance(int(seconds * 1e9))


def fetch(server, symbols="X", start="2022-01-08", end="2022-01-31", *, bars=100, now_ns=NOW, **options):
    clock = FixedClock(now_ns)
    source = HttpSource(server.template, requests_per_s=1000.0, bars=bars)
    return fetch_bars(source, symbols, start=start, end=end, every="1h", clock=clock, pause=Waiting(clock), **options)


def assert_whole(symbol="X", start="2022-01-08", end="2022-01-31"):
    first, last = (int(np.datetime64(day, "h").astype(int)) for day in (start, end))
    bars = load_bars(symbol, period="1h", adjust="raw")
    assert bars.ts_ns.tolist() == [hour * NS_PER_HOUR for hour in range(first, last + 24)]
    assert bars.rows["close"][:, 0].tolist() == [price((hour - 1) * HOUR_MS) for hour in range(first, last + 24)]


def test_what_is_there_is_not_asked_for_again(server, home):
    told = []
    report = fetch(server, told=told.append)
    assert (report.requests, report.rows, len(told)) == (6, 576, 6)
    assert "576 bars of X from 127.0.0.1 in 6 requests" in report.lines()[0]
    assert_whole()
    again = fetch(server)
    assert (again.requests, again.stored) == (0, ())
    longer = fetch(server, start="2022-01-05", end="2022-02-02")
    assert longer.requests == 2  # three days before, two days after
    assert_whole(start="2022-01-05", end="2022-02-02")
    assert not (home / "catalogue" / "fetched").exists()


def test_a_bar_that_is_still_open_is_left_out_and_fetched_once_it_has_closed(server):
    now_ns = int(np.datetime64("2022-01-08T05:30", "ns").astype(int))
    server.last_ms = now_ns // 10**6
    fetch(server, end=None, now_ns=now_ns)
    assert load_bars("X").ts_ns[-1] == int(np.datetime64("2022-01-08T05:00", "ns").astype(int))
    later_ns = now_ns + 4 * NS_PER_HOUR
    server.last_ms = later_ns // 10**6
    assert fetch(server, end=None, now_ns=later_ns).requests == 1
    assert len(load_bars("X")) == 10


def test_what_a_source_publishes_late_is_asked_for_again(server):
    now_ns = int(np.datetime64("2022-01-31T23:30", "ns").astype(int))
    server.last_ms = int(np.datetime64("2022-01-31T06", "ms").astype(int))
    fetch(server, now_ns=now_ns)
    server.last_ms = 1 << 62
    assert fetch(server, now_ns=now_ns + NS_PER_HOUR).requests == 1
    assert_whole()


def test_a_source_that_fails_is_asked_again_with_patience(server):
    server.script = [(503, {}, ""), (429, {"Retry-After": "9"}, ""), (500, {}, "")]
    clock = FixedClock(NOW)
    waiting = Waiting(clock)
    source = HttpSource(server.template, requests_per_s=2.0, bars=1000)
    fetch_bars(source, "X", start="2022-01-08", end="2022-01-31", every="1h", clock=clock, pause=waiting)
    assert_whole()
    assert waiting.pauses == [1.0, 9.0, 4.0]  # the pauses are longer than the pace asks for


def test_the_pace_of_a_source_is_kept(server):
    clock = FixedClock(NOW)
    waiting = Waiting(clock)
    source = HttpSource(server.template, requests_per_s=2.0, bars=100)
    fetch_bars(source, "X", start="2022-01-08", end="2022-01-31", every="1h", clock=clock, pause=waiting)
    assert waiting.pauses == [0.5] * 5


def test_a_source_that_stays_away_keeps_what_was_fetched(server):
    server.script = [(200, {}, None), (200, {}, None), *[(503, {}, "")] * 6]
    with pytest.raises(SourceError, match="answers 503 after 6 tries; what was fetched is kept"):
        fetch(server)
    assert list_sets() == []
    assert fetch(server).requests == 4  # two of six pages are there
    assert_whole()


def test_a_source_that_has_nothing_says_so(server):
    server.first_ms = 1 << 60
    with pytest.raises(DataError, match=r"127\.0\.0\.1 has no 1h bars of X between the given dates"):
        fetch(server)
    assert list_sets() == []


def test_bars_from_elsewhere_are_not_mixed(server, tmp_path):
    (tmp_path / "X.csv").write_text("date,close\n2022-01-08 01:00,5\n2022-01-08 02:00,6\n")
    import_file(tmp_path / "X.csv")
    with pytest.raises(DataError, match=r"X is in the catalogue from X\.csv; bars of 127\.0\.0\.1 would be mixed"):
        fetch(server)


@pytest.mark.parametrize(
    ("start", "end", "symbols"), [("2022-02-01", "2022-01-01", "X"), (None, None, "X"), ("2022-01-01", None, " ")]
)
def test_what_cannot_be_asked_for_ends_in_one_line(server, start, end, symbols):
    with pytest.raises(ParameterError, match=r"before the end|needs at least one symbol and a start"):
        fetch(server, symbols, start, end)


class Splitting:
    """A source whose prices are adjusted: a split halves all that came before it."""

    def __init__(self, adjustment="split"):
        self.split_day = None
        self.kind = adjustment
        self.asked = 0

    def name(self):
        return "splitting"

    def pace(self):
        return 1000.0, 10_000

    def adjustment(self):
        return self.kind

    def fetch(self, symbol, period_ns, start_ns, stop_ns):
        self.asked += 1
        days = np.arange(-(-start_ns // NS_PER_DAY), stop_ns // NS_PER_DAY)
        rows = np.zeros(len(days), BAR)
        rows["open_ns"], rows["ts_ns"] = days * NS_PER_DAY, (days + 1) * NS_PER_DAY - 1
        for name in ("open", "high", "low", "close"):
            rows[name] = 100.0 if self.split_day is None else np.where(days < self.split_day, 50.0, 50.5)
        rows["volume"] = 5.0
        actions = np.zeros(len(days), ACTION)
        actions["day"] = actions["known_day"] = days
        actions["split"] = np.where(days == (self.split_day or -1), 2.0, 1.0)
        actions["dividend"] = np.where(days % 10 == 0, 0.5, 0.0)
        return rows, actions[(actions["split"] != 1.0) | (actions["dividend"] != 0.0)]


def daily(source, end_day):
    clock = FixedClock((end_day + 1) * NS_PER_DAY)
    return fetch_bars(source, "S", start="2022-01-08", every="1d", clock=clock, pause=Waiting(clock))


def test_a_split_changes_history_and_all_is_fetched_again():
    source = Splitting()
    daily(source, 19_050)
    source.split_day = 19_060
    report = daily(source, 19_070)
    assert source.asked == 3
    assert "S was split since its last fetch" in report.lines()[1]
    bars = load_bars("S", adjust="split")
    assert bars.rows["close"][0, 0] == 50.0
    assert len(bars) == 71
    assert bars.rows["dividend"][:, 0].sum() == pytest.approx(0.5 * 8)
    assert daily(source, 19_071).requests == 1  # the split is known now


def test_prices_adjusted_for_dividends_are_fetched_anew_each_time():
    source = Splitting("total")
    daily(source, 19_050)
    assert daily(source, 19_060).rows == 61


SCRIPT = """
import sys
from tenfold.adapters.files.http import HttpSource
from tenfold.app.fetching import fetch_bars
source = HttpSource(sys.argv[1], requests_per_s=1000.0, bars=24)
fetch_bars(source, "X", start="2022-01-08", end="2022-01-31", every="1h")
"""


def test_a_fetch_that_is_killed_goes_on_and_neither_doubles_nor_loses_a_bar(server, home):
    server.delay_s = 0.05
    for _ in range(2):
        before = len(server.asked)
        with subprocess.Popen(
            [sys.executable, "-c", SCRIPT, server.template], env={**os.environ, "TENFOLD_HOME": str(home)}
        ) as run:
            while len(server.asked) < before + 7:
                assert run.poll() is None
                time.sleep(0.01)
            run.send_signal(signal.SIGKILL)
    assert list_sets() == []
    server.delay_s = 0.0
    kept = list((home / "catalogue" / "fetched").rglob("*.parquet"))
    assert len([path for path in kept if not path.name.startswith(".")]) >= 10
    subprocess.run(
        [sys.executable, "-c", SCRIPT, server.template], check=True, env={**os.environ, "TENFOLD_HOME": str(home)}
    )
    assert_whole()
    assert len(server.asked) <= 24 + 4  # no more than the page under way is asked for twice, at each kill
    assert not (home / "catalogue" / "fetched").exists()
