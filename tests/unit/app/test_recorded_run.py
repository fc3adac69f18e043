"""A run that is rebuilt from its journal is the run that was, and its twin the backtest of the same bars."""

import dataclasses
import threading
import tracemalloc

import numpy as np
import pytest
from msgspec.structs import replace

from ladder_scenes import lowered, on_stage
from paper_traders import traded, trader_file
from tenfold.app.facade import rules_of, voters_of
from tenfold.app.journal_head import deciding, described, head_of, started
from tenfold.app.ladder_records import add_record, read_records
from tenfold.app.recorded_run import recorded_run
from tenfold.app.wiring import begin_journal, open_journal
from tenfold.backtesting.eventful import run_events
from tenfold.domain.conditions import Conditions, SymbolCondition
from tenfold.domain.errors import JournalError
from tenfold.domain.events import CashFlow, Fitness, Past, PositionRestated, Resume
from tenfold.domain.market import BarSet, Flag
from tenfold.domain.order import Fill
from tenfold.domain.rules import Costs, Limits, Sizing
from tenfold.market.synthetic import random_walk
from tenfold.research.promotion import Standing

OBJECT = """
class Mean:
    window = 5

    def on_bar(self, window):
        return 1.0 if window["close"][-1] > window["close"].mean() else -1.0
"""


def read(target, run=""):
    kept = open_journal(str(target), run)
    try:
        return recorded_run(kept)
    finally:
        kept.close()


def object_file(folder):
    (folder / "mean.py").write_text(OBJECT)
    return f"{folder / 'mean.py'}:Mean"


@pytest.mark.parametrize(
    "strategy", [object_file, lambda folder: trader_file(folder, 2)], ids=["object", "its own orders"]
)
def test_a_run_is_rebuilt_as_it_was(tmp_path, strategy):
    bars = random_walk(70, ["AAA", "BBB"], seed=5)
    was = traded(strategy(tmp_path), tmp_path, bars=bars).result.run
    found = read(tmp_path / "journal.db")
    assert found.differences == 0
    assert len(was.fills) > 5
    for run in (found.run, found.twin):
        assert run.equity_units.tolist() == was.equity_units.tolist()
        assert run.lots.tolist() == was.lots.tolist()
        assert run.fills[["bar", "symbol", "lots"]].tolist() == was.fills[["bar", "symbol", "lots"]].tolist()
    assert np.array_equal(found.run.bars.ts_ns, was.bars.ts_ns)
    assert found.run.bars.period_ns == was.bars.period_ns


def test_what_warmed_the_strategies_warms_the_twin_too(tmp_path):
    was = traded(object_file(tmp_path), tmp_path, bars=random_walk(40, ["AAA"], seed=5)).result.run

    def warmed(records):
        bars = [one for one in records if isinstance(one, BarSet)]
        begin = bars[20].bars[0].open_ns
        past = [Past(ts_ns=begin, bars=one) for one in bars[:20]]
        return [records[0], *past, *bars[20:]]

    on_stage(tmp_path / "journal.db", "run-1", "later", "shadow", change=warmed)
    found = read(tmp_path / "journal.db", "later")
    assert len(found.run.bars) == len(was.bars) - 20
    assert found.twin.direction[0].any()  # it has an opinion at the first bar


@pytest.mark.parametrize(("kind", "earned"), [("DIV", 12.5), ("FEE", -12.5), ("deposit", 0.0)])
def test_what_an_account_earns_and_pays_counts_and_what_is_paid_in_does_not(tmp_path, kind, earned):
    was = traded(object_file(tmp_path), tmp_path, bars=random_walk(40, ["AAA"], seed=5)).result.run
    units = int((earned or 500.0) * 1_000_000)

    def paid(records):
        place = [at for at, one in enumerate(records) if isinstance(one, BarSet)][20]
        flow = CashFlow(ts_ns=records[place].ts_ns - 1, flow_id="f", kind=kind, units=units, symbol="AAA")
        return [*records[:place], flow, *records[place:]]

    on_stage(tmp_path / "journal.db", "run-1", "later", "shadow", change=paid)
    found = read(tmp_path / "journal.db", "later").run
    more = found.equity_units - was.equity_units
    assert more[19] == 0
    assert more[20] == int(earned * 1_000_000)


