"""The catalogue keeps raw prices, actions and names, and adjusts on reading."""

import resource
import subprocess
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from tenfold.adapters.calendar import calendar_sessions
from tenfold.adapters.parquet.catalogue import Catalogue, Name
from tenfold.adapters.parquet.storage import Staging, decode_name, encode_name
from tenfold.domain.errors import DataError, StorageError, UnknownNameError
from tenfold.domain.market import Flag
from tenfold.domain.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE
from tenfold.market.quality_bars import check
from tenfold.market.series import ACTION, Series
from tenfold.market.synthetic import random_walk


def series(symbol="AAA", count=300, seed=1, period_ns=NS_PER_DAY, **more):
    rows = random_walk(count, [symbol], seed=seed, period_ns=period_ns).rows[:, 0].copy()
    return Series(symbol=symbol, rows=rows, period_ns=period_ns, **more)


def actions(one, *stated):
    """Return actions from (row, split, dividend, days until known)."""
    made = np.zeros(len(stated), ACTION)
    for k, (row, split, dividend, later) in enumerate(stated):
        day = int(one.rows["session"][row])
        made[k] = (day, split, dividend, day + later)
    return made


def with_split(symbol="AAA"):
    """Return raw bars: 2 for 1 at row 200, 1.5 in cash at row 100."""
    one = series(symbol)
    for name in ("open", "high", "low", "close"):
        one.rows[name][:200] *= 2.0
    one.rows["volume"][:200] /= 2.0
    return replace(one, actions=actions(one, (100, 1.0, 1.5, 0), (200, 2.0, 0.0, 0)), actions_known=True)


def save(store, *made):
    for one in made:
        store.save(*check(one))


@pytest.fixture
def store(tmp_path):
    return Catalogue(tmp_path / "catalogue")


def test_what_is_saved_comes_back(store):
    one = with_split()
    checked, report = check(one)
    store.save(checked, report)
    back, told = store.load_series("AAA")
    assert told == report
    for name in ("ts_ns", "open_ns", "open", "high", "low", "close", "volume", "bid", "ask", "flags", "session"):
        assert np.array_equal(back.rows[name], checked.rows[name], equal_nan=True)
    assert back.actions.tolist() == one.actions.tolist()
    assert store.symbols() == ["AAA"]
    assert [info.symbol for info in store.sets()] == ["AAA"]
    assert not list(store.root.rglob(".part-*"))


def test_prices_are_adjusted_on_reading(store):
    save(store, with_split())
    clean = series().rows
    raw = store.load(["AAA"], adjust="raw").rows[:, 0]
    split = store.load(["AAA"], adjust="split").rows[:, 0]
    total = store.load(["AAA"], adjust="total").rows[:, 0]
    assert raw["close"][0] == clean["close"][0] * 2.0
    assert raw["dividend"][100] == 1.5
    assert np.allclose(split["close"], clean["close"])
    assert np.allclose(split["volume"], clean["volume"])
    assert split["dividend"][100] == 0.75
    assert split["dividend"].sum() == 0.75
    paid = 1.0 - 1.5 / raw["close"][99]
    assert np.allclose(total["close"][:100], clean["close"][:100] * paid)
    assert np.allclose(total["close"][100:], clean["close"][100:])
    assert not total["dividend"].any()


def test_importing_again_replaces_the_actions_of_its_span(store):
    one = with_split()
    save(store, one)
    save(store, replace(one, actions=actions(one, (200, 2.0, 0.0, 0))))
    assert store.actions("AAA")["split"].tolist() == [2.0]
    store.save_actions({"AAA": actions(one, (50, 1.0, 0.3, 0))})
    save(store, replace(one.take(np.arange(150, 300)), actions=actions(one, (200, 2.0, 0.0, 0))))
    assert store.actions("AAA")["dividend"].tolist() == [0.3, 0.0]


def test_splits_of_raw_prices_do_not_touch_adjusted_ones(store):
    save(store, with_split())
    save(store, series(adjustment="split"))
    assert store.load(["AAA"]).rows["close"][0, 0] == series().rows["close"][0]
    save(store, series(adjustment="total"))
    assert store.load(["AAA"]).rows["close"][0, 0] == series().rows["close"][0]


def test_wealth_is_the_same_in_every_adjustment(store):
    save(store, with_split())
    growth = []
    for mode in ("raw", "split", "total"):
        rows = store.load(["AAA"], adjust=mode).rows[:, 0]
        shares = 1.0
        for t in range(1, 300):
            if mode == "raw" and t == 200:
                shares *= 2.0
            shares *= 1.0 + rows["dividend"][t] / (rows["close"][t - 1] - rows["dividend"][t])
        growth.append(shares * rows["close"][-1] / rows["close"][0])
    assert np.allclose(growth, growth[0])