@pytest.mark.parametrize(("symbol", "same"), [("AAA", True), ("", False)])
def test_what_parts_of_its_own_shares_cost_somebody_makes_its_backtest_no_smaller(tmp_path, symbol, same):
    was = traded(object_file(tmp_path), tmp_path, bars=random_walk(40, ["AAA"], seed=5)).result.run

    def bought(records):
        place = [at for at, one in enumerate(records) if isinstance(one, BarSet)][10]
        flow = CashFlow(
            ts_ns=records[place].ts_ns - 1, flow_id="f", kind="deposit", units=-50_000_000_000, symbol=symbol
        )
        return [*records[:place], flow, *records[place:]]

    on_stage(tmp_path / "journal.db", "run-1", "later", "shadow", change=bought)
    found = read(tmp_path / "journal.db", "later").twin
    assert (found.fills["lots"].tolist() == was.fills["lots"].tolist()) is same


def test_quotes_of_each_second_fill_no_memory(tmp_path):
    traded(object_file(tmp_path), tmp_path, bars=random_walk(25, ["AAA"], seed=5))

    def quoted(records):
        at = records[-1].ts_ns
        seconds = ({"symbol": "AAA", "bid": 9.0 + n, "ask": 10.0 + n, "quote_ns": at + n} for n in range(30_000))
        told = [Conditions(ts_ns=one["quote_ns"], symbols=(SymbolCondition(**one),)) for one in seconds]
        return [*records, *told]

    on_stage(tmp_path / "journal.db", "run-1", "later", "shadow", change=quoted)
    read(tmp_path / "journal.db", "run-1")
    tracemalloc.start()
    try:
        read(tmp_path / "journal.db", "later")
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_the_twin_opens_nothing_either_on_bars_that_were_decided_on_while_the_market_was_shut(tmp_path):
    was = traded(object_file(tmp_path), tmp_path, bars=random_walk(70, ["AAA"], seed=5)).result.run
    opened = [int(fill["bar"]) for fill in was.fills][::3]

    def shut(records):
        moments = [one for one in records if isinstance(one, BarSet)]
        closes = {id(moments[bar - 1]) for bar in opened}
        told = []
        for one in records:
            if isinstance(one, BarSet):
                known = SymbolCondition(symbol="AAA", open=id(one) not in closes)
                told.append(Conditions(ts_ns=one.ts_ns, symbols=(known,)))
            told.append(one)
        return told

    on_stage(tmp_path / "journal.db", "run-1", "hours", "shadow", change=shut)
    twin = read(tmp_path / "journal.db", "hours").twin
    lots = np.concatenate(([0], twin.lots[:, 0]))
    assert len(opened) > 2
    assert all(abs(lots[bar + 1]) <= abs(lots[bar]) for bar in opened)  # what closes may trade at the next open
    assert len(twin.fills) > 5
    assert not (was.bars.rows["flags"] & int(Flag.OFF_SESSION)).any()


def test_a_run_without_a_start_is_refused(tmp_path):
    traded(object_file(tmp_path), tmp_path, bars=random_walk(25, ["AAA"], seed=5))
    on_stage(tmp_path / "journal.db", "run-1", "cut", "shadow", change=lambda records: records[1:])
    with pytest.raises(JournalError, match="does not begin with a start"):
        read(tmp_path / "journal.db", "cut")


def test_two_that_write_at_once_lose_no_record(tmp_path):
    target = str(tmp_path / "journal.db")
    add_record(target, lowered(Standing(stage="live"), "shadow", 99))

    def write(first):
        for number in range(first, first + 8):
            add_record(target, lowered(Standing(stage="live"), "shadow", number))

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [record.number for record in read_records(target)]
    assert sorted(found) == [*range(8), *range(50, 58), 99]


def journaled(folder, bars, rules, moved, strategy):
    """Journal a live run beside which so much was moved, and return it as it was."""
    description = described(strategy, voters_of(strategy)[0], bars, rules, stage="live")
    kept = begin_journal(str(folder / "journal.db"), "lived", description)
    voters, trader = deciding(head_of(description), "lived")
    opening = started("lived", description, bars)
    was = run_events(bars, rules, voters, journal=kept, operator=moved, started=opening, trader=trader)
    kept.sync()
    kept.close()
    return was


def lived(folder, bars, rules, moved):
    """Journal a live run, and return it as it was and as it is read."""
    was = journaled(folder, bars, rules, moved, object_file(folder))
    return was, read(folder / "journal.db", "lived")


def names(run):
    return run.fills[["bar", "symbol", "lots"]].tolist()


PICK = """
from pathlib import Path

class Pick:
    def on_event(self, event, view):
        if type(event).__name__ != "BarSet" or view.issued:
            return []
        return [view.submit(Path({file!r}).read_text(), "buy", 1)]
"""


def test_what_a_strategy_that_goes_by_a_file_has_sent_cost_what_it_cost(tmp_path):
    named = tmp_path / "named"
    (tmp_path / "pick.py").write_text(PICK.format(file=str(named)))
    bars, rules = random_walk(10, ["AAA", "BBB"], seed=5), rules_of("none", "alpaca")
    rules = replace(rules, limits=replace(rules.limits, slippage_bps_max=20.0, breaker_window=1), costs=Costs())
    ts_ns, close = int(bars.ts_ns[0]) - 1, float(bars.rows["open"][1, 0])
    symbols = [
        SymbolCondition(symbol=one, bid=at, ask=at, quote_ns=ts_ns) for one, at in (("AAA", close), ("BBB", 0.1))
    ]
    named.write_text("AAA")
    was = journaled(
        tmp_path, bars, rules, [Conditions(ts_ns=ts_ns, symbols=tuple(symbols))], f"{tmp_path / 'pick.py'}:Pick"
    )
    assert (len(was.fills), was.trips) == (1, ())
    for symbol in ("AAA", "BBB"):
        named.write_text(symbol)
        found = read(tmp_path / "journal.db", "lived").run
        assert (names(found), found.trips) == (names(was), ())


def test_what_was_taken_over_is_held_by_the_twin_too(tmp_path):
    bars = random_walk(30, ["AAA", "BBB"], seed=5)
    ts_ns = int(bars.rows["open_ns"][0].min())
    worth = 300 * round(float(bars.rows["close"][0, 0]) * 1_000_000)
    moved = [
        PositionRestated(ts_ns=ts_ns, symbol="AAA", lots=300, cost_units=worth),
        CashFlow(ts_ns=ts_ns, symbol="", kind="deposit", units=-worth),
    ]
    was, found = lived(tmp_path, bars, rules_of("none", "alpaca"), moved)
    assert len(was.fills) > 5
    assert names(found.twin) == names(found.run) == names(was)
    assert found.twin.equity_units.tolist() == found.run.equity_units.tolist() == was.equity_units.tolist()


@pytest.mark.parametrize("ratio", [10, 0.1])
def test_shares_that_were_divided_are_so_in_the_twin_too(tmp_path, ratio):
    bars, rules = random_walk(60, ["AAA", "BBB"], seed=5), rules_of("live", "alpaca")
    (tmp_path / "before").mkdir()
    before, _ = lived(tmp_path / "before", bars, rules, [])
    held = before.lots[:, 0]
    at = next(bar for bar in range(20, 50) if held[bar] > 10 and held[bar] == held[bar - 1])
    rows = bars.rows.copy()
    for name in ("open", "high", "low", "close"):
        rows[name][at + 1 :, 0] = np.round(rows[name][at + 1 :, 0] / ratio, 2)
    cost = round(int(held[at]) * float(bars.rows["close"][at, 0]) * 1_000_000)
    lots = int(held[at] * ratio + 1e-9)
    told = PositionRestated(ts_ns=int(bars.ts_ns[at]) + 1, symbol="AAA", lots=lots, cost_units=cost)
    was, found = lived(tmp_path, dataclasses.replace(bars, rows=rows), rules, [told])
    assert names(found.twin) == names(found.run) == names(was)
    assert found.twin.equity_units.tolist() == found.run.equity_units.tolist()
    assert [(one.symbol, one.ts_ns) for one in found.heard] == [("AAA", int(bars.ts_ns[at]))]


def test_what_bad_data_stopped_until_somebody_resumed_opens_nothing_in_the_twin_either(tmp_path):
    bars, rules = random_walk(60, ["AAA", "BBB", "CCC"], seed=5), rules_of("none", "alpaca")
    rules = replace(rules, limits=replace(rules.limits, quality_min=50.0))
    stop, on = int(bars.ts_ns[40]) - 5, int(bars.ts_ns[46]) - 5
    moved = [
        Conditions(ts_ns=stop, quality=10.0),
        Fitness(ts_ns=stop + 1, symbol="AAA", fit=False),
        Fitness(ts_ns=stop + 2, symbol="AAA", fit=True),
        Conditions(ts_ns=stop + 3, quality=100.0),
        Fitness(ts_ns=stop + 4, symbol="BBB", fit=False),
        Resume(ts_ns=on, operator="ann"),
        Fitness(ts_ns=int(bars.ts_ns[50]) - 5, symbol="BBB", fit=True),
    ]
    was, found = lived(tmp_path, bars, rules, moved)
    opened = {int(fill["bar"]) for fill in was.fills}
    assert [trip.rule for trip in was.trips] == ["quality"]
    assert max(opened) > 50
    assert names(found.twin) == names(found.run) == names(was)