def test_nothing_later_is_used_as_of_a_day(store):
    one = with_split()
    save(store, replace(one, actions=actions(one, (100, 1.0, 1.5, 30), (200, 2.0, 0.0, 0))))
    session = one.rows["session"]
    early = store.load(["AAA"], adjust="total", as_of_day=int(session[150]))
    assert len(early) == 151
    assert early.rows["close"][0, 0] == pytest.approx(one.rows["close"][0] * (1.0 - 1.5 / one.rows["close"][99]))
    unknown = store.load(["AAA"], adjust="total", as_of_day=int(session[101]))
    assert unknown.rows["close"][0, 0] == one.rows["close"][0]
    assert store.load(["AAA"], adjust="split", as_of_day=int(session[250])).rows["close"][0, 0] == pytest.approx(
        one.rows["close"][0] / 2.0
    )


def test_an_adjusted_source_cannot_go_back(store):
    save(store, series("ADJ", adjustment="total"), series("SPL", adjustment="split"))
    with pytest.raises(DataError, match="stored total-adjusted and has no raw prices"):
        store.load(["ADJ"], adjust="raw")
    assert store.load(["ADJ"], adjust="total").adjustment == "total"
    assert store.load(["SPL"], adjust="total").adjustment == "split"
    with pytest.raises(DataError, match="expected raw, split or total"):
        store.load(["ADJ"], adjust="none")


def test_absent_bars_are_marked_and_never_filled(store):
    late = series("BBB", seed=2)
    save(store, series(), late.take(np.arange(100, 300)))
    bars = store.load(["AAA", "BBB"])
    assert bars.rows.shape == (300, 2)
    assert (bars.rows["flags"][:100, 1] == int(Flag.MISSING)).all()
    assert np.isnan(bars.rows["close"][:100, 1]).all()
    assert bars.usable[100:].all()
    assert bars.sources["BBB"]["absent"] == 100
    assert bars.sources["AAA"]["score"] == 100.0


def test_bad_rows_stay_flagged_and_duplicates_are_told(store):
    one = series()
    one.rows["close"][10] = np.nan
    one = one.take(np.append(np.arange(300), 20))
    save(store, one)
    bars = store.load(["AAA"])
    assert len(bars) == 300
    assert not bars.usable[10, 0]
    assert bars.rows["flags"][10, 0] & int(Flag.NAN_PRICE)
    assert bars.sources["AAA"]["left_out"] == 1
    assert bars.sources["AAA"]["counts"] == {"missing_price": 1, "duplicate": 1, "disorder": 1}


def test_a_rename_is_followed(store):
    old, new = series("FB"), series("META", seed=2)
    day = int(old.rows["session"][150])
    save(store, old.take(np.arange(180)), new.take(np.arange(120, 300)))
    store.save_name(Name(symbol="FB", day=day, renamed_to="META"))
    bars = store.load(["FB"])
    assert bars.symbols == ("FB",)
    assert len(bars) == 300
    assert bars.rows["close"][149, 0] == old.rows["close"][149]
    assert bars.rows["close"][150, 0] == new.rows["close"][150]
    assert "FB was renamed to META" in bars.sources["FB"]["notes"][-1]


def test_a_rename_into_a_circle_is_refused(store):
    save(store, series("A"), series("B"))
    store.save_name(Name(symbol="A", day=14_700, renamed_to="B"))
    store.save_name(Name(symbol="B", day=14_800, renamed_to="A"))
    with pytest.raises(DataError, match="circle"):
        store.load(["A"])
    with pytest.raises(DataError, match="cannot be renamed to itself"):
        store.save_name(Name(symbol="A", day=1, renamed_to="A"))


def test_sets_of_different_adjustment_cannot_be_joined(store):
    save(store, series("A"), series("B", adjustment="split"))
    store.save_name(Name(symbol="A", day=14_700, renamed_to="B"))
    with pytest.raises(DataError, match="cannot be joined"):
        store.load(["A"])


def test_a_delisted_symbol_ends_and_says_so(store):
    one = series("WMI")
    save(store, one, series("AAA"))
    store.save_name(Name(symbol="WMI", day=int(one.rows["session"][200]), reason="bankruptcy"))
    bars = store.load(["WMI", "AAA"])
    assert bars.usable[:200, 0].all()
    assert not bars.usable[200:, 0].any()
    assert "delisted" in bars.sources["WMI"]["notes"][-1]
    assert "bankruptcy" in bars.sources["WMI"]["notes"][-1]


def test_several_periods_must_be_told_apart(store):
    save(store, series(), series(count=600, period_ns=NS_PER_HOUR), series("BBB"))
    with pytest.raises(DataError, match="several periods \\(1h, 1d\\)"):
        store.load(["AAA"])
    assert store.load(["AAA"], period="1h").period_ns == NS_PER_HOUR
    with pytest.raises(UnknownNameError, match="has no 5m bars, expected one of 1d, 1h"):
        store.load(["AAA"], period="5m")
    save(store, series("CCC", count=600, period_ns=NS_PER_HOUR))
    with pytest.raises(DataError, match="different periods"):
        store.load(["BBB", "CCC"])