def test_what_is_earned_behind_a_deposit_is_a_part_of_the_account_as_it_was_then(tmp_path):
    bars = random_walk(60, ["AAA"], seed=5)
    paid = CashFlow(ts_ns=int(bars.ts_ns[20]) + 1, symbol="", kind="deposit", units=900_000_000_000)
    was, found = lived(tmp_path, bars, rules_of("none", "alpaca"), [paid])
    assert np.abs(was.returns[22:]).max() > 0.001
    for run in (found.run, found.twin):
        assert run.returns[22:] == pytest.approx(was.returns[22:], abs=1e-9)
        assert abs(run.returns[21]) < 0.1


def test_the_twin_of_a_few_days_takes_positions_as_large_as_the_run(tmp_path):
    sizing = Sizing(method="volatility", window=2, volatility_annual_frac=0.05)
    rules = replace(rules_of("none", "alpaca"), sizing=sizing)
    traded(object_file(tmp_path), tmp_path, bars=random_walk(40, ["AAA"], seed=5), rules=rules)

    def few(records):
        return records[: [at for at, one in enumerate(records) if isinstance(one, BarSet)][7]]

    on_stage(tmp_path / "journal.db", "run-1", "few", "live", change=few)
    found = read(tmp_path / "journal.db", "few")
    assert len(found.run.fills) > 0
    assert found.twin.bars.periods_per_year != pytest.approx(found.head.periods, rel=0.05)
    assert names(found.twin) == names(found.run)


def test_the_twin_is_stopped_where_bad_data_have_stopped_the_run(tmp_path):
    bars = random_walk(90, ["AAA"], seed=5)
    limits = Limits(quality_min=50.0, regular_hours=True)
    rules = replace(rules_of("none", "alpaca"), limits=limits)
    known = (SymbolCondition(symbol="AAA"),)
    stop, go = int(bars.ts_ns[20]) + 1, int(bars.ts_ns[60]) + 1
    moved = [
        Conditions(ts_ns=stop, quality=10.0, symbols=known),
        Conditions(ts_ns=go, quality=100.0, symbols=known),
        Resume(ts_ns=go, operator="ann"),
    ]
    was, found = lived(tmp_path, bars, rules, moved)
    assert [trip.rule for trip in found.run.trips] == ["quality"]
    assert len(was.fills) > 5
    assert not ((was.fills["bar"] > 25) & (was.fills["bar"] < 60)).any()
    assert names(found.twin) == names(found.run) == names(was)


def test_a_split_that_a_backtest_takes_for_a_loss_stops_no_twin(tmp_path):
    bars = random_walk(60, ["AAA"], seed=5)
    rules = replace(rules_of("none", "alpaca"), limits=Limits(daily_loss_frac_max=0.2))
    was = traded(object_file(tmp_path), tmp_path, bars=bars, rules=rules).result.run
    at = int(np.flatnonzero(was.lots[1:, 0] * was.lots[:-1, 0] > 0)[0]) + 1
    lots = int(was.lots[at - 1, 0])
    cost = round(lots * float(bars.rows["close"][at - 1, 0]) * 1_000_000)

    def split(records):
        place = [number for number, one in enumerate(records) if isinstance(one, BarSet)][at]
        told = PositionRestated(ts_ns=records[place].ts_ns - 1, symbol="AAA", lots=2 * lots, cost_units=cost)
        return [*records[:place], told, *map(halved, records[place:])]

    on_stage(tmp_path / "journal.db", "run-1", "split", "live", change=split)
    found = read(tmp_path / "journal.db", "split")
    assert found.run.trips == found.twin.trips == ()


def halved(record):
    """Return bars and fills at half of their prices."""
    if isinstance(record, Fill):
        return replace(record, price=record.price / 2)
    if not isinstance(record, BarSet):
        return record
    half = [
        replace(bar, open=bar.open / 2, high=bar.high / 2, low=bar.low / 2, close=bar.close / 2) for bar in record.bars
    ]
    return replace(record, bars=tuple(half))