def test_an_unknown_symbol_names_what_was_likely_meant(store):
    with pytest.raises(UnknownNameError, match="nothing is known here"):
        store.load(["AAPL"])
    save(store, series("AAPL"))
    with pytest.raises(UnknownNameError, match="did you mean AAPL"):
        store.load(["APPL"])


@pytest.mark.parametrize(
    "symbol", ["BTC/USDT", "XRP/USDT:USDT", "../../etc", ".", "..", "^GSPC", "BRK.B", "a b", "Ü", "con|x"]
)
def test_any_symbol_is_a_safe_name(store, symbol):
    assert decode_name(encode_name(symbol)) == symbol
    save(store, series(symbol))
    assert store.symbols() == [symbol]
    assert all(store.root in path.parents for path in store.root.rglob("*.parquet"))


def test_a_damaged_file_ends_in_one_line(store):
    save(store, series())
    path = next(store.root.rglob("1d.parquet"))
    content = path.read_bytes()
    for broken in (b"", b"PAR1", content[: len(content) // 2], b"garbage" * 99):
        path.write_bytes(broken)
        with pytest.raises(DataError, match="damaged"):
            store.load(["AAA"])
    import polars as pl

    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(DataError, match="was not written by Tenfold"):
        store.load(["AAA"])
    store.save(*check(series()))
    (store.root / "names.parquet").write_bytes(b"x")
    with pytest.raises(DataError, match="damaged"):
        store.load(["AAA"])


def test_a_file_without_a_column_ends_in_one_line(store):
    import polars as pl

    save(store, series())
    path = next(store.root.rglob("1d.parquet"))
    told = pl.read_parquet_metadata(path)["tenfold"]
    pl.read_parquet(path).drop("close").write_parquet(path, metadata={"tenfold": told})
    with pytest.raises(DataError, match="lacks a column"):
        store.load(["AAA"])


@contextmanager
def full_disk(folder):
    """Make a folder run out of space: a tiny file system where one can be mounted, else a limit on files."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if mounted.returncode:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 * 1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        if not mounted.returncode:
            subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_leaves_the_set_that_was_there(tmp_path):
    folder = tmp_path / "disk"
    with full_disk(folder):
        store = Catalogue(folder)
        save(store, series(count=100))
        before = next(folder.rglob("1d.parquet")).read_bytes()
        with pytest.raises(StorageError) as caught:
            save(store, series(count=6000, seed=3))
        assert "cannot write" in str(caught.value)
        assert "\n" not in str(caught.value)
        assert next(folder.rglob("1d.parquet")).read_bytes() == before
        assert not list(folder.rglob(".part-*"))
        assert len(store.load(["AAA"])) == 100


def stage(small, large):
    with Staging() as staging:
        staging.add(small, b"x")
        staging.add(large, b"x" * 5000)


def test_a_limit_on_files_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "file"
    with Staging() as staging:
        staging.add(path, b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(StorageError, match="nothing was changed"):
            stage(tmp_path / "small", path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_a_file_ends_in_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError, match="cannot write"):
        save(Catalogue(tmp_path / "file"), series())


def test_bars_follow_the_sessions_of_the_exchange(store):
    one = series()
    days = one.rows["session"]
    sessions = calendar_sessions("XNYS", int(days[0]), int(days[-1]) + 5)
    save(store, one)
    bars = store.load(["AAA"], sessions=sessions)
    first = bars.between(14_614 * NS_PER_DAY, 14_615 * NS_PER_DAY).rows[0, 0]  # 2010-01-05
    assert (first["elapsed_s"], first["remaining_s"]) == (int(6.5 * 3600), 0)
    assert first["open_ns"] == 14_614 * NS_PER_DAY + 14 * NS_PER_HOUR + 30 * NS_PER_MINUTE
    holiday = bars.rows[bars.rows["session"][:, 0] == 14_610][0, 0]  # 2010-01-01 has no session
    assert holiday["ts_ns"] == 14_611 * NS_PER_DAY - 1
    minutes = series("MIN", count=3 * 1440, period_ns=NS_PER_MINUTE)
    minutes = replace(minutes, rows=minutes.rows.copy())
    for name in ("ts_ns", "open_ns"):
        minutes.rows[name] += 3 * NS_PER_DAY  # Monday 2010-01-04
    save(store, minutes)
    bars = store.load(["MIN"], sessions=sessions)
    row = bars.rows[14 * 60 + 30, 0]
    assert (row["elapsed_s"], row["remaining_s"]) == (60, int(6.5 * 3600) - 60)
    store.save_sessions("XNYS", sessions)
    assert store.sessions("XNYS") == sessions
    assert store.sessions("XLON") == []


def test_a_calendar_that_is_not_there_ends_in_one_line():
    with pytest.raises(UnknownNameError, match="calendar 'XNYX' is not known; did you mean"):
        calendar_sessions("XNYX", 14_000, 14_010)
    with pytest.raises(DataError, match="has no sessions") as caught:
        calendar_sessions("XNYS", 14_002, 14_002)
    assert "\n" not in str(caught.value)
